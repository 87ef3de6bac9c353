package ecommpay_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestFlow goes from the registration to the result, by callback and by waiting, over both HTTP versions.
func TestFlow(t *testing.T) {
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

// TestPageSignature checks that Payment Page accepts a link and a form, and refuses them after the smallest change.
func TestPageSignature(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	m := newMerchant(t, gateway, unchanged)
	payout := m.client.NewPayout(debt(t, "payout-1"))
	_, err := payout.Register(t.Context(), nil)
	require.NoError(t, err)
	page := &ecommpay.Page{
		Sender: &ecommpay.Sender{
			WalletID: "1", FirstName: "Артур", LastName: "Dent & Sons", Country: "GB",
			City: "London", Address: "1 <Way>",
		},
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

// submit does what a browser does with the form, with this amount in it, and returns the HTTP status.
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

// TestProjectRefusals checks refusals that arrive at once, and refusals that arrive by callback.
func TestProjectRefusals(t *testing.T) {
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

// TestRegistrationAfterRefusal registers the same payment ID again. If the refused registration exists anyway, the
// platform says that the ID exists, and nothing is paid twice.
func TestRegistrationAfterRefusal(t *testing.T) {
	t.Parallel()
	for _, fault := range []ecommpaytest.Fault{
		ecommpaytest.Refuse(400, "2004", "Required field not provided"),
		ecommpaytest.Refuse(400, "2004", "Required field not provided").AfterAcceptance(),
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

// TestWaitIntervals checks that Wait asks every 3 to 5 s, and later less often. A callback wakes it, and it gives up
// after an hour.
func TestWaitIntervals(t *testing.T) {
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

		// A callback wakes a Wait that would ask in an hour.
		_, err = client.NewPayout(debt(t, "payout-2")).Register(t.Context(), nil)
		require.NoError(t, err)
		time.AfterFunc(time.Minute, func() { gateway.Confirm("payout-2", ecommpaytest.CardApproved) })
		began = time.Now()
		_, err = client.Wait(t.Context(), debt(t, "payout-2").Ref(),
			&ecommpay.WaitOptions{MinInterval: 30 * time.Minute, MaxInterval: 30 * time.Minute})
		require.NoError(t, err)
		require.Less(t, time.Since(began), 2*time.Minute)

		_, err = client.Wait(t.Context(), debt(t, "no one knows it").Ref(), nil)
		require.ErrorIs(t, err, ecommpay.ErrWaitTimeout)
		require.ErrorIs(t, err, ecommpay.ErrPaymentNotFound)
	})
}
