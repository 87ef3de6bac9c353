package payneteasy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// These are the secret values that the tests search for. Nothing else looks like them, so each match is a leak.
const (
	canaryCard    = "5454545454545454541"
	canaryCVV     = "cvv-QJ7X" // three digits would match everywhere, see TestEchoesAreMasked
	canaryToken   = "80236479180236479"
	canaryAccount = "ACC-90817263-Q"
	canaryWallet  = "wallet+of'jane@canary.example"
	canaryControl = "C0NTR0L-canary-5f2e"
)

// canaryDestinations are the destinations of a request. Each returns the canaries in it.
var canaryDestinations = []func(r *payneteasy.PayoutRequest) (held []string){
	func(r *payneteasy.PayoutRequest) []string {
		r.BankAccount, r.Bank = &payneteasy.BankAccount{Number: canaryAccount, RoutingNumber: "15"}, &payneteasy.Bank{}
		return []string{canaryAccount}
	},
	func(r *payneteasy.PayoutRequest) []string {
		r.Card = &payneteasy.Card{Number: payneteasy.NewSecret(canaryCard), CVV2: payneteasy.NewSecret(canaryCVV)}
		return []string{canaryCard, canaryCVV}
	},
	func(r *payneteasy.PayoutRequest) []string {
		r.StoredCard = &payneteasy.StoredCard{CardRecurringPaymentID: payneteasy.NewSecret(canaryToken)}
		return []string{canaryToken}
	},
	func(r *payneteasy.PayoutRequest) []string {
		r.EWallet = &payneteasy.EWallet{Wallet: canaryWallet}
		return []string{canaryWallet}
	},
	func(r *payneteasy.PayoutRequest) []string {
		r.CryptoWallet = &payneteasy.CryptoWallet{Address: canaryAccount}
		return []string{canaryAccount}
	},
}

// canaryRequest returns a request with all canaries. The place chooses its destination, and the others are parameters
// of a white label.
func canaryRequest(t *testing.T, place string) *payneteasy.PayoutRequest {
	return canaryRequestTo(t, int(crc32.ChecksumIEEE([]byte(place)))%len(canaryDestinations))
}

func canaryRequestTo(t *testing.T, destination int) *payneteasy.PayoutRequest {
	req := request(t)
	req.BankAccount, req.Extra = nil, url.Values{}
	held := canaryDestinations[destination](req)
	for i, canary := range []string{canaryCard, canaryCVV, canaryToken, canaryAccount, canaryWallet} {
		if !slices.Contains(held, canary) {
			req.Extra.Set(fmt.Sprint("white_label_", i), canary)
		}
	}
	if destination == 0 { // once is enough
		req.LegalPerson, req.Receiver, req.Customer = &payneteasy.LegalPerson{}, &payneteasy.Receiver{},
			&payneteasy.Customer{}
	}
	return req
}

// echoes are replies of a gateway, or of a proxy before it, that repeat a text. They are rejections, unknown outcomes
// and successes, for payouts and questions.
func echoes(said string) map[string]answer {
	e := url.QueryEscape(said)
	page := url.QueryEscape("https://a.example/?" + e) // never shown
	const paid = "&merchant-order-id=payout-0001\n&paynet-order-id=7\n&amount=10.42\n&currency=USD\n"
	return map[string]answer{
		"rejected": {
			200, form, "type=validation-error\n&error-message=" + e + "\n&error-code=" + e + "\n",
			byLength,
		},
		"error": {200, form, "type=error\n&paynet-order-id=7\n&error-message=" + e + "\n&serial-number=" + e +
			"\n", byLength},
		"order id": {200, form, "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=" + e +
			"\n", byLength},
		"merchant's id": {
			200, form, "type=async-response\n&merchant-order-id=" + e + "\n&paynet-order-id=7\n",
			byLength,
		},
		"type":  {200, form, "type=" + e + paid, byLength},
		"names": {200, form, "type=async-response\n&" + e + "=1\n&" + e + "=2\n", byLength},
		"accepted": {
			200, form, "type=async-response\n" + paid + "&serial-number=" + e + "\n&echo=" + e + "\n",
			byLength,
		},
		"form": {200, form, "type=async-form-response\n" + paid + "&redirect-url=" + page +
			"\n&serial-number=" + e + "\n&echo=" + e + "\n", byLength},
		"no form": {
			200, form, "type=async-form-response\n" + paid + "&redirect-url=gopher:" + e + "\n",
			byLength,
		},
		"status": {200, form, "type=status-response\n&status=declined\n" + paid + "&error-message=" + e +
			"\n&echo=" + e + "\n&serial-number=" + e + "\n", byLength},
		"unknown status": {200, form, "type=status-response\n&status=" + e + "\n" + paid, byLength},
		"other amount": {
			200, form,
			"type=status-response\n&status=approved\n&merchant-order-id=payout-0001\n&paynet-order-id=7\n&amount=" + e +
				"\n&currency=" + e + "\n", byLength,
		},
		"page":   {502, "text/html", "<html><h1>" + said + "</h1></html>", byLength},
		"denied": {403, "text/html", said, byLength},
		"JSON": {
			400, js, fmt.Sprintf(`{"error-message":%q,"error-code":%q,"paynet-order-id":7}`, said, said),
			byLength,
		},
		"JSON, rejected": {400, js, fmt.Sprintf(`{"error-message":%q}`, said), byLength},
		"JSON, broken":   {200, js, fmt.Sprintf(`{"x":%q,`, said), byLength},
		"content type":   {200, said, said, byLength},
		"cut short":      {200, form, "type=async-response\n&echo=" + e, byLength},
		"not a form":     {200, form, said + "%zz=" + said, byLength},
	}
}

// TestCanaries checks that no secret is leaked. It passes card number, CVV, token, account, wallet, private key and
// control key through every exported type and every error, logs everything, and searches the output. The test fails if
// a mask is left out. The masks are masking.Masker.Hide, newCause, word, Config.Format and Secret.MarshalText. It also
// fails if a fault quotes a name of Extra, or if an event has the request's form or an unmasked status.
func TestCanaries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testCanaries) // the retries of a question take time
}

func testCanaries(t *testing.T) {
	key, err := payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())
	require.NoError(t, err)
	a := newLeakFinder(t, key)
	config := configFor(t, "http://localhost/paynet", nil)
	config.ControlKey = payneteasy.NewSecret(canaryControl)
	config.SkipLimits = true
	config.Logger = slog.New(slog.NewJSONHandler(&a.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Observe = a.observe
	config.ResolveWindow = 10 * time.Second
	path := filepath.Join(t.TempDir(), "journal")
	journal, err := filejournal.Open(path)
	require.NoError(t, err)

	a.show("config", config)
	all := []string{canaryCard, canaryCVV, canaryToken, canaryAccount, canaryWallet}
	for destination := range canaryDestinations {
		// The request shows the caller's own values.
		a.show("request", canaryRequestTo(t, destination), all...)
	}
	a.show("signer", must(payneteasy.NewSigner(config.Login, key)))
	a.show("memory journal", &payneteasytest.MemoryJournal{})
	a.show("not known", payneteasy.NotKnownReply{Type: "error", Message: "no such order"})
	a.show("told", payneteasy.Told{Claims: []payneteasy.TakenBackClaim{{Kind: "reversal", Amount: request(t).Amount}}})
	a.observe(t.Context(), payneteasy.ToldEvent{Order: request(t).Ref(), Decision: payneteasy.DecisionPaid, Seq: 1})
	a.observe(t.Context(), payneteasy.CallbackEvent{Order: request(t).Ref(), Result: "handled"})
	a.observe(t.Context(), payneteasy.ParkedEvent{Order: request(t).Ref(), Problem: "Load: no account"})
	a.callbacks(config)
	a.configs(config)
	a.keys()
	a.requests(config)
	for form, echoed := range echoedForms() {
		for place, said := range echoes(echoed) {
			if showsAsOrderID(place, echoed) {
				continue
			}
			config.HTTPClient = &http.Client{Transport: constantly(said)}
			config.Journal = nil
			a.calls(place+" "+form, newClient(t, config), "payout-0001")
			if form == "raw" {
				config.Journal = journal
				said.body = strings.ReplaceAll(said.body, "payout-0001", url.QueryEscape(place))
				config.HTTPClient = &http.Client{Transport: constantly(said)}
				a.calls(place+" "+form, newClient(t, config), place)
			}
		}
		for _, failure := range []error{
			errors.New("malformed reply " + echoed), &net.OpError{Op: "read", Net: "tcp", Err: errors.New(echoed)},
			&url.Error{Op: "Post", URL: "https://a.example/?" + echoed, Err: io.EOF},
		} {
			config.HTTPClient = &http.Client{Transport: failing{failure}}
			config.Journal = nil
			a.calls("transport "+form, newClient(t, config), "payout-0001")
		}
	}
	synctest.Wait()
	a.show("journal", journal)
	config.Journal = journal
	recovered, err := newClient(t, config).Recover(t.Context())
	// A question does not know the secrets, and base64 is not recognised.
	unknown := []string{canaryCard, canaryToken, canaryAccount, canaryWallet, canaryCVV}
	a.show("recovered", recovered, unknown...)
	a.show("recovered", err, unknown...)
	require.NoError(t, journal.Close())
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	a.search("journal's file", string(content))
	require.Greater(t, bytes.Count(content, []byte("\n")), 30)
	content[200] ^= 1
	require.NoError(t, os.WriteFile(path, content, 0o600))
	_, err = filejournal.Open(path)
	a.show("corrupt journal", err)
	a.logged("recovered", unknown...)

	for _, name := range exportedTypes(t) {
		require.True(t, a.seen[name], "%s was not shown", name)
	}
}

// echoedForms are all secrets of a request in the forms that a reply may repeat, single and together.
func echoedForms() map[string]string {
	echoed := map[string]string{"cvv": "bad CVV" + canaryCVV}
	for i, name := range []string{"raw", "query", "path", "hex", "base64", "base64url"} {
		var all []string
		for j, canary := range []string{canaryCard, canaryToken, canaryAccount, canaryWallet} {
			all = append(all, forms(canary)[i])
			if i == 0 {
				echoed[fmt.Sprint(name, " ", j)] = all[j]
			}
		}
		echoed[name] = strings.Join(all, " ")
	}
	if testing.Short() { // with the race detector too, because all forms take the same path
		maps.DeleteFunc(echoed,
			func(name, _ string) bool { return !slices.Contains([]string{"cvv", "raw", "base64"}, name) })
	}
	return echoed
}

// calls makes every call of a client. A status is shown as the gateway sent it. A question does not know the payout's
// secrets, so its errors and logs hide only what looks like a card number, and not in base64.
func (a *leakFinder) calls(where string, client *payneteasy.Client, id string) {
	unknown := []string{canaryAccount, canaryWallet, canaryCVV}
	if strings.Contains(where, "base64") {
		unknown = append(unknown, canaryCard, canaryToken)
	}
	said := append([]string{canaryCard, canaryToken}, unknown...)
	ctx, req := a.t.Context(), canaryRequest(a.t, where)
	req.ClientOrderID = id
	synctest.Wait() // a journal releases its lock after a write, and printers read it without the lock
	a.show(where+": client", client)
	a.show(where+": ref", req.Ref())

	payout, err := client.Payout(ctx, req)
	a.show(where+": payout", payout)
	a.show(where+": payout", err)
	a.show(where+": payout", payneteasy.DecisionOf(err))
	a.show(where+": payout", payneteasy.DecisionOf(err).PayAgain())
	a.logged(where + ": payout")
	_, err = client.Payout(ctx, req)
	a.show(where+": payout again", err)
	a.logged(where + ": payout again")
	page, err := client.PayoutForm(ctx, req)
	a.show(where+": form", page)
	a.show(where+": form", err)
	a.logged(where + ": form")
	debug, err := client.DebugPayout(req)
	a.show(where+": debug", debug)
	a.show(where+": debug", err)

	status, err := client.Status(ctx, req.Ref())
	a.show(where+": status", status, said...)
	a.show(where+": status", err, unknown...)
	kept := []string{canaryCVV} // the text of a status is kept, and a question does not know the CVV
	entry := client.NewEntry(req.Ref())
	a.show(where+": entry", entry)
	answer, err := client.Ask(ctx, entry)
	a.show(where+": ask", answer, said...)
	a.show(where+": ask", err, unknown...)
	after, news, err := answer.Apply(entry, 0)
	a.show(where+": apply", after, kept...)
	a.show(where+": apply", news)
	a.show(where+": apply", err)
	progress := func(p payneteasy.Progress) { a.show(where+": progress", p, said...) }
	after, err = client.Wait(ctx, entry, &payneteasy.WaitOptions{MaxWait: 10 * time.Second, OnProgress: progress})
	a.show(where+": wait", after, kept...)
	a.show(where+": wait", err, unknown...) // it has the last failed question
	after, err = refreshed(ctx, client, entry, "")
	a.show(where+": refresh", after, kept...)
	a.show(where+": refresh", err, unknown...)
	after, err = client.Resolve(ctx, entry)
	a.show(where+": resolve", after, kept...)
	a.show(where+": resolve", err, unknown...)
	if !strings.HasPrefix(where, "page") { // one payout stays open, for Recover
		after, err = client.Settle(ctx, entry,
			payneteasy.Settlement{Decision: payneteasy.DecisionNotPaid, Reason: "the manager confirmed it"})
		a.show(where+": settle", after, kept...)
		a.show(where+": settle", err, unknown...)
	}
	a.logged(where+": questions", unknown...)
}

// observe keeps an event until logged shows it.
func (a *leakFinder) observe(_ context.Context, event payneteasy.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, event)
}

// logged searches the log and the events since its last call.
func (a *leakFinder) logged(where string, except ...string) {
	a.search(where+": log", a.log.String(), except...)
	a.log.Reset()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, event := range a.events {
		a.show(where+": event", event, except...)
		name, outcome := payneteasy.EventLabels(event)
		a.search(where+": event's labels", name+" "+outcome)
		require.NotRegexp(a.t, `[0-9]{2}|payout-0001`, name+outcome, "an ID in a label")
	}
	a.events = nil
}

// configs makes every fault of a configuration.
func (a *leakFinder) configs(config payneteasy.Config) {
	for _, broken := range []payneteasy.Config{
		{},
		{ControlKey: payneteasy.NewSecret(canaryControl + "\n"), Login: " ", BaseURL: "https://user:" + canaryControl +
			"@a.example"},
		{BaseURL: "http://a.example?" + canaryControl, PrivateKey: a.key, ControlKey: config.ControlKey, Timeout: -1},
	} {
		_, err := payneteasy.NewClient(broken)
		a.show("config's faults", err)
		a.show("broken config", broken, canaryControl) // in a URL the key is not recognised
	}
}

// keys parses private keys that are broken.
func (a *leakFinder) keys() {
	whole := payneteasytest.MerchantKeyPEM()
	for _, broken := range [][]byte{
		whole[:len(whole)/2], whole[1:], bytes.ReplaceAll(whole, []byte("\n"), nil),
		bytes.ReplaceAll(whole, []byte("PRIVATE KEY"), []byte("PUBLIC KEY")),
		bytes.ReplaceAll(whole, []byte("M"), []byte("N")), []byte(canaryControl),
	} {
		_, err := payneteasy.ParsePrivateKey(broken)
		require.Error(a.t, err)
		a.show("key", err)
	}
}

// requests makes each text of a request invalid in turn, with all its other values present.
func (a *leakFinder) requests(config payneteasy.Config) {
	config.SkipLimits = false
	client := newClient(a.t, config)
	fault := func(req *payneteasy.PayoutRequest) {
		_, err := client.Payout(a.t.Context(), req)
		requireOneOutcome(a.t, err, payneteasy.DecisionNotSent)
		a.show("validation", err)
		_, err = client.DebugPayout(req)
		a.show("validation", err)
		a.logged("validation")
	}
	var broken int
	for _, value := range []string{canaryAccount, canaryWallet, canaryCard + canaryToken} {
		for _, value := range []string{value + "\n", value + "\xff", strings.Repeat(value, 100)} {
			for i, destination := range textsOfAllDestinations(a.t) {
				req := canaryRequestTo(a.t, destination)
				text := texts(reflect.ValueOf(req))[i]
				if text.Addr().Interface() == &req.ClientOrderID {
					continue // an ID is shown unmasked
				}
				if text.Type() == reflect.TypeFor[payneteasy.Secret]() {
					text.Set(reflect.ValueOf(payneteasy.NewSecret(value)))
				} else {
					text.SetString(value)
				}
				fault(req)
				broken++
			}
			req := canaryRequest(a.t, value)
			req.Extra = url.Values{value: {value}, "credit_card_number": {value}, "x": {value, value}}
			fault(req)
		}
	}
	require.Greater(a.t, broken, 300)
}

// textsOfAllDestinations yields each destination with the index of each text in a request to it.
func textsOfAllDestinations(t *testing.T) iter.Seq2[int, int] {
	return func(yield func(text, destination int) bool) {
		for destination := range canaryDestinations {
			for text := range texts(reflect.ValueOf(canaryRequestTo(t, destination))) {
				if !yield(text, destination) {
					return
				}
			}
		}
	}
}

// texts returns the strings and secrets of a request that can be set.
func texts(v reflect.Value) []reflect.Value {
	switch {
	case v.Type() == reflect.TypeFor[payneteasy.Secret](), v.Kind() == reflect.String:
		return []reflect.Value{v}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return texts(v.Elem())
	case v.Kind() == reflect.Struct:
		var all []reflect.Value
		for _, field := range v.Fields() {
			if field.CanSet() {
				all = append(all, texts(field)...)
			}
		}
		return all
	}
	return nil
}

// showsAsOrderID reports whether digits are in the place of an order ID. A merchant must see an order ID unmasked.
func showsAsOrderID(place, echoed string) bool {
	return place == "order id" && strings.Trim(strings.TrimSpace(echoed), "0123456789") == ""
}

// FuzzCanaries checks a gateway that repeats a secret in random text, in any place and form.
func FuzzCanaries(f *testing.F) {
	places, spellings := slices.Sorted(maps.Keys(echoes(""))), len(forms(""))
	f.Add("card ", " is bad", uint8(0), uint8(0), uint8(0))
	f.Add("<td>", "</td>", uint8(1), uint8(1), uint8(2))
	f.Add("12", "34", uint8(3), uint8(2), uint8(0))
	f.Add("x", "\r\ny", uint8(8), uint8(3), uint8(5))
	f.Add("0", "0", uint8(slices.Index(places, "order id")), uint8(2), uint8(0))
	key := must(payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM()))
	f.Fuzz(func(t *testing.T, before, after string, place, secret, spelling uint8) {
		canary := []string{canaryCard, canaryToken, canaryAccount, canaryWallet}[secret%4]
		echoed, where := before+forms(canary)[int(spelling)%spellings]+after, places[int(place)%len(places)]
		if showsAsOrderID(where, echoed) {
			return
		}
		said := echoes(echoed)[where]
		a := newLeakFinder(t, key)
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: constantly(said)})
		config.SkipLimits = true
		config.Logger = slog.New(slog.NewTextHandler(&a.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		config.Observe = a.observe
		payout, err := newClient(t, config).Payout(t.Context(), canaryRequestTo(t, int(secret)%len(canaryDestinations)))
		a.show("payout", payout)
		a.show("payout", err)
		a.logged("payout")
	})
}
