package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestShownIDs checks that an ID in a gateway's message is shown in text, JSON and the results CSV. Other long numbers
// in the message are masked.
func TestShownIDs(t *testing.T) {
	t.Parallel()
	for i, id := range []string{
		"salary-2026-11-0001", "5555555555554444", "2026113000000001",
		"ORD 2026-11-30 0001", "p.*(20261130)+[7]$",
	} {
		gateway := payneteasytest.NewGateway(t)
		gateway.SetAccount("111", payneteasytest.Declined("Order "+id+" to 12345678901234567890 is refused", "2"))
		dir := t.TempDir()
		path := filepath.Join(dir, "payouts.csv")
		require.NoError(t,
			os.WriteFile(path, []byte("client_orderid,amount,currency,account_number\n\""+id+"\",10.42,USD,111\n"),
				0o600))
		run := func(args ...string) string {
			var stdout, stderr bytes.Buffer
			tool := newTool(append(environ(t, gateway), "PAYNETEASY_STATE_DIR="+dir), strings.NewReader(""), &stdout,
				&stderr)
			tool.ChangeConfig = func(
				c *payneteasy.Config,
			) {
				c.HTTPClient, c.Wait = gateway.HTTPClient(), gateway.Config().Wait
			}
			require.Equal(t, exit.Rejected, tool.run(t.Context(), args), "%d: %s%s", i, &stdout, &stderr)
			return stdout.String()
		}
		want := "Order " + id + " to [redacted] is refused"
		run("batch", "run", path, "--yes")
		content, err := os.ReadFile(filepath.Join(dir, "payouts.results.csv"))
		require.NoError(t, err)
		rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		require.NoError(t, err)
		require.Equal(t, []string{id, gateway.Orders()[0].OrderID, "not paid", "", "", "", "declined", "2", want},
			rows[1])
		for _, form := range []string{"text", "json"} {
			require.Contains(t, run("status", id, "--orderid", gateway.Orders()[0].OrderID, "--output", form), want)
		}
	}
}

// ownIDs are IDs that look like a card number, and are known as IDs only by their field.
var ownIDs = []string{
	"4111111111111111", "2026113000000008", "order-5555555555554444", "ORD 4111 1111 1111 1111",
	"заказ:4111111111111111",
	"Invoice no: 4111111111111111", "{4111111111111111}",
}

const (
	ownCard   = "4444444444444448" // a card in the request or in some text
	shownCard = "444444444444"     // a part of ownCard, which must not be shown
)

// TestShownIDsOfRequests checks that sign and verify show a request's IDs whole and sign the real IDs. A card in
// another field is hidden.
func TestShownIDsOfRequests(t *testing.T) {
	t.Parallel()
	const address = "https://a.example/paynet/api/v2/status/1"
	for _, id := range ownIDs {
		form := "client_orderid=" + signing.Encode(id) + "&orderid=" + signing.Encode(id) + "&by-request-sn=" +
			signing.Encode(id)
		var sent []string
		for name, args := range map[string][]string{
			"a body": {address, "--data-raw", form},
			"a file": {address, "--data", "@" + file(t, form+"\n")},
			"parameters": {
				address, "--data", "client_orderid=" + id, "--data", "orderid=" + id, "--data", "by-request-sn=" + id,
			},
			"a query": {address + "?" + form},
		} {
			r := call(t, nil, "", signArgs(t, args...)...)
			require.Zero(t, r.status, r.stderr)
			require.Empty(t, r.stderr, name)
			for _, name := range []string{"client_orderid", "orderid", "by-request-sn"} {
				require.Regexp(t, `(?m)^   (body|query)  +`+name+` +`+regexp.QuoteMeta(id)+`$`, r.stdout, name)
			}
			var got signing.Signed
			decode(t, call(t, nil, "", signArgs(t, append(args, "-o", "json", "--curl")...)...), &got)
			require.Empty(t, got.Redacted)
			require.Contains(t, got.NormalizedParameters, "client_orderid="+signing.Encode(id)+"&")
			require.Contains(t, got.Curl, signing.Encode(id))
			sent = []string{"--url", got.URL, "--data-raw", got.Body, "--authorization", got.Authorization}

			args = append([]string{"verify", "--key", file(t, string(payneteasytest.MerchantKeyPEM()))}, sent...)
			r = call(t, nil, "", args...)
			require.Zero(t, r.status, r.stdout)
			require.Contains(t, r.stdout, "client_orderid%3D"+signing.Encode(signing.Encode(id))+"%26")
			require.NotContains(t, r.stdout+r.stderr, "redacted", name)
			r = call(t, nil, "", append(args, "--data-raw", got.Body+"&order_desc="+ownCard, "-o", "json")...)
			require.Equal(t, exit.Rejected, r.status)
			require.Contains(t, r.stdout, "client_orderid%3D"+signing.Encode(signing.Encode(id))+"%26")
			require.NotContains(t, r.stdout, shownCard)
		}
	}
}

// TestIDWithCardNumber checks that an ID is hidden if it contains the card of the same request or callback.
func TestIDWithCardNumber(t *testing.T) {
	t.Parallel()
	key := file(t, string(payneteasytest.MerchantKeyPEM()))
	for _, id := range []string{ownCard, "payout-" + ownCard + "-1", "4444-4444-4444-4448"} {
		id, number := "client_orderid="+signing.Encode(id), "credit_card_number="+ownCard
		for i, args := range [][]string{
			signArgs(t, "https://a.example/", "--data-raw", id+"&"+number),
			signArgs(t, "https://a.example/?"+id, "--data-raw", number),
			signArgs(t, "https://a.example/?"+number, "--data-raw", id),
			signArgs(t, "https://a.example/", "--data", id, "--data", number),
			signArgs(t, "https://a.example/", "--data", number, "--data", strings.Replace(id, "client_", "", 1)),
			{"verify", "--key", key, "--url", "https://a.example/?" + id, "--data-raw", number},
			{"verify", "--key", key, "--url", "https://a.example/?" + number, "--data-raw", id},
			{"verify", "--key", key, "--url", "https://a.example/?" + id, "--authorization", `OAuth pan="` + ownCard +
				`"`},
			{
				"verify", "--key", key, "--url", "https://a.example/?" + id,
				"--header", "Content-Type: application/json",
				"--data-raw", `{"pan":"` + ownCard + `"}`,
			},
			{"callback", "verify", "?status=approved&orderid=12&" + id + "&" + number},
			{"callback", "verify", "?status=approved&orderid=12&" + id, "--data-raw", "pan=" + ownCard},
			{"callback", "verify", "?status=approved&orderid=12&merchant_order=" + ownCard, "--data", number},
		} {
			for _, form := range []string{"text", "json"} {
				r := call(t, keyed, "", append(args, "-o", form)...)
				said := strings.ReplaceAll(r.stdout+r.stderr, "-", "")
				require.NotContains(t, said, shownCard, "%d: %v", i, args)
				require.Contains(t, said, "edacted", "%d: %v", i, args)
			}
		}
		for _, args := range [][]string{{id + "&" + number}, {"client_orderid=" + ownCard + "&pan=" + ownCard}} {
			r := call(t, nil, "", signArgs(t, "--curl", "https://a.example/", "--data-raw", args[0])...)
			requireUsage(t, r, "a curl command without card data would send another request")
		}
	}
}

// TestShownIDsOfSentCallbacks checks that callback send shows the IDs that it sent, also in the server's answer. An ID
// that contains the sent card is hidden.
func TestShownIDsOfSentCallbacks(t *testing.T) {
	t.Parallel()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "order "+r.FormValue("client_orderid")+" of card "+r.FormValue("pan"))
	}))
	defer echo.Close()
	for _, id := range append(ownIDs, ownCard, "p-4444-4444-4444-4448") {
		r := call(t, keyed, "", "callback", "send", echo.URL, "--status", "approved", "--orderid", "12",
			"--client-orderid", id, "--data", "pan="+ownCard, "-o", "json")
		require.Zero(t, r.status, r)
		require.NotContains(t, strings.ReplaceAll(r.stdout, "-", ""), shownCard)
		var got callbackSent
		decode(t, r, &got)
		if strings.Contains(strings.ReplaceAll(id, "-", ""), ownCard) {
			id = mask.Redacted
			require.Contains(t, got.Answers[0].Body, " of card [redacted]")
		} else {
			require.Equal(t, "order "+id+" of card [redacted]", got.Answers[0].Body)
		}
		require.Equal(t, id, got.ClientOrderID)
	}
}

// TestShownIDsOfCallbacks checks that callback verify and callback listen show the IDs of genuine and forged callbacks
// whole. They hide a card in other fields.
func TestShownIDsOfCallbacks(t *testing.T) {
	t.Parallel()
	callback := func(id, control string) url.Values {
		return url.Values{
			"status": {"approved"}, "orderid": {"12"}, "client_orderid": {id}, "merchant_order": {id},
			"control": {control},
			"type":    {"payout"}, "error_message": {"card " + ownCard + " 12/29"}, "x": {ownCard},
		}
	}
	text, lines := startListener(t, keyed), startListener(t, keyed, "-o", "json")
	forged := strings.Repeat("0", 40)
	for _, id := range ownIDs {
		for _, control := range []string{control(t, "approved", id), forged} {
			form := callback(id, control)
			for name, args := range map[string][]string{
				"a URL": {"https://m.example/callback?" + form.Encode()},
				"a log": {`192.0.2.1 - - [30/Nov/2026:12:00:00 +0000] "GET /callback?` + form.Encode() +
					` HTTP/1.1" 200 3`},
				"a body": {"--data-raw", form.Encode()},
			} {
				r := call(t, keyed, "", append([]string{"callback", "verify"}, args...)...)
				require.Regexp(t, `(?m)^client_orderid  `+regexp.QuoteMeta(id)+`$`, r.stdout, name)
				require.Regexp(t, `(?m)^merchant_order  `+regexp.QuoteMeta(id)+`$`, r.stdout, name)
				require.Regexp(t, `(?m)^error_message   \[redacted\]$`, r.stdout, name)
				require.NotContains(t, r.stdout, shownCard)
				require.Equal(t, control != forged, strings.Contains(r.stdout, "for order 12 of "+id+"."), r.stdout)
				var got signing.CallbackVerdict
				decode(t, call(t, keyed, "", append([]string{"callback", "verify", "-o", "json"}, args...)...), &got)
				require.Equal(t, id, got.ClientOrderID)
				require.Equal(t, []string{"error_message", "x"}, slices.Sorted(slices.Values(got.Redacted)))
			}
			get(t, text.url, form)
			get(t, lines.url, form)
		}
	}
	form := callback("a", forged)
	form.Set("orderid", ownIDs[0])
	r := call(t, keyed, "", "callback", "verify", form.Encode())
	require.Regexp(t, `(?m)^orderid         `+ownIDs[0]+`$`, r.stdout)
	form = callback(ownCard, forged)
	form.Set("pan", ownCard)
	get(t, text.url, form)
	get(t, lines.url, form)
	text.end()
	lines.end()
	r = <-text.done
	require.NotContains(t, r.stdout, shownCard)
	for i, got := range strings.Split(strings.TrimSpace(r.stdout), "\n") {
		want := "client_orderid [redacted]  orderid 12"
		if i/2 < len(ownIDs) {
			want = "client_orderid " + ownIDs[i/2] + "  orderid 12"
		}
		require.Contains(t, got, want)
	}
	r = <-lines.done
	require.NotContains(t, r.stdout, shownCard)
	for i, line := range strings.Split(strings.TrimSpace(r.stdout), "\n") {
		var got received
		require.NoError(t, json.Unmarshal([]byte(line), &got))
		if i/2 < len(ownIDs) {
			require.Equal(t, ownIDs[i/2], got.ClientOrderID)
		} else {
			require.Equal(t, mask.Redacted, got.ClientOrderID)
		}
	}
}

// TestShownIDsOfConfirmations checks that callback listen --confirm shows IDs whole, also in the reason why a callback
// is not confirmed.
func TestShownIDsOfConfirmations(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewPipeGateway(t)
	client, err := payneteasy.NewClient(gateway.Config())
	require.NoError(t, err)
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	var stdout bytes.Buffer
	messages, stderr := io.Pipe()
	tool := newTool(environ(t, gateway), strings.NewReader(""), &stdout, stderr)
	tool.ChangeConfig = func(c *payneteasy.Config) { c.HTTPClient = gateway.HTTPClient() }
	done := make(chan int, 1)
	go func() {
		count := strconv.Itoa(2 * len(ownIDs))
		args := []string{"callback", "listen", "--listen", "127.0.0.1:0", "--confirm", "--count", count}
		done <- tool.run(t.Context(), args)
		_ = stderr.Close()
	}()
	address := addressOf(messages)
	require.NotEmpty(t, address)
	var want []string
	for _, id := range ownIDs {
		order, err := client.Payout(t.Context(), &payneteasy.PayoutRequest{
			ClientOrderID: id, Amount: amount, BankAccount: &payneteasy.BankAccount{Number: "1234567890"},
		})
		require.NoError(t, err)
		gateway.Finish(id)
		for _, orderID := range []string{order.OrderID, "4111111111111111"} {
			call(t, keyed, "", "callback", "send", address, "--orderid", orderID, "--client-orderid", id,
				"--status", "approved")
			want = append(want, "client_orderid "+id+"  orderid "+orderID+"  ")
		}
	}
	require.Equal(t, exit.Done, <-done)
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	require.Len(t, lines, len(want))
	for i, line := range lines {
		require.Contains(t, line, want[i])
		if i%2 == 0 {
			require.Contains(t, line, "confirmed: approved  paid")
		} else {
			require.Contains(t, line, "the gateway does not know "+ownIDs[i/2]+" as order 4111111111111111")
		}
		require.NotContains(t, line, mask.Redacted)
	}
}

// TestShownIDsOfFaults checks that a fault in a line of a file is shown with the line's ID. The ID is hidden if it
// contains the line's card.
func TestShownIDsOfFaults(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	for _, form := range []string{"text", "json"} {
		faults := func(header, line string) string {
			path := file(t, header+"\n"+line+"\n")
			env := append(environ(t, gateway), "PAYNETEASY_STATE_DIR="+filepath.Dir(path))
			r := call(t, env, "", "batch", "run", path, "--dry-run", "-o", form)
			require.Equal(t, exit.Usage, r.status, r)
			return strings.ReplaceAll(r.stdout+r.stderr, path, "")
		}
		const bank = "client_orderid,amount,currency,account_number"
		for _, id := range ownIDs {
			require.Contains(t, faults(bank, id+`,"10,42",USD,111`), id)
			require.Contains(t, faults(bank, id+`,10.42,USD,="111"`), id)
			require.Contains(t, faults(bank, id+",10.42,USD,1\n"+id+",10.42,USD,2"), id)
		}
		const card = "client_orderid,amount,currency,credit_card_number,card_printed_name,expire_month,expire_year,cvv2"
		for _, id := range []string{ownCard, "p-" + ownCard, "4444-4444-4444-4448"} {
			for _, rest := range []string{
				",10.42,USD," + ownCard + ",J DOE,12,2099,737", `,"10,42",USD,` + ownCard + ",J DOE,12,2099,737",
				",10.42,USD,4444 4444 4444 4448,J DOE,12,2099,737", `,10.42,USD,="` + ownCard + `",J DOE,12,2099,737`,
			} {
				said := faults(card, id+rest)
				require.Contains(t, said, mask.Redacted)
				require.NotContains(t, strings.ReplaceAll(said, "-", ""), shownCard)
				said = faults(card+",", id+`,10.42,USD,`+ownCard+",J DOE,12,2099,737,x")
				require.Contains(t, said, "a value is in a column that has no name")
				require.Contains(t, said, mask.Redacted)
				require.NotContains(t, strings.ReplaceAll(said, "-", ""), shownCard)
			}
			require.Contains(t, faults(card+",", id+`,10.42,USD,4111111111111111,J DOE,12,2099,737,x`), id)
			require.Contains(t, faults(card, id+`,"10,42",USD,4111111111111111,J DOE,12,2099,737`), id)
		}
	}
}
