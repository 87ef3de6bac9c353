package riverpayout

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// step is what a payout's job does next. It follows from the entry.
type step string

const (
	stepSend step = "send" // it was not sent, or the gateway did not let the merchant in and has no order
	stepAsk  step = "ask"  // what became of it is not known yet, or may change without a person
	stepTell step = "tell" // OnNews does not know it yet
	stepDone step = "done"
)

func stepOf(e payneteasy.Entry) step {
	decision, isTold := e.Decision(), e.Told.Seq >= e.Seq
	switch {
	case e.Send == payneteasy.SendCreated, !isTold && isSentAgain(e, decision):
		return stepSend
	case decision.Final() && !isTold:
		return stepTell
	case decision.Final() && !mayChange(e, decision):
		return stepDone
	}
	return stepAsk
}

// isSentAgain reports whether a payout that has come to nothing is sent again without a word to the merchant: no
// connection came about, or the gateway refused him and not the payout, as with a wrong key, which must not use up all
// that is enqueued. What a person has settled is not.
func isSentAgain(e payneteasy.Entry, decision payneteasy.Decision) bool {
	return e.Settlement.Decision == "" &&
		(decision == payneteasy.DecisionNotSent || decision == payneteasy.DecisionRejected && e.Send == payneteasy.SendDenied)
}

// mayChange reports whether asking goes on after the merchant was told: a review without a final end, and a reversed
// order that was seen approved again once.
func mayChange(e payneteasy.Entry, decision payneteasy.Decision) bool {
	for _, o := range e.Orders {
		isOpen := o.End == payneteasy.EndOpen || o.End == payneteasy.EndUnclear
		if !o.Doubt.IsZero() || isOpen && decision == payneteasy.DecisionReview {
			return true
		}
	}
	return decision == payneteasy.DecisionReview && len(e.Orders) == 0
}

// notToldError is that OnNews failed: all of its transaction is rolled back.
type notToldError struct{ err error }

func (e notToldError) Error() string { return e.err.Error() }

func (e notToldError) Unwrap() error { return e.err }

// tell stores an entry in place of a row's, which the transaction has locked, and calls OnNews if it has something to
// tell. The news are returned also with an error that came after OnNews.
func (m *Merchant) tell(
	ctx context.Context, tx pgx.Tx, payout *row, entry payneteasy.Entry,
) (told payneteasy.News, err error) {
	after, news := entry.Tell()
	isNews := news.Seq > 0 && (stepOf(entry) != stepSend || payout.enqueued.IsZero())
	if isNews {
		entry = after
		entry.Revision = payout.entry.Revision + 1
	}
	if entry.Revision == payout.entry.Revision {
		return told, nil
	}
	payout.entry = entry
	if err := m.store(ctx, tx, entry, isNews); err != nil || !isNews {
		return told, err
	}
	payout.problem = ""
	if err := m.guard(ctx, "OnNews", func() error { return m.config.OnNews(ctx, tx, entry, news) }); err != nil {
		return told, notToldError{err}
	}
	// Outside of a transaction that OnNews has ended, the job would be completed, and nothing else.
	var revision int
	err = tx.QueryRow(ctx, "SELECT revision FROM riverpayout_payout WHERE merchant = $1 AND client_orderid = $2",
		m.journal.merchant, entry.ClientOrderID).Scan(&revision)
	if err == nil && revision != entry.Revision {
		err = errors.New("it has ended the transaction")
	}
	return news, err
}

// store writes an entry to its row, which the transaction has locked. One that is told has no problem any more.
func (m *Merchant) store(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, isTold bool) error {
	_, err := tx.Exec(ctx, `UPDATE riverpayout_payout SET entry = $3, cause = $4, step = $5, began = $6,
			told = CASE WHEN $7 THEN clock_timestamp() ELSE told END, problem = CASE WHEN $7 THEN '' ELSE problem END,
			problem_since = CASE WHEN $7 THEN NULL ELSE problem_since END, turn = CASE WHEN $7 THEN NULL ELSE turn END
		WHERE merchant = $1 AND client_orderid = $2`, append(m.journal.values(entry), isTold)...)
	return clean(err)
}
