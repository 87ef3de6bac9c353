package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Settle closes an order with a person's decision, the amounts and a reason. The decision is DecisionPaid,
// DecisionNotPaid, DecisionReversed or DecisionNotSent. Call it when the gateway cannot tell what happened to the
// payout, or when you know better.
//
// It closes any order that is DecisionReview, DecisionPending, DecisionUnknown or DecisionRefused. It closes no order
// that can be booked. It asks the gateway again first, and writes down the answer.
//
// DecisionNotSent frees the ClientOrderID. Choose it when the gateway manager has confirmed that there is no order and
// will be none. It is refused unless the gateway answers, after Entry.Window, that it does not know the order.
// DecisionNotPaid is refused while no order is known and the window is not over, because the payout could still arrive.
//
// A person decides only about what they have seen. Nothing is settled, and the error matches ErrConflict, in these
// cases:
//   - about is an earlier attempt
//   - about lacks an order of the stored entry, or the end or an amount of one
//   - the order can be booked by now, and about cannot
//
// Settle's own question may have found that, even for a DecisionReview. Look at the entry that comes with the error.
// Book it, or settle it if it is still open. If about is a NewEntry, it stands for the stored entry.
//
// The amounts are in the currency that was asked for. Give only the amounts that the decision has. If s is invalid, the
// error is a *ValidationError that names every fault at once. Then nothing was asked and nothing was written.
//
// A later status that follows from the settlement changes the decision. For example, a payout that was settled as paid
// may be reversed. Any other change makes the order DecisionReview again.
func (c *Client) Settle(ctx context.Context, about Entry, s Settlement) (Entry, error) {
	entry, err := c.settle(ctx, about, s)
	if err != nil {
		return entry, errorf("payneteasy: settle: %w", within{err: err})
	}
	return entry, nil
}

func (c *Client) settle(ctx context.Context, about Entry, s Settlement) (Entry, error) {
	entry, err := c.load(ctx, about)
	if err == nil {
		err = s.check(entry.Amount)
	}
	if err != nil {
		return entry, err
	}
	seen := entry
	if about.Attempt != "" { // it is not a NewEntry, so the person has looked at it
		seen = about
	}
	answer, err := c.Ask(ctx, entry)
	switch {
	case err == nil:
		if entry, err = c.learn(ctx, entry, answer); err != nil {
			return entry, err
		}
	case s.Decision == DecisionNotSent:
		return entry, errorf("refused: the gateway did not say that it does not know the order: %w", err)
	}
	if c.config.Journal != nil {
		if _, _, err := c.get(ctx, entry.ClientOrderID); errors.Is(err, ErrNoEntry) {
			return entry, errorf("refused: %w", within{err: err})
		}
	}
	for attempt := 1; ; attempt++ {
		settled, err := c.settled(ctx, seen, entry, answer, s)
		if err != nil {
			return entry, err
		}
		err = c.put(ctx, entry, settled)
		if err == nil {
			return settled, nil
		}
		if attempt == maxAttempts || !errors.Is(err, ErrConflict) {
			return entry, journalError(err, showing(entry.ClientOrderID, entry.Ref().OrderID))
		}
		// It has changed since. The next round checks that it is still what the person has seen.
		if entry, err = c.stored(ctx, about); err != nil {
			return entry, err
		}
	}
}

// check names everything that is wrong with a settlement. asked is the amount that the payout asked for.
func (s Settlement) check(asked Amount) error {
	var faults faults
	reversed := s.Decision == DecisionReversed
	if !slices.Contains([]Decision{DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionNotSent}, s.Decision) {
		rule := fmt.Sprintf("is not %q, %q, %q or %q", DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionNotSent)
		faults.add("Settlement.Decision", rule)
	}
	if strings.TrimSpace(s.Reason) == "" {
		faults.add("Settlement.Reason", "is missing: write who confirmed it, and how")
	}
	if asked.IsZero() {
		asked = cmp.Or(s.Paid, s.TakenBack)
	}
	paid := cmp.Or(s.Paid, asked)
	faults.add("Settlement.Paid", s.amountFault(s.Paid, asked, s.Decision == DecisionPaid || reversed))
	switch rule := s.amountFault(s.TakenBack, asked, reversed); {
	case rule != "":
		faults.add("Settlement.TakenBack", rule)
	case s.TakenBack.minor > paid.minor:
		faults.add("Settlement.TakenBack",
			fmt.Sprintf("is more than was paid (%s): correct it, or give the amount that was paid", paid))
	}
	if len(faults) > 0 {
		return &ValidationError{Faults: faults}
	}
	return nil
}

// amountFault returns what is wrong with an amount of a settlement, or "". has says whether the decision has such an
// amount.
func (s Settlement) amountFault(amount, asked Amount, has bool) string {
	switch {
	case amount.IsZero():
	case !has:
		return fmt.Sprintf("cannot be used with %q", s.Decision)
	case amount.currency != asked.currency:
		return "is not in " + asked.currency + ", the currency that was asked for"
	}
	return ""
}

// covers reports whether a person who has seen e knows everything that a settlement of now decides about.
func (e Entry) covers(now Entry) bool {
	return e.sameAttempt(now) && order.SameOrders(e.record(), now.record()) &&
		(e.Decision().bookable() || !now.Decision().bookable())
}

// mayBeOnItsWay reports whether a payout could still arrive before its window is over, so that a settlement must wait.
// It must wait while the payout's call may be in progress. It must also wait if no order is known and d lets the same
// debt be paid again.
func (e Entry) mayBeOnItsWay(d Decision) bool {
	sending := e.Send == string(order.Sending)
	return sending || len(e.Orders) == 0 && d.PayAgain() != PayAgainNo && !e.Decision().bookable()
}

// settled returns the entry with the decision of a person who has seen it as it was in seen.
func (c *Client) settled(ctx context.Context, seen, entry Entry, answer Answer, s Settlement) (Entry, error) {
	if s.Paid.IsZero() && (s.Decision == DecisionPaid || s.Decision == DecisionReversed) {
		s.Paid = entry.Amount
	}
	s.At = time.Now().Truncate(time.Microsecond)
	switch decision := entry.Decision(); {
	case c.sending.Has(entry.ClientOrderID), entry.mayBeOnItsWay(s.Decision) && c.age(ctx, entry) < entry.Window:
		return entry, errorf("refused: %q may still be on its way: settle it after %s", entry.ClientOrderID,
			entry.Began.Add(entry.Window).Format(time.RFC3339))
	case !seen.covers(entry):
		return entry, errorf("refused: %w: look at %q again: it is %s", within{err: ErrConflict}, entry.ClientOrderID,
			decision)
	case decision.bookable():
		return entry, errorf("refused: %q is %s already: book it, do not settle it", entry.ClientOrderID, decision)
	case s.Decision == DecisionNotSent && (!answer.NotKnown || !entry.record().Settleable(order.NotSent)):
		return entry, errorf("refused: %q is %s, and only an order that the gateway does not know can be settled as %q",
			entry.ClientOrderID, decision, s.Decision)
	}
	revision := entry.Revision
	after := entry.merge(order.Settled{Settlement: order.Settlement{
		Decision: order.Decision(s.Decision), Paid: s.Paid.minorUnits(), TakenBack: s.TakenBack.minorUnits(),
		Reason: s.Reason,
	}})
	if after.Revision == revision {
		return entry, errorf("refused: %q is %s, which cannot be settled", entry.ClientOrderID,
			entry.Decision())
	}
	after.Settlement.At = s.At
	return after, nil
}

// AdoptElsewhere writes down that the gateway has an order of a ClientOrderID whose payout was not sent from here.
// Another program has sent it, or a program that lost its journal. ref names the order, including its OrderID, and the
// amount that you would have paid. The entry is DecisionReview with CauseElsewhere until a person settles it.
//
// It replaces an entry that is free. If the journal has an entry that is not free, nothing is changed and the error is
// a *DuplicateError. With any error, the returned entry is the one that could not be written.
func (c *Client) AdoptElsewhere(ctx context.Context, ref OrderRef) (Entry, error) {
	err := ref.check()
	switch {
	case err != nil:
	case ctx == nil:
		err = errNilContext
	case ref.OrderID == "":
		err = errors.New("the order id is required")
	}
	if err != nil {
		return Entry{}, errorf("payneteasy: adopt: %w", err)
	}
	intent := c.newEntry(payoutCommand, c.endpoint(ref.Endpoint), ref.ClientOrderID, ref.Amount)
	entry := intent.merge(order.Found{ID: ref.OrderID})
	stored := entry
	if c.config.Journal != nil {
		stored, err = c.begin(ctx, entry)
	}
	if err == nil {
		c.decided(ctx, intent, stored)
		return stored, nil
	}
	if duplicate, ok := errors.AsType[*DuplicateError](err); ok {
		return entry, errorf("payneteasy: adopt: %w", within{err: c.withOwner(duplicate)})
	}
	return entry, errorf("payneteasy: adopt: %w", journalError(err, showing(ref.ClientOrderID, ref.OrderID)))
}
