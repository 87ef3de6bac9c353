package payneteasy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestCancelAndReset checks which entries can be cancelled and reset. Only a payout that is not sent can be cancelled.
// Only a payout that has sent nothing can be reset.
func TestCancelAndReset(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 2, 3, 12, 0, 0, 0, time.UTC)
	paid := []payneteasy.Order{{ID: "7", End: "paid"}}
	for name, test := range map[string]struct {
		entry           payneteasy.Entry
		cancels, resets bool
	}{
		"not begun": {payneteasy.Entry{Send: "created"}, true, true},
		"not sent":  {payneteasy.Entry{Send: "not sent", Booked: isNotSent}, true, true},
		"rejected": {
			payneteasy.Entry{Send: "denied", NotKnown: true, Booked: payneteasy.DecisionRejected},
			true,
			true,
		},
		"the intent": {payneteasy.Entry{Send: "sending"}, false, true},
		"the intent, found": {
			payneteasy.Entry{Send: "sending", Orders: paid, Booked: isPaid},
			false,
			false,
		},
		"unknown": {payneteasy.Entry{Send: "unknown"}, false, false},
		"refused": {payneteasy.Entry{Send: "denied"}, false, false},
		"held":    {payneteasy.Entry{Send: "unknown", NotKnown: true}, false, false},
		"paid": {
			payneteasy.Entry{Send: "accepted", Orders: paid, Booked: isPaid},
			false,
			false,
		},
		"an alarm": {
			payneteasy.Entry{Send: "not sent", Alarm: payneteasy.CauseEarlier},
			false,
			false,
		},
		"settled: not sent": {
			payneteasy.Entry{
				Send: "unknown", NotKnown: true, Booked: isNotSent,
				Settlement: settlement(isNotSent),
			}, false, true,
		},
		"settled: not paid": {
			payneteasy.Entry{Send: "unknown", Booked: isNotPaid, Settlement: settlement(isNotPaid)},
			false,
			false,
		},
		"cancelled, a while": {
			payneteasy.Entry{Send: "not sent", Booked: isNotSent, Settlement: settlement(isNotSent)},
			false,
			true,
		},
	} {
		entry := test.entry
		entry.ClientOrderID, entry.Revision, entry.Seq, entry.Attempt = "payout-0001", 4, 2, "1"
		cancelled, err := entry.Cancel("a mistake", now)
		require.Equal(t, test.cancels, err == nil, name)
		if err == nil {
			require.Equal(t, isNotSent, cancelled.Decision(), name)
			require.Equal(t, payneteasy.Settlement{Decision: isNotSent, Reason: "a mistake", At: now},
				cancelled.Settlement, name)
			require.Equal(t, []int{5, 3, 3}, []int{cancelled.Revision, cancelled.Seq, cancelled.Told.Seq}, name)
			require.True(t, cancelled.Decision().PayAgain() == payneteasy.PayAgainSameID, name)
			_, err = cancelled.Cancel("a second time", now)
			require.ErrorContains(t, err,
				`"payout-0001" is not sent: only an unsent payout that no person has settled can be cancelled`, name)
		} else {
			require.Equal(t, entry, cancelled, name)
		}
		_, err = entry.Cancel(" ", now)
		require.ErrorContains(t, err, "a reason is required", name)
		begun, err := entry.Reset(now)
		require.Equal(t, test.resets, err == nil, name)
		if err == nil {
			require.Equal(t,
				payneteasy.Entry{
					ClientOrderID: "payout-0001", Revision: 5, Seq: 2, Send: "created",
					Changed: now,
				}, begun, name)
		} else {
			require.Equal(t, entry, begun, name)
			require.ErrorContains(t, err, "may have been sent", name)
		}
	}
}
