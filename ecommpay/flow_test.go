package ecommpay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// merchant is one who takes callbacks.
type merchant struct {
	client  *ecommpay.Client
	gateway *ecommpaytest.Gateway

	mu   sync.Mutex
	told []telling
}

// telling is one call of the merchant's function.
type telling struct {
	payneteasy.News
	*ecommpay.Callback
}

func newMerchant(t *testing.T, gateway *ecommpaytest.Gateway, change func(*ecommpay.Config)) *merchant {
	t.Helper()
	config := gateway.Config()
	change(&config)
	client, err := ecommpay.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	m := &merchant{client: client, gateway: gateway}
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, cb *ecommpay.Callback) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.told = append(m.told, telling{news, cb})
		return nil
	})
	handler.Ref = func(_ context.Context, cb *ecommpay.Callback) (ecommpay.PayoutRef, error) {
		return debt(t, cb.PaymentID).Ref(), nil
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	gateway.SetCallbackURL(server.URL)
	return m
}

// ends are what was told besides registrations.
func (m *merchant) ends() []telling {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ends []telling
	for _, one := range m.told {
		if _, registered := one.Session(); !registered {
			ends = append(ends, one)
		}
	}
	return ends
}

func debt(t testing.TB, paymentID string) *ecommpay.PayoutRegistration {
	t.Helper()
	amount, err := payneteasy.ParseAmount("70.00", "EUR")
	require.NoError(t, err)
	return &ecommpay.PayoutRegistration{
		PaymentID: paymentID, Amount: amount,
		Customer: ecommpay.Customer{ID: "16061314", Email: "p.jeltz@mail.com", Phone: "44991234567", IPAddress: "93.47.230.225"},
	}
}

func unchanged(*ecommpay.Config) {}

// TestWholeWay from the registration to the result, told by a callback and by waiting, over both HTTP versions.
func TestWholeWay(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		gateway := ecommpaytest.NewGateway(t)
		m := newMerchant(t, gateway, func(c *ecommpay.Config) { speak(t, c, http2) })
		for i, test := range []struct {
			card     string
			code     string
			decision payneteasy.Decision
		}{
			{ecommpaytest.CardApproved, "", payneteasy.DecisionPaid},
			{ecommpaytest.CardDeclined, "100", payneteasy.DecisionNotPaid},
			{ecommpaytest.CardNoBalance, "3028", payneteasy.DecisionNotPaid},
			{ecommpaytest.CardLimit, "3104", payneteasy.DecisionNotPaid},
			{ecommpaytest.CardError, "501", payneteasy.DecisionReview},
		} {
			id := fmt.Sprintf("payout-%d", i)
			payout := m.client.NewPayout(debt(t, id))
			session, err := payout.Register(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, debt(t, id).Amount, session.Amount)
			link, err := payout.PageURL(&ecommpay.Page{Description: "Prize", LanguageCode: "en"})
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, open(t, gateway, link))
			require.True(t, gateway.Confirm(id, test.card))
			require.Equal(t, payneteasy.DecisionPending, payout.Decision())
			_, err = payout.Wait(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, test.decision, payout.Decision(), test.card)
			gateway.WaitCallbacks()
			ends := m.ends()
			require.Len(t, ends, i+1)
			require.Equal(t, test.decision, ends[i].Decision)
			if test.code != "" {
				require.ErrorContains(t, ends[i].Refusal(), "code "+test.code)
			}
			require.Equal(t, test.decision == payneteasy.DecisionPaid, len(gateway.Payouts(id)) == 1)
		}
		require.True(t, gateway.Reverse("payout-0"))
		gateway.WaitCallbacks()
		last := m.ends()[5]
		require.Equal(t, payneteasy.DecisionReversed, last.Decision)
	}
}

func speak(t *testing.T, config *ecommpay.Config, http2 bool) {
	t.Helper()
	transport, ok := config.HTTPClient.Transport.(*http.Transport)
	require.True(t, ok)
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetHTTP2(http2)
}

// open is what a browser gets to see, after redirects.
func open(t *testing.T, gateway *ecommpaytest.Gateway, link string) int {
	t.Helper()
	resp, err := gateway.HTTPClient().Get(link)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// TestPageIsTakenByTheFake as a link and as a form; changed by a hair it is not.
func TestPageIsTakenByTheFake(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	m := newMerchant(t, gateway, unchanged)
	payout := m.client.NewPayout(debt(t, "payout-1"))
	_, err := payout.Register(t.Context(), nil)
	require.NoError(t, err)
	page := &ecommpay.Page{
		Sender:    &ecommpay.Sender{WalletID: "1", FirstName: "Артур", LastName: "Dent & Sons", Country: "GB", City: "London", Address: "1 <Way>"},
		Recipient: &ecommpay.Recipient{FirstName: "Prostetnik", LastName: "Jeltz"}, MoneySend: true,
		Extra: map[string]string{"recipient_day_of_birth": "01-02-1970"},
	}
	link, err := payout.PageURL(page)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, open(t, gateway, link))
	text, err := payout.PageForm(page)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, submit(t, gateway, text, "7000"))
	require.Equal(t, http.StatusBadRequest, submit(t, gateway, text, "7001"))
	u, err := url.Parse(link)
	require.NoError(t, err)
	query := u.Query()
	query.Set("payment_amount", "7001")
	u.RawQuery = query.Encode()
	require.Equal(t, http.StatusBadRequest, open(t, gateway, u.String()))
	require.True(t, gateway.Expire("payout-1"))
	require.NotEqual(t, http.StatusOK, open(t, gateway, link))
}

// submit does what a browser does with the form, with this amount in it, and returns what it gets to see.
func submit(t *testing.T, gateway *ecommpaytest.Gateway, text, amount string) int {
	t.Helper()
	action := regexp.MustCompile(`method="post" action="([^"]*)"`).FindStringSubmatch(text)
	require.Len(t, action, 2)
	fields := url.Values{}
	for _, input := range regexp.MustCompile(`name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(text, -1) {
		fields.Set(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
	}
	require.Equal(t, "7000", fields.Get("payment_amount"))
	fields.Set("payment_amount", amount)
	resp, err := gateway.HTTPClient().PostForm(html.UnescapeString(action[1]), fields)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// TestFaults: whatever breaks, a payout is registered at most once, and the outcome is never wrong.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		gateway := ecommpaytest.NewGateway(t)
		m := newMerchant(t, gateway, func(c *ecommpay.Config) { speak(t, c, http2) })
		gateway.SetCallbackURL("") // their questions would take the faults
		for i, fault := range []ecommpaytest.Fault{
			ecommpaytest.ResetBeforeBody(), ecommpaytest.ResetWithinBody(), ecommpaytest.ResetAfterBody(), ecommpaytest.LoseReply(),
			ecommpaytest.LateReply(time.Hour), ecommpaytest.CutReply(0), ecommpaytest.CutReply(20), ecommpaytest.CutReplyWithoutLength(20),
			ecommpaytest.Page(502, "Bad gateway"), ecommpaytest.Page(502, "Bad gateway").AfterAcceptance(), ecommpaytest.Page(403, "Forbidden").AfterAcceptance(),
			ecommpaytest.TooManyRequests(time.Second).AfterAcceptance(), ecommpaytest.RedirectReply(307, gateway.URL()+"/v2/payment/payout/registration"),
			ecommpaytest.RedirectReply(308, gateway.URL()+"/v2/payment/payout/registration").AfterAcceptance(),
			ecommpaytest.EmptyReply(), ecommpaytest.EmptyReply().AfterAcceptance(), ecommpaytest.ReplyOfPayment("another"),
			ecommpaytest.ResetStream(7), ecommpaytest.ResetStream(2), ecommpaytest.GoAway(0), ecommpaytest.GoAway(2),
			ecommpaytest.Refuse(400, "501", "Internal error").AfterAcceptance(), ecommpaytest.Refuse(400, "3041", "Payment ID already exists"),
		} {
			id := fmt.Sprintf("payout-%d", i)
			gateway.FailNext(fault)
			ctx := t.Context()
			if fault.String() == ecommpaytest.LateReply(0).String() {
				ctx = untilRegistered(ctx, gateway)
			}
			_, err := m.client.RegisterPayout(ctx, debt(t, id))
			require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, fault)
			require.NotErrorIs(t, err, payneteasy.ErrNotSent)
			require.NotErrorIs(t, err, payneteasy.ErrRejected)
			registered := 0
			for _, p := range gateway.Payments() {
				if p.PaymentID == id {
					registered++
				}
			}
			require.LessOrEqual(t, registered, 1, fault)
		}
		gateway.FailNext(ecommpaytest.Refuse(400, "2004", "Required field not provided"))
		_, err := m.client.RegisterPayout(t.Context(), debt(t, "refused"))
		require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
		gateway.RefuseConnections(true)
		_, err = m.client.RegisterPayout(t.Context(), debt(t, "down"))
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		gateway.RefuseConnections(false)
		gateway.CutConnections(1)
		_, err = m.client.RegisterPayout(t.Context(), debt(t, "cut"))
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		for _, p := range gateway.Payments() {
			require.NotContains(t, []string{"refused", "down", "cut"}, p.PaymentID)
		}
		gateway.WaitCallbacks()
	}
}

// untilRegistered ends when the gateway has another payment.
func untilRegistered(ctx context.Context, gateway *ecommpaytest.Gateway) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	before := len(gateway.Payments())
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
		go func() {
			defer cancel()
			for len(gateway.Payments()) == before && ctx.Err() == nil {
				<-time.After(time.Millisecond)
			}
		}()
	}})
}

// TestFlowUnderFaults: with a reply lost, and statuses that fail, the payout still goes its way, registered once.
func TestFlowUnderFaults(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	m := newMerchant(t, gateway, unchanged)
	gateway.FailPayment("payout-1", ecommpaytest.LoseReply(), ecommpaytest.Page(502, "Bad gateway"), ecommpaytest.CutReply(10), ecommpaytest.EmptyReply())
	payout := m.client.NewPayout(debt(t, "payout-1"))
	_, err := payout.Register(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, gateway.Confirm("payout-1", ecommpaytest.CardApproved))
	gateway.FailAtRandom(1, 2, ecommpaytest.Page(502, "Bad gateway"), ecommpaytest.LoseReply(), ecommpaytest.Refuse(404, "3061", "Transaction not found"))
	_, err = payout.Wait(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPaid, payout.Decision())
	require.Len(t, gateway.Payments(), 1)
	require.Len(t, gateway.Payouts("payout-1"), 1)

	// Registered again with the same id, by a program that has forgotten: it got through before.
	_, err = newMerchant(t, gateway, unchanged).client.RegisterPayout(t.Context(), debt(t, "PAYOUT-1"))
	for err != nil && !errors.Is(err, ecommpay.ErrPaymentExists) { // the faults at random
		_, err = m.client.RegisterPayout(t.Context(), debt(t, "PAYOUT-1"))
	}
	require.ErrorIs(t, err, ecommpay.ErrPaymentExists)
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
}

// TestRefusals of the project: at once, and by callback.
func TestRefusals(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	wrong := newMerchant(t, gateway, func(c *ecommpay.Config) { c.SecretKey = payneteasy.NewSecret("another") })
	_, err := wrong.client.RegisterPayout(t.Context(), debt(t, "payout-1"))
	require.ErrorIs(t, err, ecommpay.ErrInvalidSignature)
	require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
	_, err = wrong.client.Wait(t.Context(), debt(t, "payout-1").Ref(), nil)
	require.ErrorIs(t, err, ecommpay.ErrInvalidSignature)

	m := newMerchant(t, gateway, unchanged)
	gateway.SetAllowedIPs("192.0.2.1")
	_, err = m.client.RegisterPayout(t.Context(), debt(t, "payout-1"))
	require.ErrorIs(t, err, ecommpay.ErrIPNotAllowed)
	require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
	gateway.SetAllowedIPs("127.0.0.1")
	_, err = m.client.Status(t.Context(), debt(t, "payout-1").Ref())
	require.ErrorIs(t, err, ecommpay.ErrPaymentNotFound)
	gateway.SetUnknownRefused(true)
	_, err = m.client.Status(t.Context(), debt(t, "payout-1").Ref())
	require.ErrorIs(t, err, ecommpay.ErrPaymentNotFound)

	gateway.DisablePayouts()
	_, err = m.client.NewPayout(debt(t, "payout-2")).Register(t.Context(), nil)
	require.ErrorIs(t, err, ecommpay.ErrPayoutsDisabled)
	gateway.WaitCallbacks()
	ends := m.ends()
	require.Len(t, ends, 1)
	require.ErrorIs(t, ends[0].Refusal(), ecommpay.ErrPayoutsDisabled)
	require.Equal(t, payneteasy.DecisionReview, ends[0].Decision)
}

// TestRefusedIsRegisteredAgain, under the same payment id: if the refused one was registered all the same, the platform says
// that the id exists, and nothing is paid twice.
func TestRefusedIsRegisteredAgain(t *testing.T) {
	t.Parallel()
	for _, fault := range []ecommpaytest.Fault{
		ecommpaytest.Refuse(400, "2004", "Required field not provided"), ecommpaytest.Refuse(400, "2004", "Required field not provided").AfterAcceptance(),
	} {
		gateway := ecommpaytest.NewGateway(t)
		m := newMerchant(t, gateway, unchanged)
		gateway.FailPayment("payout-1", fault)
		refused := m.client.NewPayout(debt(t, "payout-1"))
		_, err := refused.Register(t.Context(), nil)
		require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
		require.Equal(t, payneteasy.PayAgainNo, refused.Decision().PayAgain())
		_, err = refused.Again(t.Context(), debt(t, "payout-2"))
		require.ErrorIs(t, err, ecommpay.ErrNotOver)

		again := m.client.NewPayout(debt(t, "payout-1"))
		_, err = again.Register(t.Context(), nil)
		require.NoError(t, err)
		require.True(t, gateway.Confirm("payout-1", ecommpaytest.CardApproved))
		_, err = again.Wait(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, again.Decision())
		require.Len(t, gateway.Payments(), 1)
		require.Len(t, gateway.Payouts("payout-1"), 1)
		gateway.WaitCallbacks()
	}
}

// virtual is a client of a gateway on pipes, whose callbacks come without a socket.
func virtual(t *testing.T) (*ecommpay.Client, *ecommpaytest.Gateway) {
	t.Helper()
	gateway := ecommpaytest.NewPipeGateway(t)
	client, err := ecommpay.NewClient(gateway.Config())
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	handler := client.CallbackHandler(nil)
	gateway.SetCallbackURL("https://merchant.example/callback")
	gateway.SetCallbackClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result(), nil
	})})
	return client, gateway
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLastSecond: the receiver confirms in the last second of the 30 minutes, and the merchant, whose link is dead, would
// like to register the debt again. It is paid once.
func TestLastSecond(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before  time.Duration // the end
		card    string
		paid    int
		onVisit bool
	}{
		"in the last second":                 {time.Second, ecommpaytest.CardApproved, 1, false},
		"a moment before, and then declined": {time.Nanosecond, ecommpaytest.CardDeclined, 0, false},
		"too late":                           {-time.Second, ecommpaytest.CardApproved, 0, false},
		"in the last second, lazily":         {time.Second, ecommpaytest.CardApproved, 1, true},
		"never, and nobody says so":          {-time.Hour, "", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, gateway := virtual(t)
				gateway.SetExpiryOnVisit(test.onVisit)
				payout := client.NewPayout(debt(t, "payout-1"))
				session, err := payout.Register(t.Context(), nil)
				require.NoError(t, err)
				next := func() error {
					_, err := payout.Again(t.Context(), debt(t, "payout-2"))
					return err
				}
				<-time.After(time.Until(session.ExpiresAt) - test.before)
				if test.card != "" {
					require.Equal(t, test.before > 0, gateway.Confirm("payout-1", test.card))
				}
				<-time.After(test.before + time.Millisecond)
				_, err = payout.PageURL(nil)
				require.ErrorIs(t, err, ecommpay.ErrPayoutExpired)
				err = next()
				if test.before == time.Second {
					require.ErrorIs(t, err, ecommpay.ErrNotOver, "it is being paid, or is paid")
				}
				<-time.After(time.Minute)
				if err != nil {
					err = next()
				}
				switch {
				case test.paid == 1, test.card == "":
					require.ErrorIs(t, err, ecommpay.ErrNotOver)
				default:
					require.NoError(t, err)
				}
				require.Len(t, gateway.Payouts("payout-1"), test.paid)
				require.Len(t, gateway.Payments(), 1, "the next one is not registered by itself")
			})
		})
	}
}

// TestWaitInVirtualTime asks every 3 to 5 s, later less often, is woken by a callback, and gives up after an hour.
func TestWaitInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, gateway := virtual(t)
		payout := client.NewPayout(debt(t, "payout-1"))
		_, err := payout.Register(t.Context(), nil)
		require.NoError(t, err)
		gateway.SetExpiryOnVisit(true)
		time.AfterFunc(10*time.Minute, func() { gateway.Confirm("payout-1", ecommpaytest.CardApproved) })
		began, calls := time.Now(), gateway.StatusCalls()
		_, err = payout.Wait(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, payout.Decision())
		require.Less(t, time.Since(began), 10*time.Minute+31*time.Second)
		asked := gateway.StatusCalls() - calls
		require.Greater(t, asked, 60+10)
		require.Less(t, asked, 100+20+5)

		// A callback wakes who would ask in an hour.
		_, err = client.NewPayout(debt(t, "payout-2")).Register(t.Context(), nil)
		require.NoError(t, err)
		time.AfterFunc(time.Minute, func() { gateway.Confirm("payout-2", ecommpaytest.CardApproved) })
		began = time.Now()
		_, err = client.Wait(t.Context(), debt(t, "payout-2").Ref(), &ecommpay.WaitOptions{MinInterval: 30 * time.Minute, MaxInterval: 30 * time.Minute})
		require.NoError(t, err)
		require.Less(t, time.Since(began), 2*time.Minute)

		_, err = client.Wait(t.Context(), debt(t, "nobody knows it").Ref(), nil)
		require.ErrorIs(t, err, ecommpay.ErrWaitTimeout)
		require.ErrorIs(t, err, ecommpay.ErrPaymentNotFound)
	})
}

// TestTransportsThatRepeat are stopped: a registration leaves once.
func TestTransportsThatRepeat(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	m := newMerchant(t, gateway, func(c *ecommpay.Config) {
		inner, ok := c.HTTPClient.Transport.(*http.Transport)
		require.True(t, ok)
		inner.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
		c.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			var resp *http.Response
			for range 3 {
				again := r.Clone(r.Context())
				again.Body = io.NopCloser(bytes.NewReader(body))
				resp, err = inner.RoundTrip(again)
				if err == nil && resp.StatusCode < 500 {
					return resp, nil
				}
			}
			return resp, err
		})}
	})
	gateway.FailNext(ecommpaytest.Page(503, "Busy").AfterAcceptance())
	_, err := m.client.RegisterPayout(t.Context(), debt(t, "payout-1"))
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
	require.Len(t, gateway.Payments(), 1)
}
