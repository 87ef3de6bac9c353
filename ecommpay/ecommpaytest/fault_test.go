package ecommpaytest_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestFaults: over both versions of HTTP, each is seen as what it is, and the payout is registered or not.
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
		// On a busy machine these overtake the first frame of net/http's server, which ends the connection as well.
		{ecommpaytest.ResetStream(0x2), 0, "INTERNAL_ERROR|PROTOCOL_ERROR", "EOF", false},
		{ecommpaytest.GoAway(0xb), 0, "GOAWAY|PROTOCOL_ERROR", "EOF", false},
		{ecommpaytest.Page(502, "Bad gateway"), 502, "Bad gateway", "", false},
		{ecommpaytest.Page(502, "Bad gateway").AfterAcceptance(), 502, "Bad gateway", "", true},
		{ecommpaytest.TooManyRequests(time.Minute), 429, "Too many requests", "", false},
		{ecommpaytest.RedirectReply(http.StatusSeeOther, "/elsewhere"), 404, "Not found", "", false},
		{ecommpaytest.EmptyReply(), 200, "", "", false},
		{ecommpaytest.Refuse(500, "601", "Try again"), 500, `{"status":"error","code":"601","message":"Try again"}`, "", false},
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
				require.Equal(t, test.registered, at(s.status("a"), "payment", "status") == "awaiting_payout_completion", "the fault is over")
			})
		}
	}
}

func http1() *http.Protocols {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return protocols
}

// TestCutWithoutLength: over HTTP/1.1 nobody notices.
func TestCutWithoutLength(t *testing.T) {
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

// TestFailPayment: only that payment's calls, whatever the case of its id; a status about another payment is signed.
func TestFailPayment(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	gateway.FailPayment("A", ecommpaytest.Page(503, "Later"), ecommpaytest.LateReply(0), ecommpaytest.ReplyOfPayment("c"), ecommpaytest.ReplyOfPayment("c"))
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("b"))).status)
	require.Equal(t, http.StatusServiceUnavailable, s.post(registrationPath, s.sign(registration("a"))).status)
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("a"))).status)
	require.Equal(t, "c", at(s.status("a"), "payment", "id"))
	require.Equal(t, http.StatusBadRequest, s.post(registrationPath, s.sign(registration("a"))).status, "a refusal is about no payment")
	require.Equal(t, "a", at(s.status("a"), "payment", "id"))
}

// TestFailAtRandom breaks the same calls for the same seed.
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

// TestConnectionFaults happen before there is a request; callbacks and pages take no faults.
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
	s.client = gateway.HTTPClient() // the other may not have noticed yet
	gateway.FailNext(ecommpaytest.ResetBeforeBody())
	require.Equal(t, "Receive 70.00 EUR", s.open(s.link("a", uuid)).title())
	_, err = s.try(statusPath, body)
	require.ErrorContains(t, err, "INTERNAL_ERROR", "the fault was still there")
}

// TestExpiry in virtual time: to the last moment the receiver may confirm, and not in the next.
func TestExpiry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		waits     time.Duration // before he confirms
		onVisit   bool
		confirmed bool
		code      string // afterwards
	}{
		{"in the last moment", 30*time.Minute - 1, false, true, "0"},
		{"when it is over", 30 * time.Minute, false, false, "604"},
		{"long after", 24 * time.Hour, false, false, "604"},
		{"in the last moment, nothing happening by itself", 30*time.Minute - 1, true, true, "0"},
		{"when it is over, nothing happening by itself", 30 * time.Minute, true, false, "604"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gateway := ecommpaytest.NewPipeGateway(t)
				gateway.SetExpiryOnVisit(test.onVisit)
				s := newShop(t, gateway)
				s.register("a")
				require.Equal(t, 30*time.Minute, time.Until(gateway.Payments()[0].ExpiresAt))
				<-time.After(test.waits)
				synctest.Wait()
				late := !test.onVisit && !test.confirmed
				require.Equal(t, late, gateway.Payments()[0].Status == "decline")
				require.Equal(t, test.confirmed, gateway.Confirm("a", ecommpaytest.CardApproved))
				message := s.last()
				require.Equal(t, test.code, at(message, "operation", "code"))
				require.Equal(t, test.confirmed, len(gateway.Payouts("a")) == 1)
				require.Len(t, s.callbacks(), 2)
				require.Equal(t, test.code, at(s.status("a"), "operations", 0, "code"))
				<-time.After(time.Hour)
				require.Equal(t, test.code, gateway.Payments()[0].Code, "no timer is left over")
			})
		})
	}
}

// TestLifetime: shorter, and ended by the test.
func TestLifetime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		gateway.SetLinkLifetime(time.Minute)
		s := newShop(t, gateway)
		s.register("a")
		<-time.After(time.Minute)
		synctest.Wait()
		require.Equal(t, "604", at(s.last(), "operation", "code"))
		s.register("b")
		require.True(t, gateway.Expire("b"))
		require.False(t, gateway.Expire("b"))
		require.Equal(t, "604", at(s.last(), "errors", 0, "code"))
	})
}

// TestPauses between callbacks: at the documented pace, for eleven days.
func TestPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		s := newShop(t, gateway)
		s.answers = make([]int, 500)
		require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("a"))).status)
		began := time.Now()
		<-time.After(time.Second + time.Minute + 80*time.Second)
		synctest.Wait()
		require.Len(t, gateway.CallbackAttempts(), 8)
		require.ErrorContains(t, gateway.CallbackAttempts()[0].Err, "no answer")
		gateway.WaitCallbacks()
		require.Greater(t, time.Since(began), 9*24*time.Hour)
		count := 0
		for _, delivery := range gateway.CallbackAttempts() {
			if strings.Contains(string(delivery.Body), "awaiting_payout_completion") {
				count++
			}
		}
		require.Equal(t, 120, count)
	})
}

// TestClarification in virtual time: half an hour, and then a decline.
func TestClarification(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		s := newShop(t, gateway)
		s.register("a")
		require.True(t, gateway.Confirm("a", ecommpaytest.CardClarification))
		<-time.After(2 * time.Second)
		synctest.Wait()
		require.Equal(t, "awaiting clarification", gateway.Payments()[0].Status)
		<-time.After(30 * time.Minute)
		synctest.Wait()
		require.Equal(t, "decline", at(s.last(), "payment", "status"))
	})
}
