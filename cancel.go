package payneteasy

import (
	"errors"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Cancel gives up a payout that is not sent: SendCreated, or Free and not settled by a person. The entry is DecisionNotSent,
// with the reason in Settlement. Its news counts as told: book it in the transaction that stores the entry. Cancel is for
// queues of payouts, as package riverpayout is one; now is the time by their clock.
func (e Entry) Cancel(reason string, now time.Time) (Entry, error) {
	if strings.TrimSpace(reason) == "" {
		return e, errors.New("payneteasy: cancel: a reason is required: who cancelled it, and why")
	}
	after := e.merge(order.Cancelled{Reason: reason})
	if after.Revision == e.Revision {
		return e, errorf("payneteasy: cancel: %q is %s, and only a payout that is not sent can be cancelled", e.ClientOrderID, e.Decision())
	}
	if e.Send == SendCreated {
		after.Began = now
	}
	after.Changed, after.Settlement.At = now, now
	if after.Seq == e.Seq { // it was not sent before, and that may not have been told
		after.Seq++
	}
	after.Told.Seq = after.Seq
	return after, nil
}

// Reset is the entry as one that has not begun: SendCreated. Call it when it is proved that the latest attempt has sent
// nothing, to queue the payout again. It is an error if the entry is not Free and has learned more than its intent. The
// news go on counting.
func (e Entry) Reset(now time.Time) (Entry, error) {
	attempt := Entry{
		ClientOrderID: e.ClientOrderID, BaseURL: e.BaseURL, Login: e.Login, Endpoint: e.Endpoint, Amount: e.Amount,
		Revision: e.Revision + 1, Seq: e.Seq, Told: e.Told, Telling: e.Telling, Send: SendCreated, Changed: now,
	}
	before := order.Next(e.record(), order.Called{Send: order.SendNotSent})
	if _, ok := order.Begin(before, attempt.record()); !ok {
		return e, errorf("payneteasy: reset: %q is %s, and may have been sent", e.ClientOrderID, e.Decision())
	}
	return attempt, nil
}
