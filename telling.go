package payneteasy

import (
	"errors"
	"slices"
	"time"
)

// News is everything that is known of an order, not the difference to the news before.
type News struct {
	Seq       int  // grows with each news of an order, and may skip numbers: book only above your last
	Again     bool // the same news may have been told before
	Decision  Decision
	Cause     Cause // of DecisionReview
	Paid      Amount
	TakenBack Amount
	Orders    []Order
}

// News is the latest news of an entry.
func (e Entry) News() News {
	return News{
		Seq: e.Seq, Again: e.Seq > 0 && max(e.Told.Seq, e.Telling.Seq) >= e.Seq,
		Decision: e.Decision(), Cause: e.Cause(), Paid: e.Paid(), TakenBack: e.TakenBack(), Orders: slices.Clone(e.Orders),
	}
}

// Told is what the merchant's function was told of an order.
type Told struct {
	Seq    int              `json:"seq,omitempty"`    // of the last news
	Claims []TakenBackClaim `json:"claims,omitempty"` // of callbacks, that the gateway has confirmed
	Doubts []TakenBackClaim `json:"doubts,omitempty"` // that the status does not explain yet
}

// seqNow is a Seq above all that were told of an order before, even if nothing of that is remembered.
func seqNow() int { return int(time.Now().Unix()) }

// Telling is a call of the merchant's function that has begun. It is written before the call, so that no other process
// tells news of the order at the same time, and cleared by the write of Told.
type Telling struct {
	Seq   int       `json:"seq,omitempty"`  // of the news
	By    string    `json:"by,omitempty"`   // names the call in progress; "" after one that has failed
	Since time.Time `json:"since,omitzero"` // when it began, by the journal's clock
}

// tellingExpiry is how long a process may take to tell. Its function has a minute, and its writes half a minute each.
const tellingExpiry = 3 * time.Minute

// ErrTelling says that another process is calling the merchant's function for the order at this moment.
var ErrTelling = errors.New("payneteasy: the order's news is being told")

// BeginTelling is what Journal.BeginTelling decides about the stored entry e: it returns e as it is to be stored. now is
// the time by the journal's clock. A telling expires three minutes after it began. The error matches ErrTelling or
// ErrJournalConflict.
func (e Entry) BeginTelling(revision int, by string, now time.Time) (Entry, error) {
	switch {
	case e.Telling.By != "" && now.Sub(e.Telling.Since).Abs() < tellingExpiry:
		return e, errorf("%w: client_orderid %q", ErrTelling, e.ClientOrderID)
	case e.Revision != revision:
		return e, errorf("%w: client_orderid %q, revision %d is stored", ErrJournalConflict, e.ClientOrderID, e.Revision)
	}
	e.Telling = Telling{Seq: e.Seq, By: by, Since: now.Truncate(time.Microsecond)} // as databases keep it
	e.Revision, e.Changed = e.Revision+1, now
	return e, nil
}

// Tell is an entry in which its news counts as told, and that news. Seq of the news is zero, and the entry is as it was, if
// the decision is not final or the news was told before. Call it in the transaction that books the news and stores the
// entry: see CallbackHandler.Transaction.
func (e Entry) Tell() (Entry, News) {
	if !e.Decision().Final() || e.Seq <= e.Told.Seq {
		return e, News{}
	}
	return e.endTelling(e.Seq, "", true), e.News()
}

// endTelling ends the call of that name. told says whether it has told the news of seq.
func (e Entry) endTelling(seq int, by string, told bool) Entry {
	before := e
	if told {
		e.Told.Seq = max(e.Told.Seq, seq)
	}
	if e.Telling.By == by {
		e.Telling.By = ""
	}
	if e.Telling.By == "" && e.Told.Seq >= e.Telling.Seq {
		e.Telling = Telling{}
	}
	if e.Told.Seq == before.Told.Seq && e.Telling == before.Telling {
		return before
	}
	e.Revision, e.Changed = e.Revision+1, time.Now()
	return e
}
