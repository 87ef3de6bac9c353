package ecommpaytest_test

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestFaults checks over both versions of HTTP what the client sees of each fault, and whether the payout is
// registered.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault      ecommpaytest.Fault
		status     int    // of the reply
		want       string // of the reply, or of the error when there is none
		http1      string // of the error over HTTP/1.1
		registered bool
	}{
		{ecommpaytest.ResetBeforeBody(), 0, "INTERNAL_ERROR", "EOF", false},
		{ecommpaytest.ResetWithinBody(), 0, "INTERNAL_ERROR", "EOF", false},
		{ecommpaytest.ResetAfterBody(), 0, "INTERNAL_ERROR", "EOF", false},
		{ecommpaytest.ResetAfterBody().AfterAcceptance(), 0, "INTERNAL_ERROR", "EOF", true},
		{ecommpaytest.LoseReply(), 0, "INTERNAL_ERROR", "EOF", true},
		{ecommpaytest.LateReply(time.Millisecond), 200, `"payment_id":"a"`, "", true},
		{ecommpaytest.SlowReply(time.Microsecond), 200, `"payment_id":"a"`, "", true},
		{ecommpaytest.CutReply(20), 0, "INTERNAL_ERROR", "unexpected EOF", true},
		// On a busy machine these faults overtake the first frame of net/http's server, which also ends the connection.
		{ecommpaytest.ResetStream(0x2), 0, "INTERNAL_ERROR|PROTOCOL_ERROR", "EOF", false},
		{ecommpaytest.GoAway(0xb), 0, "GOAWAY|PROTOCOL_ERROR", "EOF", false},
		{ecommpaytest.Page(502, "Bad gateway"), 502, "Bad gateway", "", false},
		{ecommpaytest.Page(502, "Bad gateway").AfterAcceptance(), 502, "Bad gateway", "", true},
		{ecommpaytest.TooManyRequests(time.Minute), 429, "Too many requests", "", false},
		{ecommpaytest.RedirectReply(http.StatusSeeOther, "/elsewhere"), 404, "Not found", "", false},
		{ecommpaytest.EmptyReply(), 200, "", "", false},
		{
			ecommpaytest.Refuse(500, "601", "Try again"),
			500, `{"status":"error","code":"601","message":"Try again"}`, "", false,
		},
		{ecommpaytest.Refuse(500, "601", "Try again").AfterAcceptance(), 500, `"601"`, "", true},
		{ecommpaytest.ReplyOfPayment("b"), 200, `"payment_id":"b"`, "", true},
	} {
		for _, version := range []string{"HTTP/1.1", "HTTP/2"} {
			t.Run(test.fault.String()+" over "+version, func(t *testing.T) {
				t.Parallel()
				gateway := ecommpaytest.NewGateway(t)
				s := newShop(t, gateway)
				want := test.want
				if version == "HTTP/1.1" {
					s.client.Transport.(*http.Transport).Protocols = http1()
					if test.status == 0 {
						want = test.http1
					}
				}
				gateway.FailNext(test.fault)
				r, err := s.try(registrationPath, s.sign(registration("a")))
				if test.status == 0 {
					require.Error(t, err)
					require.Regexp(t, want, err.Error())
				} else {
					require.NoError(t, err)
					require.Equal(t, test.status, r.status)
					require.Contains(t, string(r.body), want)
				}
				gateway.WaitCallbacks()
				require.Equal(t, test.registered, len(gateway.Payments()) == 1)
				require.Equal(t, test.registered,
					at(s.status("a"), "payment", "status") == "awaiting_payout_completion", "the fault is over")
			})
		}
	}
}

func http1() *http.Protocols {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return protocols
}

// TestUnnoticedCut checks that over HTTP/1.1 a client cannot notice the cut.
func TestUnnoticedCut(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	gateway.FailNext(ecommpaytest.CutReplyWithoutLength(19), ecommpaytest.CutReplyWithoutLength(19))
	_, err := s.try(registrationPath, s.sign(registration("a")))
	require.ErrorContains(t, err, "INTERNAL_ERROR")
	s.client = gateway.HTTPClient()
	s.client.Transport.(*http.Transport).Protocols = http1()
	r, err := s.try(registrationPath, s.sign(registration("b")))
	require.NoError(t, err)
	require.Equal(t, `{"status":"success"`, string(r.body))
	require.Len(t, gateway.Payments(), 2)
}

// TestFailPayment checks that only that payment's calls fail, and that the case of its ID does not count. A status
// about another payment is signed.
func TestFailPayment(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	gateway.FailPayment("A", ecommpaytest.Page(503, "Later"), ecommpaytest.LateReply(0),
		ecommpaytest.ReplyOfPayment("c"), ecommpaytest.ReplyOfPayment("c"))
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("b"))).status)
	require.Equal(t, http.StatusServiceUnavailable, s.post(registrationPath, s.sign(registration("a"))).status)
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("a"))).status)
	require.Equal(t, "c", at(s.status("a"), "payment", "id"))
	require.Equal(t, http.StatusBadRequest, s.post(registrationPath, s.sign(registration("a"))).status,
		"a refusal is about no payment")
	require.Equal(t, "a", at(s.status("a"), "payment", "id"))
}

// TestFailAtRandom checks that the same seed breaks the same calls.
func TestFailAtRandom(t *testing.T) {
	t.Parallel()
	run := func() (broken string) {
		gateway := ecommpaytest.NewGateway(t)
		s := newShop(t, gateway)
		gateway.FailAtRandom(7, 3, ecommpaytest.Page(500, "Oops"))
		for range 30 {
			broken += http.StatusText(s.askStatus("a").status)[:1]
		}
		return broken
	}
	first := run()
	require.Equal(t, first, run())
	require.Contains(t, first, "I")
	require.Contains(t, first, "O")
}

// TestConnectionFaults checks faults that happen before there is a request. Callbacks and pages have no faults.
func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	body := s.sign(registration("a"))
	gateway.CutConnections(1)
	_, err := s.try(registrationPath, body)
	require.Error(t, err)
	gateway.RefuseConnections(true)
	_, err = s.try(registrationPath, body)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	gateway.RefuseConnections(false)
	gateway.HangHandshakes(1)
	s.client.Timeout = 50 * time.Millisecond
	_, err = s.try(registrationPath, body)
	require.ErrorContains(t, err, "Timeout")
	gateway.HangHandshakes(0)
	s.client.Timeout = 0
	require.Empty(t, gateway.Payments())
	uuid := s.register("a")
	gateway.CloseIdleConnections()
	s.client = gateway.HTTPClient() // the other client may not have noticed yet
	gateway.FailNext(ecommpaytest.ResetBeforeBody())
	require.Equal(t, "Receive 70.00 EUR", s.open(s.link("a", uuid)).title())
	_, err = s.try(statusPath, body)
	require.ErrorContains(t, err, "INTERNAL_ERROR", "the fault was still there")
}
