package payneteasytest_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// recorder is a test that only notes that it failed.
type recorder struct {
	testing.TB
	mu     sync.Mutex
	errors []string
	asks   func() // what the test does before it notes the failure
}

func (r *recorder) Errorf(format string, args ...any) {
	if r.asks != nil {
		r.asks()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func newClient(t *testing.T, gateway *payneteasytest.Gateway, change ...func(*payneteasy.Config)) *payneteasy.Client {
	config := gateway.Config()
	for _, c := range change {
		c(&config)
	}
	client, err := payneteasy.NewClient(config)
	require.NoError(t, err)
	return client
}

func request(t *testing.T, id, account string) *payneteasy.PayoutRequest {
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	return &payneteasy.PayoutRequest{ClientOrderID: id, Amount: amount, BankAccount: &payneteasy.BankAccount{Number: account}}
}

// TestDoublePayoutFailsTheTest, and only that: a declined one and a paid one are no two payouts.
func TestDoublePayoutFailsTheTest(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	gateway := payneteasytest.NewGateway(r)
	gateway.SetStepTime(0) // a double payout is told before the money moves
	r.asks = func() { _ = gateway.Orders() }
	client := newClient(t, gateway)
	for _, account := range []string{"0987654321", "1234567890"} {
		_, err := client.Payout(t.Context(), request(t, "a", account))
		require.NoError(t, err)
	}
	require.Empty(t, r.errors)
	_, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	require.Len(t, r.errors, 1)
	require.Contains(t, r.errors[0], `double payout of client_orderid "a": orders 6982865 and 6982866`)
	require.Equal(t, r.errors, gateway.DoublePayouts())
	require.Empty(t, gateway.Payouts("a"))

	gateway.AllowDoublePayouts()
	_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	require.Len(t, r.errors, 1)
	require.Len(t, gateway.Orders(), 4)
}

func TestRepeatedClientOrderID(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	first, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)

	gateway.SetRepeat(payneteasytest.RepeatRefused)
	_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown) // there is one: its status tells
	require.ErrorContains(t, err, "not unique")

	gateway.SetRepeat(payneteasytest.RepeatSameAnswer)
	again, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	require.Equal(t, first.OrderID, again.OrderID)
	require.Len(t, gateway.Orders("a"), 1)
}

// TestPayouts are the orders whose money has moved, Orders are those that were accepted.
func TestPayouts(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetStepTime(0)
	client := newClient(t, gateway)
	for id, account := range map[string]string{"approved": "1234567890", "declined": "0987654321", "an error": "1987654321"} {
		_, err := client.Payout(t.Context(), request(t, id, account))
		require.NoError(t, err)
	}
	require.Len(t, gateway.Orders(), 3)
	require.Len(t, gateway.Orders("approved", "declined", "none"), 2)
	require.Empty(t, gateway.Payouts(), "they are being processed")
	for _, order := range gateway.Orders() {
		require.False(t, order.Paid)
		require.True(t, gateway.Finish(order.ClientOrderID))
	}
	require.Len(t, gateway.Payouts(), 1)
	require.Len(t, gateway.Payouts("approved", "declined"), 1)
	require.Empty(t, gateway.Payouts("declined"))
	require.True(t, gateway.TakeBack("approved", "reversal"))
	require.Len(t, gateway.Payouts("approved"), 1, "it was paid")
	require.Empty(t, gateway.Orders("none"))
}

// TestOrder is the latest of an id.
func TestOrder(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.AllowDoublePayouts()
	client := newClient(t, gateway)
	_, found := gateway.Order("a")
	require.False(t, found)
	for range 2 {
		payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
		require.NoError(t, err)
		order, found := gateway.Order("a")
		require.True(t, found)
		require.Equal(t, payout.OrderID, order.OrderID)
	}
}

// TestAuthentication: whatever is wrong with a signature, the answer is the documented 403.
func TestAuthentication(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	other, err := payneteasy.ParsePrivateKey([]byte(otherKey))
	require.NoError(t, err)
	for name, change := range map[string]func(*payneteasy.Config){
		"another key":         func(c *payneteasy.Config) { c.PrivateKey = other },
		"another login":       func(c *payneteasy.Config) { c.Login = "Somebody" },
		"a clock behind":      func(c *payneteasy.Config) { c.Clock = func() time.Time { return time.Now().Add(-6 * time.Minute) } },
		"a clock ahead":       func(c *payneteasy.Config) { c.Clock = func() time.Time { return time.Now().Add(6 * time.Minute) } },
		"a host that differs": func(c *payneteasy.Config) { c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, hostHeader} },
		"no signature":        func(c *payneteasy.Config) { c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, noSignature} },
		"a token besides":     func(c *payneteasy.Config) { c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, token} },
		"two headers":         func(c *payneteasy.Config) { c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, twoHeaders} },
		"a body that differs": func(c *payneteasy.Config) { c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, anotherBody} },
	} {
		_, err := newClient(t, gateway, change).Payout(t.Context(), request(t, "a", "1234567890"))
		require.ErrorIs(t, err, payneteasy.ErrAccessDenied, name)
		require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err), name)
	}
	require.Empty(t, gateway.Orders())

	fixed := newClient(t, gateway, func(c *payneteasy.Config) { c.Nonce = func() string { return "once" } })
	_, err = fixed.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	_, err = fixed.Payout(t.Context(), request(t, "b", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrAccessDenied, "a nonce that came before")

	gateway.SetClockWindow(time.Hour)
	_, err = newClient(t, gateway, func(c *payneteasy.Config) {
		c.Clock = func() time.Time { return time.Now().Add(6 * time.Minute) }
	}).Payout(t.Context(), request(t, "c", "1234567890"))
	require.NoError(t, err)
}

// rewrite changes a request after it was signed.
type rewrite struct {
	base   http.RoundTripper
	change func(*http.Request)
}

func (r rewrite) RoundTrip(req *http.Request) (*http.Response, error) {
	r.change(req)
	return r.base.RoundTrip(req)
}

func hostHeader(req *http.Request)  { req.Host = "proxy.example" }
func noSignature(req *http.Request) { req.Header.Set("Authorization", "OAuth realm=\"\"") }
func twoHeaders(req *http.Request)  { req.Header.Add("Authorization", req.Header.Get("Authorization")) }

func token(req *http.Request) {
	req.Header.Set("Authorization", req.Header.Get("Authorization")+`, oauth_token="x"`)
}

func anotherBody(req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte("10.42"), []byte("99.42"), 1)))
}

// TestRules: what the documents forbid is a validation-error there, even if the SDK lets it pass.
func TestRules(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway, func(c *payneteasy.Config) { c.SkipLimits = true })
	for message, change := range map[string]func(*payneteasy.PayoutRequest){
		"Parameter order_desc is invalid": func(r *payneteasy.PayoutRequest) { r.OrderDesc = strings.Repeat("x", 65) },
		"Parameter account_number is required": func(r *payneteasy.PayoutRequest) {
			r.BankAccount, r.Extra = nil, url.Values{"white_label_destination": {"1"}}
		},
		"Use either redirect_url or":        func(r *payneteasy.PayoutRequest) { r.RedirectURL, r.RedirectFailURL = "https://a/", "https://a/" },
		"Parameter redirect_url is invalid": func(r *payneteasy.PayoutRequest) { r.RedirectURL = "javascript:alert(1)" },
		"Parameter redirect_fail_url is invalid": func(r *payneteasy.PayoutRequest) {
			r.RedirectSuccessURL, r.RedirectFailURL = "https://a/", "javascript://a/%0aalert(1)"
		},
		"Use either server_callback_url or notify_url": func(r *payneteasy.PayoutRequest) {
			r.CallbackURL, r.NotifyURL = "https://a/", "https://a/"
		},
		"Parameter notify_url is invalid": func(r *payneteasy.PayoutRequest) { r.NotifyURL = "https://a/" + strings.Repeat("x", 128) },
		"Parameter merchant_customer_identifier is ": func(r *payneteasy.PayoutRequest) {
			r.Customer = &payneteasy.Customer{MerchantIdentifier: strings.Repeat("x", 65)}
		},
	} {
		req := request(t, "a", "1234567890")
		change(req)
		_, err := client.Payout(t.Context(), req)
		want := payneteasy.DecisionRejected // Payout asks about a refusal for one parameter
		if strings.HasPrefix(message, "Use either") {
			want = payneteasy.DecisionRefused
		}
		require.Equal(t, want, payneteasy.DecisionOf(err), message)
		require.ErrorContains(t, err, message)
	}
	require.Empty(t, gateway.Orders())
}

// TestCardAndToken: the SDK refuses to send it, so it is signed here.
func TestCardAndToken(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	config := gateway.Config()
	signer, err := payneteasy.NewSigner(config.Login, config.PrivateKey)
	require.NoError(t, err)
	address := config.BaseURL + "/api/v4/payout/" + config.Endpoint.String()
	signed, err := signer.Sign(http.MethodPost, address, url.Values{
		"client_orderid": {"a"}, "amount": {"10.42"}, "currency": {"USD"}, "credit_card_number": {"4444444444444448"}, "recurring-payment-id": {"1"},
	})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(signed.Body()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", signed.Authorization())
	resp, err := config.HTTPClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), "Use+either+card+data+or+card_recurring_payment_id")
	require.Empty(t, gateway.Orders())
}

// TestHTTP: what is no API call gets an HTTP error.
func TestHTTP(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	for _, test := range []struct {
		method, path, contentType string
		status                    int
	}{
		{http.MethodPost, "/api/v4/payout/39915/", "application/x-www-form-urlencoded", 404},
		{http.MethodPost, "/api/v4/payout/x", "application/x-www-form-urlencoded", 404},
		{http.MethodPost, "/api/v4/nothing/1", "application/x-www-form-urlencoded", 404},
		{http.MethodPost, "/elsewhere", "application/x-www-form-urlencoded", 404},
		{http.MethodGet, "/api/v4/payout/39915", "", 405},
		{http.MethodPost, "/api/v4/payout/39915?amount=1", "application/x-www-form-urlencoded", 400},
		{http.MethodPost, "/api/v4/payout/39915", "application/json", 415},
		{http.MethodPost, "/api/v4/payout/39915", "application/x-www-form-urlencoded", 403},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, gateway.URL()+test.path, strings.NewReader("a=b"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", test.contentType)
		resp, err := gateway.HTTPClient().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, test.status, resp.StatusCode, test)
	}
}

// TestScripts: accounts of one's own, redirects, reversals.
func TestScripts(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetAccount("1", payneteasytest.Filtered("Fraud", "8").WithRedirect("https://confirm.example/"))
	gateway.SetAccount("2", payneteasytest.Stuck())
	gateway.SetOtherAccounts(payneteasytest.Declined("Closed", "9"))
	client := newClient(t, gateway)

	var redirects []string
	payout, err := client.Payout(t.Context(), request(t, "a", "1"))
	require.NoError(t, err)
	var reason string
	entry, err := client.Wait(t.Context(), payout.Entry, &payneteasy.WaitOptions{OnProgress: func(p payneteasy.Progress) {
		redirects, reason = append(redirects, p.Status.RedirectTo), p.Status.ErrorMessage
	}})
	require.NoError(t, err)
	require.Equal(t, payneteasy.StatusFiltered, entry.Status)
	require.Equal(t, payneteasy.DecisionNotPaid, entry.Decision())
	require.Equal(t, "Fraud", reason)
	require.Equal(t, []string{"https://confirm.example/", "", "", ""}, redirects)
	require.Empty(t, gateway.Payouts("a"))

	gateway.SetStepTime(0)
	payout, err = client.Payout(t.Context(), request(t, "b", "2"))
	require.NoError(t, err)
	_, err = client.Wait(t.Context(), payout.Entry, &payneteasy.WaitOptions{MaxWait: 20 * time.Millisecond})
	require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)

	payout, err = client.Payout(t.Context(), request(t, "c", "3"))
	require.NoError(t, err)
	_, err = client.Wait(t.Context(), payout.Entry, nil)
	require.NoError(t, err)
	status, err := client.Status(t.Context(), payout.Ref())
	require.NoError(t, err)
	require.Equal(t, "Closed", status.ErrorMessage)

	require.False(t, gateway.TakeBack("c", "reversal"), "it was never approved")
	require.False(t, gateway.Finish("nobody's"))
	gateway.SetAccount("4", payneteasytest.Approved())
	payout, err = client.Payout(t.Context(), request(t, "d", "4"))
	require.NoError(t, err)
	require.True(t, gateway.Finish("d"))
	require.True(t, gateway.TakeBack("d", "chargeback"))
	entry, err = client.Wait(t.Context(), payout.Entry, nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.StatusApproved, entry.Status)
	require.Equal(t, payneteasy.DecisionReversed, entry.Decision())
	require.Len(t, gateway.Payouts("d"), 1, "it was paid before it was taken back")
}

// TestTimeMovesOrdersOn without a single status request.
func TestTimeMovesOrdersOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.SetStepTime(10 * time.Minute)
		payout, err := newClient(t, gateway).Payout(t.Context(), request(t, "a", "1234567890"))
		require.NoError(t, err)
		<-time.After(19 * time.Minute)
		require.Equal(t, "processing", gateway.Orders()[0].Status)
		<-time.After(2 * time.Minute)
		require.Equal(t, "approved", gateway.Orders()[0].Status)
		require.Equal(t, payout.OrderID, gateway.Orders()[0].OrderID)
		require.Zero(t, gateway.StatusCalls())
	})
}

// TestFormats: both shapes of a form's end, and JSON where it is offered.
func TestFormats(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	var bodies []string
	peek := func(c *payneteasy.Config) { c.HTTPClient.Transport = peeking{c.HTTPClient.Transport, &bodies} }
	plain, json := newClient(t, gateway, peek), newClient(t, gateway, peek, func(c *payneteasy.Config) { c.PreferJSON = true })
	for i, client := range []*payneteasy.Client{plain, json, json} {
		if i == 2 {
			gateway.SetJSON(false)
			gateway.SetLastLF(true)
		}
		_, err := client.Payout(t.Context(), request(t, fmt.Sprint(i), "1"))
		require.NoError(t, err)
	}
	require.Equal(t, []string{
		"text/html;charset=utf-8 type=async-response\n&serial-number=00000000-0000-0000-0000-000002e2c322\n&merchant-order-id=0\n&paynet-order-id=6982864\n&end-point-id=39915",
		`application/vnd.pay+json {"type":"async-response","serial-number":"00000000-0000-0000-0000-000002e2c323","merchant-order-id":"1","paynet-order-id":6982865,"end-point-id":"39915"}`,
		"text/html;charset=utf-8 type=async-response\n&serial-number=00000000-0000-0000-0000-000002e2c324\n&merchant-order-id=2\n&paynet-order-id=6982866\n&end-point-id=39915\n",
	}, bodies)
	bad := request(t, "x", "1")
	bad.Amount = payneteasy.Amount{}
	gateway.SetJSON(true)
	skipping := newClient(t, gateway, func(c *payneteasy.Config) { c.PreferJSON, c.SkipLimits = true, true })
	long := request(t, "x", strings.Repeat("1", 33))
	_, err := skipping.Payout(t.Context(), long)
	require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
	require.ErrorContains(t, err, "HTTP 400")
}

// TestCallbacks: called by GET at the end, with every documented parameter and the control, until the answer is 200.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	var mu sync.Mutex
	var got []url.Values
	merchant := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.URL.Query())
		if len(got) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer merchant.Close()
	client := newClient(t, gateway)
	req := request(t, "a", "0987654321")
	req.CallbackURL, req.MerchantData = merchant.URL+"/cb?mine=1", "data"
	payout, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	_, err = client.Wait(t.Context(), payout.Entry, nil)
	require.NoError(t, err)
	gateway.WaitCallbacks()
	require.Len(t, got, 2)
	require.Equal(t, got[0], got[1])
	sum := sha1.Sum([]byte("declined" + payout.OrderID + "a" + payneteasytest.ControlKey))
	require.Equal(t, url.Values{
		"mine": {"1"}, "status": {"declined"}, "merchant_order": {"a"}, "client_orderid": {"a"}, "orderid": {payout.OrderID},
		"type": {"payout"}, "amount": {"10.42"}, "currency": {"USD"}, "descriptor": {"Test gate USD"},
		"error_message": {"Declined by the bank"}, "error_code": {"2"}, "merchantdata": {"data"}, "control": {hex.EncodeToString(sum[:])},
	}, got[0])
	deliveries := gateway.CallbackAttempts()
	require.Equal(t, []int{503, 200}, []int{deliveries[0].HTTPStatus, deliveries[1].HTTPStatus})
}

// TestCallBack: a duplicate, one out of order, and a forged one.
func TestCallBack(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetStepTime(0)
	got := make(chan url.Values, 10)
	merchant := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.URL.Query() }))
	defer merchant.Close()
	req := request(t, "a", "1234567890")
	req.CallbackURL = merchant.URL
	_, err := newClient(t, gateway).Payout(t.Context(), req)
	require.NoError(t, err)
	require.False(t, gateway.CallBack("nobody's", nil))
	require.True(t, gateway.CallBack("a", nil))
	early := <-got
	require.Equal(t, "processing", early.Get("status"))
	require.True(t, gateway.CallBack("a", func(p url.Values) { p.Set("status", "approved") }))
	lie := <-got
	require.Equal(t, "approved", lie.Get("status"))
	require.NotEqual(t, early.Get("control"), lie.Get("control"), "it fits what is claimed")
	require.True(t, gateway.CallBack("a", func(p url.Values) { p.Set("control", "0") }))
	require.Equal(t, "0", (<-got).Get("control"))
}

// TestConnectionFaults: cut before the handshake and hanging within it are not sent; an idle connection that went away
// harms no payout.
func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	gateway.CutConnections(1)
	_, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	for range 3 {
		gateway.RefuseConnections(true)
		_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		gateway.RefuseConnections(true)
		gateway.RefuseConnections(false)
	}
	gateway.HangHandshakes(1)
	hasty := newClient(t, gateway, func(c *payneteasy.Config) { c.Timeout = 50 * time.Millisecond })
	_, err = hasty.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	gateway.HangHandshakes(0) // that one may have given up before it dialled
	require.Empty(t, gateway.Orders())
	payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	for range 3 {
		_, err = client.Status(t.Context(), payout.Ref())
		require.NoError(t, err)
		gateway.CloseIdleConnections()
		_, err = client.Payout(t.Context(), request(t, rand.Text(), "1234567890"))
		require.NoError(t, err)
	}
}

// TestPortIsTaken by somebody else while it was closed, for a while.
func TestPortIsTaken(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	gateway.RefuseConnections(true)
	taken, err := net.Listen("tcp", strings.TrimSuffix(strings.TrimPrefix(gateway.URL(), "https://"), "/paynet"))
	require.NoError(t, err)
	time.AfterFunc(50*time.Millisecond, func() { _ = taken.Close() })
	gateway.RefuseConnections(false)
	_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
}

// TestRefusedPipes: a port that is closed for an hour of virtual time, and for good when the test ends.
func TestRefusedPipes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		client := newClient(t, gateway)
		payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
		require.NoError(t, err)
		gateway.RefuseConnections(true)
		_, err = client.Payout(t.Context(), request(t, "b", "1234567890"))
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		time.AfterFunc(time.Minute, func() { gateway.RefuseConnections(false) })
		entry, err := client.Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		gateway.RefuseConnections(true)
	})
}

// TestStandAlone: a program that is no test.
func TestStandAlone(t *testing.T) {
	t.Parallel()
	gateway, err := payneteasytest.Start()
	require.NoError(t, err)
	defer gateway.Close()
	client := newClient(t, gateway)
	for range 2 {
		_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
		require.NoError(t, err)
	}
	require.Len(t, gateway.DoublePayouts(), 1)
}

// TestFailPayout: a status request before the payout does not use the fault up.
func TestFailPayout(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	gateway.FailPayout("a", payneteasytest.EmptyReply())
	_, err := client.Payout(t.Context(), request(t, "b", "1234567890"))
	require.NoError(t, err)
	amount := request(t, "a", "1").Amount
	_, err = client.Status(t.Context(), payneteasy.OrderRef{ClientOrderID: "a", Amount: amount})
	require.ErrorContains(t, err, "not found")
	require.Equal(t, []string{"next payout of a: " + payneteasytest.EmptyReply().String()}, gateway.PendingFaults())
	_, err = client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
	require.Empty(t, gateway.PendingFaults())
}

// TestSetMerchantKey: signatures are verified with the merchant's own key, and no other.
func TestSetMerchantKey(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	signed := newClient(t, gateway, func(c *payneteasy.Config) { c.PrivateKey = own })
	_, err = signed.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrAccessDenied)
	gateway.SetMerchantKey(&own.PublicKey)
	_, err = signed.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	_, err = newClient(t, gateway).Payout(t.Context(), request(t, "b", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrAccessDenied)
}
