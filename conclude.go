package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// recordTimeout bounds how long a journal may take to write down what came of a payout, even after the call's context
// has ended.
const recordTimeout = 30 * time.Second

// conclude writes down what came of a payout, also when the call's context has ended. An acceptance that cannot be
// written down is an unknown outcome: after a crash nobody would ask about the order. And a refusal of a payout that the
// journal knows to exist by now, from a callback or a question that came first, is one too.
func (c *Client) conclude(ctx context.Context, k *call, entry Entry, r *reply, err error) error {
	if c.config.Journal == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	came := Entry{State: stateOf[OutcomeOf(err)]}
	if r != nil {
		came.SerialNumber = k.mask.Serial(r.fields.Get("serial-number"))
		came.OrderID = r.orderID(k)
		if came.State == StateAccepted {
			came.OrderID = r.fields.Get("paynet-order-id")
		}
	}
	known := entry
	failed := c.amend(ctx, entry, func(e *Entry) bool {
		known = *e
		return e.conclude(came)
	})
	later := Entry{State: StateNotSent} // of a later attempt with this id: none
	if errors.Is(failed, errLaterAttempt) {
		var lost error
		later, lost = c.turnedUp(ctx, k.clientOrderID, came)
		failed = errors.Join(failed, lost)
	}
	if known.State == StateSettled && !known.Free() && came.OrderID != "" && came.OrderID != known.OrderID {
		c.alarm(ctx, "payneteasy: the gateway has an order that was settled",
			slog.String("client_orderid", k.clientOrderID), slog.String("order_id", came.OrderID), slog.String("settled", string(known.Verdict)))
	}
	refused := came.State == StateRejected || came.State == StateNotSent
	var told *Error
	errors.As(err, &told)
	switch {
	case refused && !later.Free():
		failed = fmt.Errorf("%w, and again since: the later attempt is %s", ErrDuplicate, later.State)
	case refused && errors.Is(failed, ErrJournalConflict) && !errors.Is(failed, errLaterAttempt):
		failed = journalError(failed, k.mask) // somebody else has changed the entry, and may have seen the order
	case refused && failed == nil && known.exists():
		failed = fmt.Errorf("%w: the journal knows order %s", ErrDuplicate, known.OrderID)
	case refused && failed == nil && known.OtherOrders != "":
		failed = fmt.Errorf("%w: an earlier attempt was sent after all: order %s", ErrDuplicate, known.OtherOrders)
	case refused && failed == nil && known.Closed() && !known.Free():
		failed = fmt.Errorf("%w: in the journal it is %s as %s", ErrDuplicate, known.State, known.Verdict)
	case failed != nil && told != nil && !known.exists():
		told.Err = errors.Join(told.Err, journalError(failed, k.mask))
		return err
	case failed != nil:
		failed = journalError(failed, k.mask)
	case known.exists() && came.OrderID != "" && came.OrderID != known.OrderID:
		failed = twoPayouts(known.OrderID, came.OrderID)
	case came.State == StateAccepted && known.OtherOrders != "":
		failed = twoPayouts(known.OtherOrders, came.OrderID)
	default:
		return err
	}
	if errors.Is(failed, errTwoPayouts) {
		c.alarm(ctx, "payneteasy: one client_orderid has two orders",
			slog.String("client_orderid", k.clientOrderID), slog.String("order_id", came.OrderID),
			slog.String("others", known.OrderID+" "+known.OtherOrders))
	}
	if told != nil {
		failed = errors.Join(failed, told.Err)
	}
	unknown := c.failure(k, r, OutcomeUnknown, failed)
	if unknown.OrderID == "" {
		unknown.OrderID = known.OrderID
	}
	return unknown
}

var errTwoPayouts = errors.New("two payouts")

func twoPayouts(known, accepted string) error {
	return fmt.Errorf("%w: the journal knows order %s, and the gateway has accepted order %s as well: %w", ErrDuplicate, known, accepted, errTwoPayouts)
}

func journalError(err error, mask masking.Masker) error {
	return fmt.Errorf("the journal could not be written: %w", newCause(err, mask))
}

var stateOf = map[Outcome]State{
	OutcomeAccepted: StateAccepted, OutcomeRejected: StateRejected, OutcomeNotSent: StateNotSent, OutcomeUnknown: StateUnknown,
}

// exists reports whether the gateway is known to have the order.
func (e *Entry) exists() bool {
	return e.State == StateAccepted || e.State == StateFinal || e.State == StateSettled && e.OrderID != ""
}

// sent reports whether an attempt may have reached the gateway.
func (e *Entry) sent() bool { return e.State == StateAccepted || e.State == StateUnknown }

// conclude takes over what came of the call. What was found out about the order meanwhile is never overwritten, and an
// order id is never lost: a person's verdict gives way to it, and that there is no order gives way to any doubt.
func (e *Entry) conclude(came Entry) bool {
	switch {
	case e.State == StateSettled && e.Free():
		if !came.sent() {
			return false
		}
	case e.State == StateSettled:
		if came.OrderID == "" || came.OrderID == e.OrderID {
			return false
		}
	case e.exists():
		return came.OrderID != "" && e.turnedUp(came)
	case e.State == StateHeld && came.State == StateUnknown && came.OrderID == "":
		return false
	}
	e.State = came.State
	if !came.sent() && e.OtherOrders != "" {
		e.State = StateUnknown
	}
	e.OrderID = cmp.Or(came.OrderID, e.OrderID)
	e.SerialNumber = cmp.Or(came.SerialNumber, e.SerialNumber)
	return true
}

// turnedUp notes in the entry of a later attempt, whichever it is by now, what came of an earlier one with the same id,
// so that the id is never free again. It returns that entry as it was.
func (c *Client) turnedUp(ctx context.Context, clientOrderID string, came Entry) (later Entry, err error) {
	for range amendments {
		if later, err = c.config.Journal.Get(ctx, clientOrderID); err != nil || !came.sent() {
			return later, err
		}
		err = c.amend(ctx, later, func(e *Entry) bool {
			later = *e
			return e.turnedUp(came)
		})
		if !errors.Is(err, errLaterAttempt) {
			break
		}
	}
	return later, err
}

// unknownOrder stands for another attempt's order of which not even the id is known.
const unknownOrder = "unknown"

// turnedUp notes an order of another attempt.
func (e *Entry) turnedUp(came Entry) bool {
	order := cmp.Or(came.OrderID, unknownOrder)
	switch others := strings.Fields(e.OtherOrders); {
	case order == e.OrderID, slices.Contains(others, order):
		return false
	case e.Free():
		e.State, e.OrderID = came.State, came.OrderID
	default:
		e.OtherOrders = strings.Join(append(others, order), " ")
		if e.State == StateFinal {
			e.State = StateHeld
		}
	}
	return true
}

// amendments is how often a change is tried that others get in the way of.
const amendments = 5

// amend changes a journal entry, starting from the one given, and again from the stored one if that has changed
// meanwhile. change reports whether there is anything to write. An entry of a later attempt with the same id is left
// alone.
func (c *Client) amend(ctx context.Context, entry Entry, change func(*Entry) bool) error {
	first := entry
	for attempt := 1; ; attempt++ {
		changed := entry
		if !change(&changed) {
			return nil
		}
		changed.Revision, changed.Changed = entry.Revision+1, time.Now()
		err := c.config.Journal.Update(ctx, changed)
		if err == nil || attempt == amendments || !errors.Is(err, ErrJournalConflict) {
			return err
		}
		if entry, err = c.config.Journal.Get(ctx, entry.ClientOrderID); err != nil {
			return errors.Join(ErrJournalConflict, err)
		}
		if !entry.sameAttempt(&first) {
			return errors.Join(ErrJournalConflict, errLaterAttempt)
		}
	}
}

func (e *Entry) sameAttempt(other *Entry) bool {
	return e.Attempt == other.Attempt && e.Began.Equal(other.Began)
}

var errLaterAttempt = errors.New("it is of a later attempt")
