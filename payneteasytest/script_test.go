package payneteasytest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestScripts checks scripts of single accounts, redirects and reversals.
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
	entry, err := client.Wait(t.Context(), payout.Entry,
		&payneteasy.WaitOptions{OnProgress: func(p payneteasy.Progress) {
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
	status, err := client.Status(t.Context(), payout.Entry.Ref())
	require.NoError(t, err)
	require.Equal(t, "Closed", status.ErrorMessage)

	require.False(t, gateway.TakeBack("c", "reversal"), "it was never approved")
	require.False(t, gateway.Finish("unknown"))
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

// TestBecome checks that an open order can be decided, whatever it waits for, and that Payouts follows the decision.
func TestBecome(t *testing.T) {
	t.Parallel()
	declined := payneteasytest.Declined("Declined by hand", "2")
	for name, script := range map[string]payneteasytest.Script{
		"in progress":                payneteasytest.Approved(),
		"stuck":                      payneteasytest.Stuck(),
		"waiting for a confirmation": payneteasytest.Approved().WithConfirmation(),
		"waiting for a redirect":     payneteasytest.Approved().WithRedirect("https://elsewhere.example/"),
		"about to be declined":       payneteasytest.Declined("No", "1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway, client, _ := manual(t)
			gateway.SetAccount("1234567890", script)
			payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
			require.NoError(t, err)

			require.True(t, gateway.Become("a", payneteasytest.Stuck()))
			require.Empty(t, gateway.Payouts("a"))
			require.True(t, gateway.Become("a", declined[len(declined)-1:]))
			status, err := client.Status(t.Context(), payout.Entry.Ref())
			require.NoError(t, err)
			require.Equal(t, payneteasy.StatusDeclined, status.Status)
			require.Equal(t, "Declined by hand", status.ErrorMessage)
			require.Empty(t, gateway.Payouts("a"))

			require.False(t, gateway.Become("a", payneteasytest.Approved()), "it is final")
			require.Equal(t, "declined", gateway.Orders()[0].Status)
		})
	}
}

// TestBecomePaid checks that an order that waits for its receiver can be paid. It is called back once and stays paid.
func TestBecomePaid(t *testing.T) {
	t.Parallel()
	gateway, client, merchant := manual(t)
	req := request(t, "a", "")
	req.BankAccount, req.CallbackURL, req.RedirectURL = nil, merchant, "https://merchant.example/"
	_, err := client.PayoutForm(t.Context(), req)
	require.NoError(t, err)
	require.False(t, gateway.Become("b", payneteasytest.Approved()), "there is no such order")
	require.False(t, gateway.Become("a", nil), "the script is empty")
	require.True(t, gateway.Become("a", payneteasytest.Approved()))
	require.False(t, gateway.SubmitForm("a", "0987654321", "Jane Doe"), "the order no longer waits for the form")
	require.True(t, gateway.Finish("a"))
	require.Len(t, gateway.Payouts("a"), 1)
	gateway.WaitCallbacks()
	require.Len(t, gateway.CallbackAttempts(), 1)
	require.False(t, gateway.Become("a", payneteasytest.Stuck()))
	require.Len(t, gateway.Payouts("a"), 1)
}

// TestBecomeLink checks that an order without a link gets one when its new script asks the receiver.
func TestBecomeLink(t *testing.T) {
	t.Parallel()
	gateway, client, _ := manual(t)
	payout, err := client.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	require.Empty(t, gateway.ReceiverURL("a"))
	require.True(t, gateway.Become("a", payneteasytest.Approved().WithConfirmation()))
	require.Empty(t, gateway.Payouts("a"), "the receiver may refuse")
	require.Contains(t, gateway.ReceiverURL("a"), "/paynet/confirm/")
	status, err := client.Status(t.Context(), payout.Entry.Ref())
	require.NoError(t, err)
	require.Equal(t, gateway.ReceiverURL("a"), status.RedirectTo)
	require.True(t, gateway.ExpireLink("a"))
	require.Equal(t, "declined", gateway.Orders()[0].Status)
}

// TestBecomeDouble checks that two orders of one client_orderid are a double payout if both are decided to be paid. It
// is reported once.
func TestBecomeDouble(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	gateway := payneteasytest.NewGateway(r)
	gateway.SetStepTime(0)
	client := newClient(t, gateway)
	for _, account := range []string{"1234567890", "0987654321"} {
		_, err := client.Payout(t.Context(), request(t, "a", account))
		require.NoError(t, err)
	}
	require.Empty(t, r.errors)
	for _, script := range []payneteasytest.Script{
		payneteasytest.Approved(), payneteasytest.Stuck(),
		payneteasytest.Approved(),
	} {
		require.True(t, gateway.Become("a", script))
	}
	require.Len(t, r.errors, 1)
	require.Equal(t, r.errors, gateway.DoublePayouts())
}
