package payneteasy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// journalStatus writes down what a status says of an entry: that the order exists, or its final status. An order that the
// journal did not know gets an entry, if it is certainly the one that was asked about. It returns the status, or a fresh one
// if it had to ask again.
func (c *Client) journalStatus(ctx context.Context, status *Status) (fresh *Status, entry Entry, err error) {
	if c.config.Journal == nil {
		return status, Entry{}, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	asked := false
	for range amendments {
		entry, err = c.journalStatusOnce(ctx, status, asked)
		switch {
		case errors.Is(err, errStale):
			again, failed := c.Status(ctx, status.Ref())
			if failed != nil {
				return status, entry, journalError(failed, showing(status.ClientOrderID, status.OrderID))
			}
			status, asked = again, true
			continue
		case errors.Is(err, errLaterAttempt): // the id was freed, and is in use again, while it is written down
			continue
		case err == nil && entry.OtherOrders != "" && status.Status.Final():
			err = fmt.Errorf("%w: %q is order %s, and %s", ErrSeveralOrders, entry.ClientOrderID, entry.OrderID, entry.OtherOrders)
		case err == nil && entry.Was != "" && status.decides():
			err = fmt.Errorf("%w: %q was %s, and is %q (%s)", ErrContradicted, entry.ClientOrderID, entry.Was, status.Status, status.TransactionType)
		}
		break
	}
	return status, entry, err
}

// ErrSeveralOrders says that a ClientOrderID has more than one order at the gateway: an earlier attempt was settled as not
// sent and was sent after all, or something on the way sent one twice. Whatever the status of one of them is, a person must
// look at all.
var ErrSeveralOrders = errors.New("payneteasy: this client_orderid has several orders")

// ErrContradicted says that a final status is not the one that the journal had before, from the gateway or from a person who
// settled the payout, and cannot follow on from it: declined is approved now, say, and the debt may have been paid again
// meanwhile. Wait gives it with the status, and Resolve, every time. A person must look. That an approved payout is reversed
// is none.
var ErrContradicted = errors.New("payneteasy: the final status was another before")

// errStale says that the journal has learnt of another end since the question was asked: which of the two is the older
// cannot be told without asking again.
var errStale = errors.New("the journal has changed since the question was asked")

func (c *Client) journalStatusOnce(ctx context.Context, status *Status, asked bool) (Entry, error) {
	entry, err := c.config.Journal.Get(ctx, status.ClientOrderID)
	if errors.Is(err, ErrNoEntry) {
		if status.unproved {
			return Entry{}, nil
		}
		entry, err = c.adopt(ctx, status)
	}
	if err != nil {
		return entry, journalError(err, showing(status.ClientOrderID, status.OrderID))
	}
	if err := c.ownEntry(entry); err != nil {
		return entry, err
	}
	if slices.Contains(strings.Fields(entry.OtherOrders), status.OrderID) {
		return entry, nil // it is known that it exists, and that a person must look
	}
	if !entry.isOf(status) {
		return entry, c.another(ctx, entry, status)
	}
	now, was, stale := entry, "", false
	err = c.amend(ctx, entry, func(e *Entry) bool {
		was = e.contradicts(status)
		stale = was != "" && !asked && e.Changed.After(status.asked)
		changed := !stale && e.learn(status)
		now = *e
		return changed
	})
	if stale {
		return now, errStale
	}
	if was != "" {
		c.alarm(ctx, "payneteasy: a final status has changed",
			slog.String("client_orderid", entry.ClientOrderID), slog.String("order_id", status.OrderID),
			slog.String("was", was), slog.String("is", string(status.Status)), slog.String("transaction_type", status.TransactionType))
	}
	if err != nil {
		return now, journalError(err, showing(entry.ClientOrderID, status.OrderID))
	}
	return now, nil
}

// another notes an order that is not the entry's, but of the same id: nobody may take the entry for proof that there is
// none. It returns the mismatch.
func (c *Client) another(ctx context.Context, entry Entry, status *Status) error {
	mismatch := fmt.Errorf("%w: the journal has %q as order %q of %s", ErrOrderMismatch, entry.ClientOrderID, entry.OrderID, entry.Amount)
	err := c.amend(ctx, entry, func(e *Entry) bool {
		if e.Free() {
			e.State = StateHeld
		}
		return e.turnedUp(Entry{State: StateUnknown, OrderID: status.OrderID})
	})
	if entry.OrderID != "" {
		mismatch = fmt.Errorf("%w: %w", ErrSeveralOrders, mismatch)
		c.alarm(ctx, "payneteasy: one client_orderid has two orders", slog.String("client_orderid", entry.ClientOrderID),
			slog.String("order_id", status.OrderID), slog.String("others", entry.OrderID))
	}
	if err != nil {
		mismatch = errors.Join(mismatch, journalError(err, showing(entry.ClientOrderID, status.OrderID)))
	}
	return mismatch
}

// isOf reports whether a status can be that of the entry: the same order, or, as long as none is known, the same amount.
func (e *Entry) isOf(status *Status) bool {
	if e.OrderID != "" {
		return e.OrderID == status.OrderID
	}
	if _, told := status.Fields.Lookup("initial-amount"); status.Reversed() && !told {
		return !status.unproved // its amount may be a part
	}
	return e.Amount == status.requested() || (e.Amount.IsZero() || status.requested().IsZero()) && !status.unproved
}

// requested is the amount that was asked for, as far as the reply tells.
func (s *Status) requested() Amount {
	if s.Fields.Get("initial-amount") != "" {
		return s.InitialAmount
	}
	return s.Amount
}

// decides reports whether a status tells what became of the payout. A reversal that was declined has changed nothing.
func (s *Status) decides() bool {
	return s.Status.Final() && (!takesBack(s.TransactionType) || s.Reversed())
}

// learn takes over what a status says, unless the entry knows better: what a person settled, knowing the order, stays,
// and a late "processing" overwrites no final status. But an id that was freed, and has an order after all, is free no
// more.
func (e *Entry) learn(status *Status) bool {
	state := StateAccepted
	switch {
	case status.decides() && e.OtherOrders != "":
		state = StateHeld // its own end is not the whole of it
	case status.decides():
		state = StateFinal
	}
	paidAndTakenBack := e.Status.is(StatusApproved) && status.Reversed() // that is what becomes of payouts
	noted := false
	if was := e.contradicts(status); was != "" && !paidAndTakenBack && (e.Was == "" || settledAs(was) && !settledAs(string(e.Was))) {
		e.Was, noted = StatusCode(was), true
	}
	if state == StateAccepted && e.Was == "" && (e.State == StateRejected || e.State == StateNotSent) {
		e.Was, noted = StatusCode(e.State), true // somebody may have paid it in another way since
	}
	differs := state == StateFinal && status.paid() && (status.AmountDiffers() ||
		!e.Amount.IsZero() && !status.Amount.IsZero() && status.Amount != e.Amount ||
		e.AmountDiffers && status.Amount.IsZero()) // it does not say that it was put right
	known := e.State == StateFinal && state == StateAccepted || e.State == StateSettled && !e.Free() && e.OrderID != ""
	code, kind := StatusCode(word(string(status.Status))), word(status.TransactionType)
	same := e.State == state && e.Status == code && e.TransactionType == kind && e.OrderID == status.OrderID && e.AmountDiffers == differs
	if known || same || e.OrderID != "" && e.OrderID != status.OrderID {
		return noted
	}
	e.State, e.Status, e.TransactionType, e.OrderID, e.AmountDiffers = state, code, kind, status.OrderID, differs
	if masking.SerialNumber.MatchString(status.SerialNumber) {
		e.SerialNumber = status.SerialNumber
	}
	return true
}

// settledAs reports whether it is a person who is contradicted, as he may be after all else was known to him.
func settledAs(was string) bool { return strings.HasPrefix(was, "settled as ") }

// words are what a code may be made of: letters and few digits.
var words = regexp.MustCompile(`^(?:[A-Za-z _().:/-]+[0-9]{0,3})*$`)

// word is a code as a gateway writes them, or a placeholder: a question does not know what must not get into a journal.
func word(code string) string {
	switch {
	case words.MatchString(code):
		return code
	case takesBack(code):
		return "reversal"
	}
	return redacted
}
