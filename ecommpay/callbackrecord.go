package ecommpay

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// callbackRecord is what is known about a payment, and what was told about it.
type callbackRecord struct {
	Version    int            `json:"version"`
	Decision   order.Decision `json:"decision"` // for readers; Order is what counts
	Seq        int            `json:"seq"`
	Told       int            `json:"told"`                 // Seq of the last news that was told
	Telling    int            `json:"telling,omitempty"`    // Seq of the last news for which the function was called
	Registered string         `json:"registered,omitempty"` // SHA-256 of the last uuid
	Part       part           `json:"part,omitzero"`
	Order      order.Record   `json:"order"`
}

// next turns what is known into news. Its Seq is higher than all that were told before, even if their records are lost.
func (r *callbackRecord) next() { r.Seq = max(r.Seq+1, int(time.Now().Unix())) }

// hasFailed reports whether the payment's last request ended in error, and nothing else is known.
func (r *callbackRecord) hasFailed() bool {
	return r.Order.Alarm == "" && len(r.Order.Orders) > 0 && r.Order.Orders[0].End == order.EndFailed
}

// merge merges the platform's answer. Each operation that takes money back is news, because the platform does not say
// how much money came back in total.
func (r *callbackRecord) merge(status *Status, seen order.Seen) {
	before, last := r.Order, r.Part
	r.Order = order.Next(r.Order, seen)
	if seen.End == order.EndReversed && plainID.MatchString(status.Operation.ID) {
		r.Part = part{Operation: status.Operation.ID, Amount: status.Amount}
	}
	if order.IsNews(before, r.Order) || r.Part != last {
		r.next()
	}
}

// part is the last operation that took money back.
type part struct {
	Operation string            `json:"operation"`
	Amount    payneteasy.Amount `json:"amount,omitzero"`
}

// callbackRecordVersion is the version of a callbackRecord's JSON.
const callbackRecordVersion = 1

// readCallbackRecord reads a record, or creates the first one. A store may have forgotten a payment, and Seq must not
// fall below the last told Seq. So the first Seq is the Unix time.
func readCallbackRecord(text string) (r callbackRecord, err error) {
	if text == "" {
		now := int(time.Now().Unix())
		return callbackRecord{
			Version: callbackRecordVersion, Seq: now, Told: now, Order: order.Record{Send: order.Accepted},
		}, nil
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, err
	}
	switch decision := order.Decide(r.Order); {
	case r.Version != callbackRecordVersion:
		return r, fmt.Errorf("it has version %d, and this program reads version %d", r.Version, callbackRecordVersion)
	case decision != r.Decision:
		return r, fmt.Errorf("it is stored as %q, but its facts mean %q", r.Decision, decision)
	}
	return r, nil
}

// seen returns what a final status says about the payment. The payment counts as one order, with a fixed ID.
func (s *Status) seen() order.Order {
	paid := cmp.Or(s.Amount, s.expectedAmount)
	if s.unreadable {
		paid = payneteasy.Amount{}
	}
	seen := order.Order{ID: "payment", End: order.EndUnclear}
	switch decision := s.decision(); {
	case decision == payneteasy.DecisionReversed:
		seen.End = order.EndReversed
	case decision == payneteasy.DecisionPaid:
		seen.End, seen.Paid = order.EndPaid, minorUnits(paid)
	case decision == payneteasy.DecisionNotPaid:
		seen.End = order.EndDeclined
	case s.isPayout() && s.Status.Is(StatusSuccess):
		seen.End, seen.Paid = order.EndPaidOther, minorUnits(paid)
	case s.Status.Is(StatusError):
		seen.End = order.EndFailed
	}
	return seen
}

func minorUnits(a payneteasy.Amount) order.Amount {
	return order.Amount{Minor: a.Minor(), Currency: a.Currency()}
}

func amountOf(a order.Amount) payneteasy.Amount {
	amount, err := payneteasy.AmountFromMinor(a.Minor, a.Currency)
	if err != nil { // the amount is not known
		return payneteasy.Amount{}
	}
	return amount
}
