package riverpayout

import "github.com/payneteasy-go/payneteasy"

// Final is the end of a payout. If none of Approved, Reversed, MayPayAgain and NotSent is true, a person must look before
// anything is booked: the status is error, another amount was paid, or the gateway said otherwise before (Entry.Was).
type Final struct {
	// Entry is the journal's: its state is final, rejected or settled.
	Entry payneteasy.Entry

	// Status is the gateway's answer by which a payout is final. It is nil for one that was rejected or settled.
	Status *payneteasy.Status

	// Problem says why it was rejected, if that is still known.
	Problem string
}

// Ref is how to ask about the order.
func (f Final) Ref() payneteasy.OrderRef { return f.Entry.Ref() }

// Approved reports whether it is paid, as was asked for, by the gateway's word or by the person who settled it.
func (f Final) Approved() bool {
	if f.Entry.State == payneteasy.StateSettled {
		return f.Entry.Verdict == payneteasy.VerdictPaid
	}
	return f.Status.Approved() && f.Entry.Was == ""
}

// Reversed reports whether it was paid, and the money was taken back or is being claimed.
func (f Final) Reversed() bool { return f.Status.Reversed() }

// MayPayAgain reports whether the merchant may pay the same debt again, under a new ClientOrderID: the gateway declined or
// filtered it, or a person found that it pays nothing.
func (f Final) MayPayAgain() bool {
	if f.Entry.State == payneteasy.StateSettled {
		return f.Entry.Verdict == payneteasy.VerdictNotPaid
	}
	return f.Status.MayPayAgain() && f.Entry.Was == ""
}

// NotSent reports whether there is no order: the gateway rejected the request, or a person found that there never was one.
// The debt may be paid under a new ClientOrderID.
func (f Final) NotSent() bool { return f.Entry.Free() }
