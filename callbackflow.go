package payneteasy

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// callbackHandling is one callback and its order, while the callback is handled. It has what internal/webhook does not
// know.
type callbackHandling struct {
	h      *CallbackHandler
	cb     *Callback
	entry  Entry  // the stored entry
	record string // used without a journal
	seq    int    // Seq of the entry in the record

	telling        News   // the news that is being told
	by             string // names the telling
	claimConfirmed bool   // the gateway confirms what the callback claims, or has confirmed it before
}

var callbackNoJournal = webhook.NewOutcome("the journal failed", http.StatusServiceUnavailable, slog.LevelError)

// callbackTelling says that another process is calling its function for the order.
var callbackTelling = webhook.NewOutcome("being told", http.StatusServiceUnavailable, slog.LevelInfo)

// Key names the order for a store.
func (o *callbackHandling) Key() string {
	config := &o.h.client.config
	return webhook.Key(config.BaseURL, config.Login, o.cb.ClientOrderID)
}

// Masked returns the text of another package's error without secrets.
//
//go:noinline
func (o *callbackHandling) Masked(err error) string { return o.cb.masked(err) }

// Record returns what a store keeps, for a client without a journal.
func (o *callbackHandling) Record() string { return o.record }

// Order finds what is known about the order in the journal, else in the store's record, else with
// CallbackHandler.Order.
func (o *callbackHandling) Order(ctx context.Context, record string) (webhook.Order, webhook.Outcome) {
	o.record = record
	entry, refused := o.find(ctx)
	if refused.Kind == nil {
		if err := o.h.client.ownEntry(entry); err != nil {
			refused = webhook.NoOrder.Because(trimPackage(err))
		}
	}
	o.entry, o.seq = entry, entry.Seq
	return o, refused
}

func (o *callbackHandling) find(ctx context.Context) (entry Entry, refused webhook.Outcome) {
	if o.h.client.config.Journal != nil {
		entry, _, err := o.h.client.get(ctx, o.cb.ClientOrderID)
		switch {
		case err == nil:
			return entry, webhook.Outcome{}
		case !errors.Is(err, ErrNoEntry):
			return entry, callbackNoJournal.Because("the journal could not be read: " + o.Masked(err))
		case o.h.Order == nil:
			return entry, webhook.NoOrder.Because("the journal does not know it, and CallbackHandler.Order is nil")
		}
	} else if o.record != "" {
		if err := json.Unmarshal([]byte(o.record), &entry); err != nil {
			return entry, webhook.NotStored.Because("its record cannot be read: " + o.Masked(err))
		}
		return entry, webhook.Outcome{}
	}
	return o.lookUp(ctx)
}

// lookUp makes an entry for the merchant's stored order.
func (o *callbackHandling) lookUp(ctx context.Context) (entry Entry, refused webhook.Outcome) {
	var ref OrderRef
	if o.h.Order != nil {
		var err error
		if ref, err = o.h.Order(ctx, o.cb); errors.Is(err, ErrOrderMismatch) {
			return entry, webhook.Mismatch.Because(o.Masked(err))
		} else if err != nil {
			return entry, webhook.NoOrder.Because(o.Masked(err))
		}
	}
	ref.ClientOrderID = cmp.Or(ref.ClientOrderID, o.cb.ClientOrderID)
	if ref.ClientOrderID != o.cb.ClientOrderID {
		return entry, webhook.Mismatch.Because("the stored client_orderid is not the callback's")
	}
	if err := ref.check(); err != nil {
		return entry, webhook.NoOrder.Because(trimPackage(err))
	}
	return o.h.client.NewEntry(ref), webhook.Outcome{}
}

// Confirm asks the gateway about the order, and stores the answer.
func (o *callbackHandling) Confirm(ctx context.Context) webhook.Outcome {
	entry, answer, err := o.h.client.refresh(ctx, o.entry, o.cb.OrderID)
	o.entry = entry
	switch {
	case err != nil:
		return o.unconfirmed(err)
	case answer.NotKnown && entry.Ref().OrderID != "" && !entry.has(o.cb.OrderID):
		return webhook.Mismatch.Because("the order has another id, and the gateway does not know this one" + o.asked())
	case answer.NotKnown:
		return webhook.Ahead.Because("the gateway does not know the order" + o.asked())
	}
	o.cb.Confirmed = answer.Status
	o.h.client.Wake(o.cb.ClientOrderID)
	if !o.h.tells() && entry.Decision().Final() {
		return o.Claim(ctx).Or(webhook.Handled)
	}
	return o.keep()
}

// unconfirmed is the outcome of a question that failed, or whose answer could not be stored.
func (o *callbackHandling) unconfirmed(err error) webhook.Outcome {
	failed, isQuestion := errors.AsType[*Error](err)
	switch {
	case isQuestion && errors.Is(failed, ErrOrderMismatch):
		return webhook.Mismatch.Because(o.Masked(err))
	case isQuestion: // its error is masked, and has the serial number for the support
		return webhook.Unasked.Because(trimPackage(err) + o.asked())
	case errors.Is(err, ErrConflict):
		return webhook.Stale
	}
	return callbackNoJournal.Because(o.Masked(err))
}

// asked names the endpoint that was asked, if the endpoint is a guess. Callbacks do not carry their endpoint.
func (o *callbackHandling) asked() string {
	if o.h.Order != nil || o.h.client.config.Journal != nil {
		return ""
	}
	return "; it was asked at the client's endpoint " + o.entry.Endpoint.String() +
		": set CallbackHandler.Order if payouts have other endpoints"
}

// keep puts the entry into the store's record, if there is no journal.
func (o *callbackHandling) keep() webhook.Outcome {
	if o.h.client.config.Journal != nil {
		return webhook.Outcome{}
	}
	if o.entry.Seq != o.seq { // an earlier record, and what it had as told, may be lost
		o.entry.Seq = max(o.entry.Seq, seqNow())
		o.seq = o.entry.Seq
	}
	record, err := o.entry.callbackRecord()
	if err != nil {
		return webhook.NotStored.Because(o.Masked(err))
	}
	o.record = record
	return webhook.Outcome{}
}

// Due says whether there is news to tell.
func (o *callbackHandling) Due() webhook.Due {
	switch {
	case !o.entry.Decision().Final():
		return webhook.DueLater
	case o.entry.Seq > o.entry.Told.Seq:
		return webhook.DueNews
	}
	return webhook.DueNothing
}

// BeginTelling acquires the right to tell, until the telling ends or expires.
func (o *callbackHandling) BeginTelling(ctx context.Context) (begun bool, refused webhook.Outcome) {
	o.telling, o.by = o.entry.News(), newAttempt()
	switch {
	case o.h.Transaction != nil: // the lock of the transaction does that
		return true, webhook.Outcome{}
	case o.h.client.config.Journal == nil:
		o.entry.Telling = Telling{Seq: o.telling.Seq, Since: time.Now()}
		return true, o.keep()
	}
	stored, now, err := o.h.client.get(ctx, o.entry.ClientOrderID)
	if err != nil {
		return false, callbackNoJournal.Because(o.Masked(err))
	}
	changed := stored.Revision != o.entry.Revision
	o.entry = stored
	switch {
	case stored.isBeingTold(now):
		return false, callbackTelling
	case changed:
		return false, webhook.Outcome{}
	}
	begun = true
	refused = o.change(ctx, func(e Entry) Entry {
		if begun = e.Revision == stored.Revision; begun {
			e = e.beginTelling(o.by, now)
		}
		return e
	})
	if begun && refused.Kind == nil && !o.isInTime(ctx, now) {
		return false, callbackTelling
	}
	return begun && refused.Kind == nil, refused
}

// isInTime reports whether little time has passed by the journal's clock since now. The write may have been slow, or
// the machine may have been suspended. Then another process may tell the news by now.
func (o *callbackHandling) isInTime(ctx context.Context, now time.Time) bool {
	_, later, err := o.h.client.get(ctx, o.entry.ClientOrderID)
	return err == nil && later.Sub(now).Abs() <= tellingExpiry/3
}

// Tell calls the merchant's function, or CallbackHandler.Transaction.
func (o *callbackHandling) Tell(ctx context.Context) error {
	if o.h.Transaction == nil {
		return o.h.handle(ctx, o.telling, o.cb)
	}
	entry, err := o.h.Transaction(ctx, o.cb)
	switch {
	case err != nil:
		return err
	case entry.ClientOrderID != o.entry.ClientOrderID:
		return errors.New("CallbackHandler.Transaction has returned the entry of another order")
	}
	o.entry = entry
	return nil
}

// EndTelling stores what was told, and what the callback claims.
func (o *callbackHandling) EndTelling(ctx context.Context, told bool) webhook.Outcome {
	claims, news := told && !o.claimConfirmed, o.telling
	if c := o.h.client; told && o.h.Transaction == nil && c.config.Observe != nil {
		c.observe(ctx, ToldEvent{Order: o.entry.Ref(), Decision: news.Decision, Cause: news.Cause, Seq: news.Seq})
	}
	return o.change(ctx, func(e Entry) Entry {
		if o.h.Transaction == nil {
			e = e.endTelling(news.Seq, o.by, told)
		}
		if claims {
			e = o.claim(e, true)
		}
		return e
	})
}

// Claim stores what the callback claims.
func (o *callbackHandling) Claim(ctx context.Context) webhook.Outcome {
	if o.claimConfirmed {
		return webhook.Outcome{}
	}
	failed := o.change(ctx, func(e Entry) Entry { return o.claim(e, false) })
	if failed.Kind == nil && !o.claimConfirmed {
		return webhook.Ahead
	}
	return failed
}

// claim adds the callback's claim to an entry. fresh says that the news was told just now.
func (o *callbackHandling) claim(e Entry, fresh bool) Entry {
	told, known := e.Told.clone(), e.order(o.cb.OrderID)
	is, hidden := o.cb.judgeClaim(&told, known, fresh)
	o.claimConfirmed = is && known.Doubt.IsZero() // a later question must confirm an approval after a reversal
	if e = e.withTold(told); hidden {
		e = e.merge(o.cb.Confirmed.unclear())
	}
	return e
}

// change changes the stored entry.
func (o *callbackHandling) change(ctx context.Context, change func(Entry) Entry) webhook.Outcome {
	entry, err := o.h.client.change(ctx, o.entry, func(e Entry) Entry {
		changed := change(e)
		if changed.Revision != e.Revision {
			changed.Revision = e.Revision + 1
		}
		return changed
	})
	if err != nil {
		return callbackNoJournal.Because(o.Masked(journalError(err, showing(o.cb.ClientOrderID, o.cb.OrderID))))
	}
	o.entry = entry
	return o.keep()
}
