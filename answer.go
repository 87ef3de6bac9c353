package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Answer is the gateway's answer to one question about an order. It is a status, or "not known".
type Answer struct {
	Status   *Status   // nil if the gateway does not know the order
	NotKnown bool      // the gateway itself said so, in a complete reply
	Asked    time.Time // when the question began

	// RetryAfter is how long to wait before the next question. Only NotKnown sets it. See Error.RetryAfter.
	RetryAfter time.Duration

	about    Entry         // the entry as it was then
	orderID  string        // the order ID in the question, if any
	age      time.Duration // of the entry, before the question
	sending  bool          // this client was sending the payout at that time
	interval time.Duration // between two questions
}

// Ask asks the gateway once about an order, and writes nothing. Apply the answer to the stored entry, and store the
// result. "Not known" is an answer, not an error. The error of a failed question is an *Error without a Decision.
func (c *Client) Ask(ctx context.Context, about Entry) (Answer, error) {
	return c.ask(ctx, about, about.Ref().OrderID, time.Time{})
}

// ask asks about one order of an entry. No retry begins later than until, if until is set.
func (c *Client) ask(ctx context.Context, about Entry, orderID string, until time.Time) (Answer, error) {
	ref := about.Ref()
	ref.OrderID = orderID
	began := time.Now()
	answer, err := c.answer(ctx, about, ref, until)
	c.observeQuestion(ctx, ref, began, err)
	return answer, err
}

func (c *Client) answer(ctx context.Context, about Entry, ref OrderRef, until time.Time) (Answer, error) {
	if err := c.ownEntry(about); err != nil {
		return Answer{}, err
	}
	if err := about.provable(ref.OrderID); err != nil {
		return Answer{}, err
	}
	a := Answer{
		about: about, orderID: ref.OrderID, sending: c.sending.Has(about.ClientOrderID),
		interval: c.config.Wait.or(platformAdvice).MinInterval,
	}
	if len(about.Orders) == 0 && ref.OrderID == "" { // "not known" could count
		a.age = c.age(ctx, about)
	}
	a.Asked = time.Now()
	status, err := c.status(ctx, ref, until)
	var failed *Error
	switch {
	case err == nil:
		a.Status, a.Asked = status, status.asked
		return a, nil
	case errors.As(err, &failed) && failed.notKnown:
		a.NotKnown, a.RetryAfter = true, failed.RetryAfter
		return a, nil
	}
	return Answer{}, err
}

// Refresh asks once about an order, and writes the answer into the journal. If Entry.ClaimedOrderID is set, Refresh
// asks about that order. If the gateway knows the order by both IDs, Refresh adds it to the entry. An entry with more
// than one order is DecisionReview.
//
// The result is the entry as it is stored after the question. Compare a claim with the answer, for example a claim of a
// callback or of a line in a ledger. Book by Entry.Decision.
//
// If the entry has changed since the question, Refresh asks again, three times in all. If that does not help, the error
// matches ErrConflict. A failed question gives the error of Ask. In both cases nothing was written. If the journal
// fails, the entry is what could not be written. Do not book it.
func (c *Client) Refresh(ctx context.Context, about Entry) (Entry, Answer, error) {
	entry, err := c.load(ctx, about)
	if err != nil {
		return about, Answer{}, errorf("payneteasy: refresh: %w", err)
	}
	return c.refresh(ctx, entry, about.ClaimedOrderID)
}

// refresh asks about one order of a stored entry, and writes the answer into the journal.
func (c *Client) refresh(ctx context.Context, entry Entry, orderID string) (Entry, Answer, error) {
	const maxQuestions = 3
	orderID = cmp.Or(orderID, entry.Ref().OrderID)
	for question := 1; ; question++ {
		answer, err := c.ask(ctx, entry, orderID, time.Time{})
		if err != nil {
			return entry, answer, err
		}
		if entry, err = c.learn(ctx, entry, answer); err == nil {
			return entry, answer, nil
		}
		if question == maxQuestions || !errors.Is(err, ErrConflict) {
			return entry, answer, errorf("payneteasy: refresh: %w", err)
		}
	}
}

// provable refuses a question whose answer could be about another merchant's order, or about an older order.
func (e Entry) provable(orderID string) error {
	if orderID == "" && e.Amount.IsZero() {
		return errorf("payneteasy: ask %q: %w", masking.Cut(e.ClientOrderID), errNotProvable)
	}
	return nil
}

// Apply merges the answer into an entry as it is stored now. Apply is pure, so you can apply the same answer again
// after a conflict. age is how old the entry was before the question, by the clock that wrote it.
//
// If you must store the returned entry, its Revision has grown by one. If something has changed that a merchant may
// have to know, News.Seq is above zero. Tell only a final decision (see Entry.Tell).
//
// The error matches ErrConflict, or ErrOrderMismatch if the entry belongs to another order. With an error, Apply
// returns the entry unchanged.
func (a Answer) Apply(entry Entry, age time.Duration) (Entry, News, error) {
	if entry.ClientOrderID != a.about.ClientOrderID || a.Status == nil && !a.NotKnown {
		return entry, News{}, errorf("%w: the answer is about %q, not about %q", ErrOrderMismatch,
			a.about.ClientOrderID, entry.ClientOrderID)
	}
	facts, err := a.facts(entry, age)
	if err != nil {
		return entry, News{}, err
	}
	after := a.noteStatus(entry, entry.merge(facts...))
	if a.Status != nil {
		after.ClaimedOrderID = ""
	}
	if after.Seq == entry.Seq {
		return after, News{}, nil
	}
	return after, after.News(), nil
}

// noteStatus keeps the last status for people. A late status that is not final does not replace a final one.
func (a Answer) noteStatus(before, after Entry) Entry {
	s := a.Status
	switch {
	case s == nil:
		return after
	case after.Revision != before.Revision:
	case after.sameStatus(s), s.OrderID != after.OrderID(), before.Status.Final() && !s.Status.Final():
		return after
	default:
		after.Revision, after.Changed = after.Revision+1, time.Now()
	}
	after.Status, after.TransactionType = StatusCode(word(string(s.Status))), word(s.TransactionType)
	if masking.SerialNumber.MatchString(s.SerialNumber) {
		after.SerialNumber = s.SerialNumber
	}
	return after
}

// sameStatus reports whether an entry already has a status and its type.
func (e Entry) sameStatus(s *Status) bool {
	return e.Status == StatusCode(word(string(s.Status))) && e.TransactionType == word(s.TransactionType)
}

// facts returns what the answer says about an entry.
func (a Answer) facts(entry Entry, age time.Duration) ([]order.Fact, error) {
	later := a.about.Attempt != "" && !entry.sameAttempt(a.about)
	switch {
	case a.NotKnown && !later && a.notKnownCounts(entry, age):
		return []order.Fact{order.NotKnown{}}, nil
	case a.NotKnown:
		return nil, nil
	case later && !entry.has(a.Status.OrderID): // the order belongs to an earlier attempt
		return []order.Fact{order.Called{Send: order.Accepted, OrderID: a.Status.OrderID, Earlier: true}}, nil
	}
	fact := a.Status.fact(entry, a.Asked, a.interval)
	if seen, ok := fact.(order.Seen); ok && entry.Revision != a.about.Revision && changesEnd(entry, seen) {
		return nil, ErrConflict
	}
	// One order must not have two IDs, so a person must look.
	if claimed := entry.ClaimedOrderID; claimed != "" && claimed != a.Status.OrderID {
		return []order.Fact{order.Seen{Order: order.Order{ID: claimed, End: order.Open}}, fact}, nil
	}
	return []order.Fact{fact}, nil
}

// notKnownCounts reports whether "not known" is evidence. The window must be over, no call may be in progress, and a
// refusal must have come before the question. A refused parameter needs no window. If the question had an order ID, the
// answer says nothing about the ClientOrderID alone.
func (a Answer) notKnownCounts(entry Entry, age time.Duration) bool {
	refused := order.Send(entry.Send).IsRefusal()
	switch {
	case a.orderID != "", a.sending, refused && entry.Send != a.about.Send, entry.Window <= 0, entry.Began.IsZero():
		return false
	case entry.Send == string(order.RefusedParameter):
		return true
	}
	return age >= entry.Window
}

func changesEnd(entry Entry, seen order.Seen) bool {
	end := order.End(entry.order(seen.ID).End)
	return end != order.Open && seen.End != order.Open && end != seen.End
}

// learn merges an answer into the stored entry. If the journal has no entry of the order, learn adds one.
func (c *Client) learn(ctx context.Context, entry Entry, answer Answer) (Entry, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	var stale error
	entry, err := c.change(ctx, entry, func(e Entry) Entry {
		age := answer.age
		if !e.sameAttempt(answer.about) {
			age = 0
		}
		e, _, stale = answer.Apply(e, age)
		return e
	})
	if err != nil {
		err = journalError(err, showing(entry.ClientOrderID, entry.Ref().OrderID))
	}
	if stale != nil {
		err = stale
	}
	return entry, err
}
