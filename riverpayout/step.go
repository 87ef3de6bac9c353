package riverpayout

import (
	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// step is what a payout's job does next. It follows from the entry.
type step string

const (
	stepSend step = "send" // it was not sent, or the gateway did not let the merchant in and has no order
	stepAsk  step = "ask"  // what became of it is not known yet, or may change without a person
	stepTell step = "tell" // OnNews does not know it yet
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

// isRetried reports whether a payout that has come to nothing is sent again without a word to the merchant: no
// connection came about, or the gateway refused him and not the payout, as with a wrong key, which must not use up all
// that is enqueued. What a person has settled is not.
func isRetried(e payneteasy.Entry, decision payneteasy.Decision) bool {
	denied := decision == payneteasy.DecisionRejected && e.Send == string(order.Denied)
	return e.Settlement.Decision == "" && (denied || decision == payneteasy.DecisionNotSent)
}

// mayChange reports whether asking goes on after the merchant was told: a review without a final end, and a reversed
// order that was seen approved again once.
func mayChange(e payneteasy.Entry, decision payneteasy.Decision) bool {
	for _, o := range e.Orders {
		isOpen := o.End == string(order.Open) || o.End == string(order.EndUnclear)
		if !o.Doubt.IsZero() || isOpen && decision == payneteasy.DecisionReview {
			return true
		}
	}
	return decision == payneteasy.DecisionReview && len(e.Orders) == 0
}
