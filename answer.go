package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Answer is what the gateway answered to one question about an order: a status, or that it does not know the order.
type Answer struct {
	Status   *Status   // nil if the gateway does not know the order
	NotKnown bool      // it said so, itself and whole
	Asked    time.Time // when the question began

	// RetryAfter is how long the gateway wants to be left alone, with NotKnown: see Error.RetryAfter.
	RetryAfter time.Duration

	about    Entry         // as it was then
	orderID  string        // that was asked about, too
	sending  bool          // this client was sending the payout at that time
	interval time.Duration // between two questions
}

// Ask asks the gateway once what became of an order, and writes nothing: apply the answer to the entry as it is stored,
// and store what comes out. That the gateway does not know the order is an answer. A failed question is an error: an
// *Error without a Decision.
func (c *Client) Ask(ctx context.Context, about Entry) (Answer, error) {
	return c.ask(ctx, about, about.Ref().OrderID, time.Time{})
}

// ask asks about one of an entry's orders. No retry begins later than until, if that is set.
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
		about: about, orderID: ref.OrderID, Asked: time.Now(), sending: c.sending.Has(about.ClientOrderID),
		interval: c.config.Wait.or(platformAdvice).MinInterval,
	}
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

// Refresh asks once what became of an order, and writes the answer into the journal. With Entry.ClaimedOrderID it asks
// about that order. An order that the gateway knows by both ids is added to the entry: more than one is DecisionReview.
// The entry is as it is stored then. Compare a claim, for example that of a callback or of a line in a ledger, with the
// answer; book by Entry.Decision.
//
// An entry that changed since the question is asked about again, three times in all. Then the error is ErrConflict. The
// error of a failed question is Ask's. With either, nothing was written. With an error of the journal, the entry is
// what could not be written: do not book it.
func (c *Client) Refresh(ctx context.Context, about Entry) (Entry, Answer, error) {
	entry, err := c.load(ctx, about)
	if err != nil {
		return about, Answer{}, errorf("payneteasy: refresh: %w", err)
	}
	return c.refresh(ctx, entry, about.ClaimedOrderID)
}

// refresh asks about one order of a stored entry, and writes the answer down.
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

// provable refuses a question whose answer could be about another merchant's order, or about an older one.
func (e Entry) provable(orderID string) error {
	if orderID == "" && e.Amount.IsZero() {
		return errorf("payneteasy: ask %q: %w", masking.Cut(e.ClientOrderID), errNotProvable)
	}
	return nil
}

// Apply merges the answer into an entry, as it is stored now. It is pure: after a conflict apply the same answer again.
// age is how long ago the entry began, by the clock that wrote it.
//
// If the entry is to be stored, its Revision has grown by one. News.Seq is above zero if something has changed that a
// merchant may have to know. Tell only a final decision: see Entry.Tell. The error is ErrConflict, or ErrOrderMismatch
// if the entry is another order's; then the entry is returned as it was.
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

// noteStatus keeps the last status for people. A status that is not final and comes late replaces no final one.
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

// sameStatus reports whether an entry says what a status says, in its words for people.
func (e Entry) sameStatus(s *Status) bool {
	return e.Status == StatusCode(word(string(s.Status))) && e.TransactionType == word(s.TransactionType)
}

// facts are what the answer says about an entry.
func (a Answer) facts(entry Entry, age time.Duration) ([]order.Fact, error) {
	later := a.about.Attempt != "" && !entry.sameAttempt(a.about)
	switch {
	case a.NotKnown && !later && a.notKnownCounts(entry, age):
		return []order.Fact{order.NotKnown{}}, nil
	case a.NotKnown:
		return nil, nil
	case later && !entry.has(a.Status.OrderID): // the order that was found is an earlier attempt's
		return []order.Fact{order.Called{Send: order.Accepted, OrderID: a.Status.OrderID, Earlier: true}}, nil
	}
	fact := a.Status.fact(entry, a.Asked, a.interval)
	if seen, ok := fact.(order.Seen); ok && entry.Revision != a.about.Revision && changesEnd(entry, seen) {
		return nil, ErrConflict
	}
	// Two ids for one order: a person must look.
	if claimed := entry.ClaimedOrderID; claimed != "" && claimed != a.Status.OrderID {
		return []order.Fact{order.Seen{Order: order.Order{ID: claimed, End: order.Open}}, fact}, nil
	}
	return []order.Fact{fact}, nil
}

// notKnownCounts reports whether "not known" is the evidence that the law asks for: the gateway has had its time, no
// call is under way, and a refusal came before the question. That no order has both ids says nothing of the
// ClientOrderID alone.
func (a Answer) notKnownCounts(entry Entry, age time.Duration) bool {
	refused := order.Send(entry.Send).IsRefusal()
	switch {
	case a.orderID != "", a.sending, refused && entry.Send != a.about.Send, entry.Window <= 0, entry.Began.IsZero():
		return false
	case entry.Send == string(order.RefusedParameter):
		return true
	}
	return age-time.Since(a.Asked) >= entry.Window
}

func changesEnd(entry Entry, seen order.Seen) bool {
	end := order.End(entry.order(seen.ID).End)
	return end != order.Open && seen.End != order.Open && end != seen.End
}

// learn merges an answer into the stored entry. An order that the journal does not know gets an entry.
func (c *Client) learn(ctx context.Context, entry Entry, answer Answer) (Entry, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	var stale error
	age := func(e Entry) time.Duration {
		if answer.NotKnown { // nothing else depends on it
			return c.age(ctx, e)
		}
		return 0
	}
	entry, err := c.change(ctx, entry, func(e Entry) Entry {
		e, _, stale = answer.Apply(e, age(e))
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
