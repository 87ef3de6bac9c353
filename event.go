package payneteasy

import (
	"cmp"
	"errors"
	"time"
)

// Event is what Config.Observe is told, after it has happened: a CallEvent, QuestionFailedEvent, DecisionEvent, ToldEvent,
// CallbackEvent, BackOffEvent or ParkedEvent. Others may be added: give a type switch a default, and count by Name and
// Outcome. Both have few values, never an id in them, and are fit for a metric's label. So are the endpoint of an event's
// Order, and its decision and cause. All other fields are for logs and spans. No event holds a key, a card's number or what a
// payout's request says of its destination. What the gateway says is masked as in the errors of the calls.
type Event interface {
	// Name says what has happened: "/api/v4/payout/{endpoint}" for a call, "decision", "callback" and so on for the rest.
	Name() string

	// Outcome says what came of it, in one or a few words.
	Outcome() string

	isEvent()
}

// CallEvent is one call to the gateway. A payout that was not sent is one too, with HTTPStatus 0. A question that the client
// asks again is one event a call.
type CallEvent struct {
	Route        string        // the documented path: "/api/v4/payout/{endpoint}", "/api/v2/status/{endpoint}"
	Order        OrderRef      // its Endpoint is the one called
	Began        time.Time     // when the call began, after signing
	Duration     time.Duration // until the reply was read, or the call failed
	HTTPStatus   int           // 0 when no reply came
	SerialNumber string        // serial-number: the vendor's support asks for it
	Decision     Decision      // of a call that moves money: DecisionOf(Err), or DecisionPending; "" for a question
	Status       StatusCode    // of a question that was answered
	Err          error         // why it failed, or nil
}

// Name is Route.
func (e CallEvent) Name() string { return e.Route }

// Outcome is the decision of a call that moves money, or "duplicate" if the ClientOrderID was used before and nothing was
// sent. Of a question it is "answered", "not known" if the gateway does not know the order, or QuestionFailedEvent.Outcome.
func (e CallEvent) Outcome() string {
	if e.Decision == "" {
		return outcomeOfQuestion(e.Err)
	}
	if _, ok := errors.AsType[*DuplicateError](e.Err); ok {
		return "duplicate"
	}
	return string(e.Decision)
}

// QuestionFailedEvent is a question about an order that was given up: it was asked as often as Client.Status asks, or was
// refused before it was sent. That the gateway does not know the order is an answer, not a failure. Wait and Resolve ask
// again later.
type QuestionFailedEvent struct {
	Order    OrderRef
	Began    time.Time
	Duration time.Duration // of all its calls and the pauses between them
	Err      error
}

// Name is "question failed".
func (QuestionFailedEvent) Name() string { return "question failed" }

// Outcome is "access denied", "invalid control", "another order" (ErrOrderMismatch), "invalid" if the question was refused
// before it was sent, "no reply", or "bad reply" for any other that is no status.
func (e QuestionFailedEvent) Outcome() string { return outcomeOfQuestion(e.Err) }

// DecisionEvent is a change of what is known of an order: its decision, or the cause of a Review. A held payout is
// DecisionReview with CauseHeld. It comes after the change was written into the journal. Without Config.Journal it comes
// with each call that finds the change.
//
// A payout that was refused before its intent was written has a CallEvent only. So has a duplicate.
type DecisionEvent struct {
	Order OrderRef
	From  Decision // "" for an attempt of which nothing was known but the intent to send
	To    Decision
	Cause Cause     // of DecisionReview
	Began time.Time // when the intent of the payout was written
}

// NewDecisionEvent is the event of an entry that was stored as before, and is stored as after now. It is for programs that
// store what Answer.Apply returns: Config.Observe is not told of that. changed reports whether there is such an event.
func NewDecisionEvent(before, after Entry) (event DecisionEvent, changed bool) {
	event = DecisionEvent{Order: after.Ref(), From: before.Decision(), To: after.Decision(), Cause: after.Cause(), Began: after.Began}
	if before.Send == SendSending && event.From == DecisionUnknown {
		event.From = "" // an intent
	}
	return event, event.From != event.To || before.Cause() != event.Cause
}

// Name is "decision".
func (DecisionEvent) Name() string { return "decision" }

// Outcome is To.
func (e DecisionEvent) Outcome() string { return string(e.To) }

// ToldEvent is news for which the merchant's function has returned nil: that of CallbackHandler, or riverpayout's OnNews.
type ToldEvent struct {
	Order    OrderRef
	Decision Decision
	Cause    Cause // of DecisionReview
	Seq      int   // News.Seq
}

// Name is "told".
func (ToldEvent) Name() string { return "told" }

// Outcome is Decision.
func (e ToldEvent) Outcome() string { return string(e.Decision) }

// CallbackEvent is a callback that was answered.
type CallbackEvent struct {
	Order      OrderRef // with the callback's ids; zero if the callback was not taken
	Began      time.Time
	Duration   time.Duration
	HTTPStatus int    // of the answer
	Result     string // "handled", "handled before", "not final", "forged", "panic" and others: the outcome in the log
}

// Name is "callback".
func (CallbackEvent) Name() string { return "callback" }

// Outcome is Result.
func (e CallbackEvent) Outcome() string { return e.Result }

// BackOffEvent is a pause that begins because something went wrong. The usual intervals of Wait are none.
type BackOffEvent struct {
	Order  OrderRef
	Reason string        // "retry-after": the gateway's reply asks for it; "retry": a failed question is asked again soon
	Pause  time.Duration // how long, unless the context or the waiting ends first
}

// Name is "back-off".
func (BackOffEvent) Name() string { return "back-off" }

// Outcome is Reason.
func (e BackOffEvent) Outcome() string { return e.Reason }

// ParkedEvent is a payout of package riverpayout at which an operator should look, because of the gateway, the database or a
// function of the merchant: once for each problem.
type ParkedEvent struct {
	Order    OrderRef
	Decision Decision
	Cause    Cause  // of DecisionReview
	Problem  string // one line with long runs of digits masked; the words are the gateway's, PostgreSQL's, Load's, OnNews'
}

// Name is "parked".
func (ParkedEvent) Name() string { return "parked" }

// Outcome is Decision.
func (e ParkedEvent) Outcome() string { return string(e.Decision) }

func (CallEvent) isEvent()           {}
func (QuestionFailedEvent) isEvent() {}
func (DecisionEvent) isEvent()       {}
func (ToldEvent) isEvent()           {}
func (CallbackEvent) isEvent()       {}
func (BackOffEvent) isEvent()        {}
func (ParkedEvent) isEvent()         {}

// outcomeOfQuestion is what came of a question, fit for a label.
func outcomeOfQuestion(err error) string {
	failed, _ := errors.AsType[*Error](err)
	_, invalid := errors.AsType[*ValidationError](err)
	switch {
	case err == nil:
		return "answered"
	case errors.Is(err, ErrOrderNotFound):
		return "not known"
	case errors.Is(err, ErrAccessDenied):
		return "access denied"
	case errors.Is(err, ErrInvalidControl):
		return "invalid control"
	case errors.Is(err, ErrOrderMismatch):
		return "another order"
	case failed == nil, invalid, errors.Is(err, errNilContext):
		return "invalid"
	case failed.HTTPStatus == 0:
		return "no reply"
	}
	return "bad reply"
}

// outcomeOfPayout is the decision that a call that moves money came to.
func outcomeOfPayout(err error) Decision { return cmp.Or(DecisionOf(err), DecisionPending) }
