package riverpayout

import (
	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// step is the next step of a payout's job. It follows from the entry.
type step string

const (
	stepSend step = "send" // it was not sent, or the gateway denied the merchant access and has no order
	stepAsk  step = "ask"  // its decision is not final, or may change without a person
	stepTell step = "tell" // OnNews has not been told yet
	stepDone step = "done"
)

func stepOf(e payneteasy.Entry) step {
	decision, isTold := e.Decision(), e.Told.Seq >= e.Seq
	switch {
	case e.Send == string(order.Created), !isTold && isRetried(e, decision):
		return stepSend
	case decision.Final() && !isTold:
		return stepTell
	case decision.Final() && !mayChange(e, decision):
		return stepDone
	}
	return stepAsk
}

// isRetried reports whether a payout that came to nothing is sent again without telling the merchant. Either there was
// no connection, or the gateway denied access to the merchant, for example because of a wrong key. A wrong key must not
// use up all that is enqueued. A payout that a person has settled is not retried.
func isRetried(e payneteasy.Entry, decision payneteasy.Decision) bool {
	denied := decision == payneteasy.DecisionRejected && e.Send == string(order.Denied)
	return e.Settlement.Decision == "" && (denied || decision == payneteasy.DecisionNotSent)
}

// mayChange reports whether to keep asking after the merchant was told. That applies to a review without a final end,
// and to a reversed order that was seen approved again once.
func mayChange(e payneteasy.Entry, decision payneteasy.Decision) bool {
	for _, o := range e.Orders {
		isOpen := o.End == string(order.Open) || o.End == string(order.EndUnclear)
		if !o.Doubt.IsZero() || isOpen && decision == payneteasy.DecisionReview {
			return true
		}
	}
	return decision == payneteasy.DecisionReview && len(e.Orders) == 0
}
