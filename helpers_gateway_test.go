package payneteasy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/stretchr/testify/require"
)

// answer is a reply of the gateway, or of a proxy before it.
type answer struct {
	status      int
	contentType string
	body        string
	framing     framing
}

type framing int

const (
	byLength      framing = iota
	chunked               // in HTTP/2, without Content-Length
	byClose               // the end of the HTTP/1.1 connection ends the body, so nothing proves that it is complete
	cutShort              // Content-Length is larger than the body
	claimingHTTP2         // byClose, and the status line says HTTP/2.0
	claimingHTTP3         // byClose, and the status line says HTTP/3.0
)

// onlyHTTP1 reports whether a framing exists in HTTP/1 only. HTTP/2 always marks the end of a body.
func (f framing) onlyHTTP1() bool { return f == byClose || f == claimingHTTP2 || f == claimingHTTP3 }

const (
	form = "text/html;charset=utf-8"
	js   = "application/vnd.pay+json"
	ok   = "type=async-response\n&serial-number=00-1\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n" +
		"&end-point-id=39915"
	jsonOK = `{"type":"async-response","merchant-order-id":"payout-0001","paynet-order-id":6982864}`
	page   = "<!DOCTYPE html>\n<html>\n<head>\n<title>403</title>\n</head>\n<body>\n<p>Access is denied</p>\n" +
		"</body>\n</html>\n"
)

// accepted means no decision, because there is no error.
const accepted payneteasy.Decision = ""

// gatewaySaying returns the configuration for a gateway that gives every request the same answer. byClose and cutShort
// exist in HTTP/1.1 only. Over HTTP/2 they are chunked bodies and reset streams.
func gatewaySaying(t *testing.T, http2 bool, a answer) payneteasy.Config {
	server := httptest.NewUnstartedServer(a)
	server.EnableHTTP2 = http2
	server.StartTLS()
	t.Cleanup(server.Close)
	return configFor(t, server.URL+"/paynet", server.Client())
}

func (a answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", a.contentType)
	switch {
	case a.framing.onlyHTTP1() || a.framing == cutShort && r.ProtoMajor == 1:
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = conn.Close() }()
		writeRaw(buffered.Writer, a)
		return
	case a.framing == byLength:
		w.Header().Set("Content-Length", fmt.Sprint(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
	if a.framing != byLength {
		w.(http.Flusher).Flush()
	}
	if a.framing == cutShort {
		panic(http.ErrAbortHandler)
	}
}

func configFor(t *testing.T, baseURL string, client *http.Client) payneteasy.Config {
	key, err := payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())
	require.NoError(t, err)
	return payneteasy.Config{
		BaseURL: baseURL, Endpoint: payneteasy.EndpointID(39915), Login: "TestMerchant", PrivateKey: key,
		ControlKey: payneteasy.NewSecret("test-merchant-control"), HTTPClient: client,
	}
}

func newClient(t *testing.T, config payneteasy.Config) *payneteasy.Client {
	client, err := payneteasy.NewClient(config)
	require.NoError(t, err)
	return client
}

func request(t testing.TB) *payneteasy.PayoutRequest {
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	return &payneteasy.PayoutRequest{
		ClientOrderID: "payout-0001", Amount: amount,
		BankAccount: &payneteasy.BankAccount{Number: "1234567890", RoutingNumber: "15"},
	}
}

// requireOneOutcome checks the decision of an error. The error must match exactly one of the three outcomes, and that
// must follow from the decision. Without a decision there must be no error.
func requireOneOutcome(t *testing.T, err error, want payneteasy.Decision) {
	t.Helper()
	require.Equal(t, want, payneteasy.DecisionOf(err), "%v", err)
	if want == accepted {
		require.NoError(t, err)
	}
	notSent, rejected := want == payneteasy.DecisionNotSent, want == payneteasy.DecisionRejected
	require.Equal(t, notSent, errors.Is(err, payneteasy.ErrNotSent), "%v", err)
	require.Equal(t, rejected, errors.Is(err, payneteasy.ErrRejected), "%v", err)
	require.Equal(t, want != accepted && !notSent && !rejected, errors.Is(err, payneteasy.ErrOutcomeUnknown), "%v", err)
}

// entryOfError returns the entry of an error.
func entryOfError(t *testing.T, err error) payneteasy.Entry {
	t.Helper()
	var failed *payneteasy.Error
	require.ErrorAs(t, err, &failed)
	return failed.Entry
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func saying(req *http.Request, status int, contentType, body string) *http.Response {
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

const acceptedReply = "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n" +
	"&serial-number=00000000-0000-0000-0000-000002f4b9c5\n"

// replies answers payouts with one reply and questions with another.
func replies(payout, question answer) *http.Client {
	return &http.Client{Transport: inProcess{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/status/") {
			question.ServeHTTP(w, r)
			return
		}
		payout.ServeHTTP(w, r)
	})}}
}

func lost(_ *http.Request, resp *http.Response) (*http.Response, error) {
	_ = resp.Body.Close()
	return nil, errors.New("lost")
}

// refused is a client with a journal and a gateway that refuses.
type refused struct {
	*payneteasy.Client
	gateway *refusingGateway
	journal payneteasy.Journal
}

// requireStored checks that the journal has this entry.
func (r refused) requireStored(t *testing.T, want payneteasy.Entry) {
	t.Helper()
	stored, _, err := r.journal.Get(t.Context(), want.ClientOrderID)
	require.NoError(t, err)
	require.Equal(t, want, stored)
}

// requireTaken checks that the ID cannot be sent again.
func (r refused) requireTaken(t *testing.T, want payneteasy.Decision) {
	t.Helper()
	_, err := r.Payout(t.Context(), request(t))
	require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	requireOneOutcome(t, err, want)
}

// says returns a complete refusal with HTTP status 200.
func says(kind, message string) answer {
	message = url.QueryEscape(message)
	body := "type=" + kind + "\n&merchant-order-id=payout-0001\n&error-message=" + message + "\n&error-code=1\n"
	return answer{200, form, body, byLength}
}

func refuse(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }

func ref() payneteasy.OrderRef {
	return payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "6982864"}
}

const statusReply = "type=status-response\n&serial-number=00-2\n&merchant-order-id=payout-0001\n" +
	"&paynet-order-id=6982864\n&status=approved\n&amount=10.42\n&currency=USD\n"

// inProcess is a transport that calls a handler.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, req)
	return recorder.Result(), nil
}

// pollClock is a transport that answers each question by a function of the time since its start.
type pollClock struct {
	began  time.Time
	polls  []time.Duration
	answer func(elapsed time.Duration) string // returns a reply's body, or "" for a lost connection
}

func (p *pollClock) RoundTrip(*http.Request) (*http.Response, error) {
	elapsed := time.Since(p.began)
	p.polls = append(p.polls, elapsed)
	body := p.answer(elapsed)
	if body == "" {
		return nil, errors.New("connection lost")
	}
	return inProcess{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", form)
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write([]byte(body))
	})}.RoundTrip(nil)
}

func state(status, stage string, more ...string) string {
	return "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&status=" + status +
		"\n&order-stage=" + stage +
		"\n&amount=10.42\n&currency=USD\n" + strings.Join(more, "")
}

// known returns the entry of an order with a known order ID.
func known(client *payneteasy.Client) payneteasy.Entry {
	amount, _ := payneteasy.ParseAmount("10.42", "USD")
	of := ref()
	of.Amount = amount
	return client.NewEntry(of)
}

// waiting runs a test in virtual time.
func waiting(t *testing.T, answer func(elapsed time.Duration) string,
	test func(t *testing.T, client *payneteasy.Client, clock *pollClock),
) {
	synctest.Test(t, func(t *testing.T) {
		clock := &pollClock{began: time.Now(), answer: answer}
		test(t, newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: clock})), clock)
	})
}

type cached struct {
	answer []byte
	since  time.Time
}

// busyGateway answers every question with a refusal that has a Retry-After, and records the times.
type busyGateway struct {
	status     int
	body       string
	retryAfter string
	asked      []time.Time
}

func (b *busyGateway) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	b.asked = append(b.asked, time.Now())
	w.Header().Set("Content-Type", form)
	w.Header().Set("Content-Length", fmt.Sprint(len(b.body)))
	w.Header().Set("Retry-After", b.retryAfter)
	w.WriteHeader(b.status)
	_, _ = w.Write([]byte(b.body))
}

func (b *busyGateway) client(t *testing.T) *payneteasy.Client {
	t.Helper()
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: inProcess{b}})
	return newClient(t, config)
}

func (b *busyGateway) requireRests(t *testing.T, least time.Duration) {
	t.Helper()
	require.GreaterOrEqual(t, len(b.asked), 2)
	for i, at := range b.asked[1:] {
		require.GreaterOrEqual(t, at.Sub(b.asked[i]), least, "question %d of %v", i+1, b.asked)
	}
}

const orderNotFound = "type=error\n&error-message=Order not found\n"

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func constantly(said answer) inProcess {
	return inProcess{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", said.contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(said.body)))
		w.WriteHeader(said.status)
		_, _ = io.WriteString(w, said.body)
	})}
}

func secretRequest(t testing.TB) *payneteasy.PayoutRequest {
	req := request(t)
	req.BankAccount = nil
	req.Card = &payneteasy.Card{Number: payneteasy.NewSecret(cardNumber), CVV2: payneteasy.NewSecret(cvv)}
	req.Extra = url.Values{"white_label_account": {account}, "white_label_wallet": {wallet}, "beneficiary_iban": {iban}}
	return req
}

// failing is a transport that reads the request and fails.
type failing struct{ err error }

func (f failing) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	return nil, f.err
}

// cancelling is a transport that cancels the context of its call, with a cause.
type cancelling struct {
	cancel context.CancelCauseFunc
	cause  error
}

func (c cancelling) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	c.cancel(c.cause)
	return nil, context.Cause(req.Context())
}

// speaking returns a gateway's configuration for one HTTP version.
func speaking(gateway *payneteasytest.Gateway, http2 bool) payneteasy.Config {
	config := gateway.Config()
	transport := config.HTTPClient.Transport.(*http.Transport)
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetHTTP2(http2)
	return config
}

// formRequest returns a request without a destination, which the receiver enters.
func formRequest(t testing.TB, id string) *payneteasy.PayoutRequest {
	req := request(t)
	req.ClientOrderID, req.BankAccount = id, nil
	return req
}

// refreshed calls Client.Refresh, with the order ID if one is given. It returns an error if the gateway does not know
// the order.
func refreshed(ctx context.Context, client *payneteasy.Client, entry payneteasy.Entry,
	orderID string,
) (payneteasy.Entry, error) {
	if orderID != "" {
		entry.ClaimedOrderID = orderID
	}
	after, answer, err := client.Refresh(ctx, entry)
	if err == nil && answer.NotKnown {
		err = payneteasy.ErrOrderNotFound
	}
	return after, err
}
