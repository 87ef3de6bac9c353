package riverpayout

import (
	"strings"

	"github.com/payneteasy-go/payneteasy"
)

// Final is the end of a payout. If none of Approved, Reversed, MayPayAgain and NotSent is true, a person must look before
// anything is booked: the status is error, another amount was paid, or it contradicts what is known (Contradicts).
type Final struct {
	// Entry is the journal's. Its state is final, rejected or settled, when OnFinal is told.
	Entry payneteasy.Entry

	// Status is the gateway's answer by which a payout is final. It is nil for one that was rejected or settled.
	Status *payneteasy.Status

	// Contradicts says that the gateway said otherwise before, or that its ClientOrderID has several orders. Of a payout that
	// a person has settled, who knew all that, it says that the gateway has said otherwise since.
	Contradicts bool

	// Problem says why the gateway rejected it.
	Problem string
}

// contradicts reports whether an entry holds what cannot follow on from one another. Who settles a payout knows what was
// there before.
func contradicts(entry payneteasy.Entry) bool {
	if entry.State == payneteasy.StateSettled {
		return strings.HasPrefix(string(entry.Was), "settled as ")
	}
	return entry.Was != "" || entry.OtherOrders != ""
}

// Ref is how to ask about the order.
func (f Final) Ref() payneteasy.OrderRef { return f.Entry.Ref() }

// settled reports whether there is nothing but a person's verdict, and it is this one.
func (f Final) settled(verdict payneteasy.Verdict) bool {
	return f.Status == nil && f.Entry.State == payneteasy.StateSettled && f.Entry.Verdict == verdict
}

// Approved reports whether it is paid, as was asked for, by the gateway's word or by the person who settled it.
func (f Final) Approved() bool {
	return !f.Contradicts && (f.Status.Approved() && !f.Entry.AmountDiffers || f.settled(payneteasy.VerdictPaid))
}

// Reversed reports whether it was paid, and the money was taken back or is being claimed.
func (f Final) Reversed() bool { return !f.Contradicts && f.Status.Reversed() }

// MayPayAgain reports whether the merchant may pay the same debt again, under a new ClientOrderID: the gateway declined or
// filtered it, or a person found that it pays nothing.
func (f Final) MayPayAgain() bool {
	return !f.Contradicts && (f.Status.MayPayAgain() || f.settled(payneteasy.VerdictNotPaid))
}

// NotSent reports whether there is no order: the gateway rejected the request, or a person found that there never was one.
// The debt may be paid under a new ClientOrderID.
func (f Final) NotSent() bool { return !f.Contradicts && f.Status == nil && f.Entry.Free() }

// Outcome is the end in a word or two: "paid", "reversed", "not paid", "not sent", or "look" if a person must.
func (f Final) Outcome() string {
	switch {
	case f.Approved():
		return "paid"
	case f.Reversed():
		return "reversed"
	case f.MayPayAgain():
		return "not paid"
	case f.NotSent():
		return "not sent"
	}
	return "look"
}

// news is what the merchant books by: the same news is told once.
func (f Final) news() string {
	text := f.Outcome()
	if f.Status == nil || text == "paid" || text == "not paid" {
		return text
	}
	text += " " + digits.ReplaceAllString(strings.ToLower(string(f.Status.Status)), "…") + " " + f.Status.Amount.String()
	if back, err := payneteasy.ParseAmount(f.Status.Reference.TotalReversalAmount, f.Entry.Amount.Currency()); err == nil {
		text += " less " + back.String()
	}
	if f.Contradicts {
		text += ", contradicted"
	}
	return cut(text)
}
