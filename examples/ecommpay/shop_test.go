package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestLearn checks the state of a debt after each decision about its latest payout and the one before. A contradiction
// needs a person, and stays so.
func TestLearn(t *testing.T) {
	t.Parallel()
	type told struct {
		payment  string
		decision payneteasy.Decision
		becomes  state
	}
	for name, test := range map[string]struct {
		from state
		told []told
	}{
		"paid, and reported twice": {
			stateWaiting,
			[]told{{"a-2", payneteasy.DecisionPaid, statePaid}, {"A-2", payneteasy.DecisionPaid, statePaid}},
		},
		"paid, and taken back": {
			stateProcessing,
			[]told{
				{"A-2", payneteasy.DecisionPaid, statePaid},
				{"A-2", payneteasy.DecisionReversed, stateReversed},
				{"A-2", payneteasy.DecisionPaid, stateError},
			},
		},
		"paid after the link expired": {stateExpired, []told{{"A-2", payneteasy.DecisionPaid, statePaid}}},
		"paid after no reply":         {stateUnknown, []told{{"A-2", payneteasy.DecisionPaid, statePaid}}},
		"not final": {
			stateExpired,
			[]told{
				{"A-2", payneteasy.DecisionPending, stateExpired},
				{"A-2", payneteasy.DecisionUnknown, stateExpired},
			},
		},
		"declined, and then paid after all": {
			stateExpired,
			[]told{
				{"A-2", payneteasy.DecisionNotPaid, stateDeclined},
				{"A-2", payneteasy.DecisionPaid, stateError},
				{"A-2", payneteasy.DecisionNotPaid, stateError},
			},
		},
		"paid, and then declined": {
			stateWaiting,
			[]told{{"A-2", payneteasy.DecisionPaid, statePaid}, {"A-2", payneteasy.DecisionNotPaid, stateError}},
		},
		"a contradiction, reported as review": {stateWaiting, []told{{"A-2", payneteasy.DecisionReview, stateError}}},
		"a review may have been paid":         {stateWaiting, []told{{"A-2", payneteasy.DecisionReview, stateError}}},
		"paid, and never registered":          {stateFailed, []told{{"A-2", payneteasy.DecisionPaid, stateError}}},
		"the earlier payout was declined, as known": {
			stateWaiting,
			[]told{
				{"A-1", payneteasy.DecisionNotPaid, stateWaiting},
				{"A-2", payneteasy.DecisionPaid, statePaid},
				{"A-1", payneteasy.DecisionNotPaid, statePaid},
			},
		},
		"the earlier payout was paid after all": {
			stateWaiting,
			[]told{{"A-1", payneteasy.DecisionPaid, stateError}, {"A-2", payneteasy.DecisionPaid, stateError}},
		},
		"a payout of another debt": {stateWaiting, []told{{"B-1", payneteasy.DecisionPaid, stateWaiting}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := ecommpay.NewClient(ecommpay.Config{ProjectID: 1, SecretKey: payneteasy.NewSecret("secret")})
			require.NoError(t, err)
			s := newShop(t.Context(), client, "https://merchant.example")
			payout := client.NewPayout(&ecommpay.PayoutRegistration{PaymentID: "A-2"})
			s.debts["A"] = &debt{ID: "A", State: test.from, attempts: 2, payout: payout, changed: make(chan struct{})}
			for _, told := range test.told {
				s.learn(told.payment, told.decision, "")
				d, _ := s.debt("A")
				require.Equal(t, told.becomes, d.State, "after %s of %s", told.decision, told.payment)
			}
		})
	}
}

// TestConcurrentPayouts checks that concurrent requests for one debt register one payout. After it was declined,
// concurrent retries register one more.
func TestConcurrentPayouts(t *testing.T) {
	t.Parallel()
	s, gateway, url := serving(t)
	browser := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	post := func(path, body string) string {
		resp, err := browser.Post(url+path, "application/x-www-form-urlencoded", strings.NewReader(body))
		if err != nil {
			return err.Error()
		}
		_ = resp.Body.Close()
		return resp.Header.Get("Location")
	}
	const ask = "recipient=Jane+Doe&email=jane%40mail.example&phone=44991234567&amount=10.42"
	const times = 20
	several := func(path, body string) (links map[string]bool) {
		led := make(chan string, times)
		for range times {
			go func() { led <- post(path, body) }()
		}
		links = map[string]bool{}
		for range times {
			links[<-led] = true
		}
		return links
	}
	links := several("/payouts", ask)
	require.Len(t, links, 1)
	for link := range links {
		require.Contains(t, link, "/payment?")
	}
	require.Len(t, gateway.Payments(), 1)
	id := gateway.Payments()[0].PaymentID
	debt, found := s.debt(debtOf(id))
	require.True(t, found)
	require.Equal(t, "127.0.0.1", debt.to.IPAddress)

	require.True(t, gateway.Confirm(id, ecommpaytest.CardDeclined))
	becomes := func(state state) {
		for debt.State != state {
			<-debt.changed
			debt, _ = s.debt(debt.ID)
		}
	}
	becomes(stateDeclined)
	several("/payouts/"+debt.ID+"/again", "")
	several("/payouts", ask)
	payments := gateway.Payments()
	require.Len(t, payments, 2)
	require.Equal(t, debt.ID+"-2", payments[1].PaymentID)
	require.Equal(t, payments[0].CustomerID, payments[1].CustomerID)
	require.True(t, gateway.Confirm(payments[1].PaymentID, ecommpaytest.CardApproved))
	becomes(statePaid)
	several("/payouts", ask+"&debt="+debt.ID) // the same page sent again
	debt, _ = s.debt(debt.ID)
	require.Equal(t, statePaid, debt.State)
	require.Len(t, gateway.Payments(), 2)
	several("/payouts", ask)
	require.Len(t, gateway.Payments(), 3, "another debt")
}

// TestRegistrationAfterRefusal checks that a refused payment ID is registered again, not a new one. The refused payout
// may be registered anyway.
func TestRegistrationAfterRefusal(t *testing.T) {
	t.Parallel()
	for _, fault := range []ecommpaytest.Fault{
		ecommpaytest.Refuse(400, "2004", "Required field not provided"),
		ecommpaytest.Refuse(400, "2004", "Required field not provided").AfterAcceptance(),
	} {
		s, gateway, _ := serving(t)
		amount, err := payneteasy.ParseAmount("10.42", "EUR")
		require.NoError(t, err)
		to := recipient{Name: "Jane Doe", Email: "jane@mail.example", Phone: "44991234567", IPAddress: "192.0.2.7"}
		gateway.FailNext(fault)
		require.Equal(t, stateFailed, s.pay(t.Context(), "A", to, amount).State)
		d := s.pay(t.Context(), "B", to, amount) // the same debt, on another page
		require.Equal(t, stateWaiting, d.State)
		require.Equal(t, "A-1", d.payout.Ref().PaymentID)
		require.Len(t, gateway.Payments(), 1)
	}
}

// serving returns a merchant whose gateway is a fake, and the merchant's URL.
func serving(t *testing.T) (*shop, *ecommpaytest.Gateway, string) {
	t.Helper()
	gateway := ecommpaytest.NewGateway(t)
	client, err := ecommpay.NewClient(gateway.Config())
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(nil)
	waiting, end := context.WithCancel(context.Background())
	s := newShop(waiting, client, "http://"+server.Listener.Addr().String())
	server.Config.Handler = s.handler()
	server.Start()
	t.Cleanup(func() {
		end()
		server.Close()
		s.group.Wait()
	})
	return s, gateway, server.URL
}
