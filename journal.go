package payneteasy

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Journal remembers payouts across crashes: an entry is durable before the first byte of a payout leaves, then what
// came of it, then the final status. Package filejournal has one for one machine,
// payneteasytest one for tests; a fleet needs one on its database. Check your own with payneteasytest.TestJournal.
//
// All methods must be safe for concurrent use, and durable when they return nil.
type Journal interface {
	// Begin stores a new entry and returns it with its Revision: 1, or one more than that of a Free entry of the same
	// ClientOrderID, which it replaces. If one is stored that is not Free, nothing is changed and the error is a
	// *DuplicateError with it. Of concurrent calls for one ClientOrderID exactly one passes.
	Begin(ctx context.Context, entry Entry) (Entry, error)

	// Update replaces the stored entry of the same ClientOrderID, if its Revision is one less than entry's; otherwise
	// nothing is changed and the error matches ErrJournalConflict, or ErrNoEntry if none is stored.
	Update(ctx context.Context, entry Entry) error

	// Get returns the stored entry, or an error that matches ErrNoEntry.
	Get(ctx context.Context, clientOrderID string) (Entry, error)

	// Open yields the entries that are not Closed, the oldest first. It ends with the first error.
	Open(ctx context.Context) iter.Seq2[Entry, error]
}

var (
	// ErrNoEntry says that a journal has no entry of that ClientOrderID.
	ErrNoEntry = errors.New("payneteasy: no such journal entry")

	// ErrJournalConflict says that an entry has changed since it was read.
	ErrJournalConflict = errors.New("payneteasy: the journal entry has changed meanwhile")

	// ErrDuplicate says that a ClientOrderID was used before, or is in use at this moment. This call sent nothing, but
	// the earlier one may have paid, so its outcome is ErrOutcomeUnknown: ask, with Resolve.
	ErrDuplicate = errors.New("payneteasy: this client_orderid was used before")
)

// State is how far a journal entry has come.
type State string

// The states of an entry. Not sent, rejected and settled as not sent free the ClientOrderID for another attempt; sending,
// accepted, unknown and held are open.
const (
	StateSending  State = "sending"  // the intent: it may have been sent
	StateNotSent  State = "not sent" // proved not to have been sent
	StateRejected State = "rejected" // the gateway refused it and created no order
	StateUnknown  State = "unknown"  // sent, and not known what came of it
	StateAccepted State = "accepted" // the gateway has an order; its final status is not known yet
	StateHeld     State = "held"     // it may have been sent, and the gateway does not know it, or has two of it: a person must look
	StateFinal    State = "final"    // its final status is known: Entry.Status
	StateSettled  State = "settled"  // a person decided: Entry.Verdict
)

// Verdict is what a person found out about a held payout; see Client.Settle.
type Verdict string

// The verdicts.
const (
	VerdictPaid    Verdict = "paid"     // the money has moved
	VerdictNotPaid Verdict = "not paid" // there was an order, and it is certain that it pays nothing
	VerdictNotSent Verdict = "not sent" // there never was an order: the ClientOrderID is free again
)

// Entry is one payout in a journal. It holds no card data and no account number.
type Entry struct {
	ClientOrderID   string
	Attempt         string // tells attempts with one ClientOrderID apart
	Revision        int    // counts the changes, from 1
	State           State
	Command         string // "payout" or "payout-form"
	BaseURL         string
	Login           string
	Endpoint        Endpoint
	Amount          Amount
	OrderID         string     // paynet-order-id, once it is known
	OtherOrders     string     // of other attempts that turned up after all: order ids with blanks between, or "unknown"
	SerialNumber    string     // serial-number of the reply that decided the state
	Status          StatusCode // the last status seen, with its TransactionType
	TransactionType string
	AmountDiffers   bool       // the final status is of another amount than Amount, or of one that cannot be read
	Was             StatusCode // a final status, or a verdict ("settled as paid"), that the gateway contradicts
	Verdict         Verdict    // of StateSettled
	Reason          string     // of StateSettled, in the words of the person
	Began           time.Time  // when the intent was written
	Changed         time.Time
}

// Free reports whether the ClientOrderID may be used for another attempt.
func (e Entry) Free() bool {
	return e.State == StateNotSent || e.State == StateRejected || e.State == StateSettled && e.Verdict == VerdictNotSent
}

// Closed reports whether there is nothing left to find out.
func (e Entry) Closed() bool {
	return e.Free() || e.State == StateFinal || e.State == StateSettled
}

// Ref is how to ask about the order.
func (e Entry) Ref() OrderRef {
	return OrderRef{Endpoint: e.Endpoint, ClientOrderID: e.ClientOrderID, OrderID: e.OrderID, Amount: e.Amount}
}

// DuplicateError is a refused second call with one ClientOrderID, with the entry of the first. It matches ErrDuplicate.
type DuplicateError struct{ Entry Entry }

func (e *DuplicateError) Error() string {
	text := fmt.Sprintf("payneteasy: client_orderid %q was used before: %s", e.Entry.ClientOrderID, e.Entry.State)
	if e.Entry.OrderID != "" {
		text += ", order " + e.Entry.OrderID
	}
	if !e.Entry.Amount.IsZero() {
		text += " of " + e.Entry.Amount.String()
	}
	if e.Entry.OtherOrders != "" {
		text += "; and there is another order: " + e.Entry.OtherOrders
	}
	return text
}

// Is matches ErrDuplicate.
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }

// CheckBegin is what Journal.Begin decides: it returns e with the Revision to store, or a *DuplicateError. found says whether
// the journal has an entry of the same ClientOrderID, which is stored.
func (e Entry) CheckBegin(stored Entry, found bool) (Entry, error) {
	if found && !stored.Free() {
		return Entry{}, &DuplicateError{Entry: stored}
	}
	e.Revision = stored.Revision + 1
	return e, nil
}

// CheckUpdate is what Journal.Update decides: whether e may replace stored. found says whether there is such an entry.
func (e Entry) CheckUpdate(stored Entry, found bool) error {
	switch {
	case !found:
		return fmt.Errorf("%w: client_orderid %q", ErrNoEntry, e.ClientOrderID)
	case e.Revision != stored.Revision+1:
		return fmt.Errorf("%w: client_orderid %q, revision %d is stored", ErrJournalConflict, e.ClientOrderID, stored.Revision)
	}
	return nil
}
