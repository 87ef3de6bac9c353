package riverpayout

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// CallbackHandler serves notify_url (payneteasy.PayoutRequest.NotifyURL). It asks the gateway. In one transaction it writes
// the answer down and calls Config.OnNews: for the end, and for what becomes of a payout after it, such as a reversal. If
// OnNews fails, or there is none, the callback is answered with 500. The answer is written down all the same, and the
// payout's job tells the news. The gateway calls back again, too, 30 times within 14 days.
//
// Every process may serve callbacks, those without workers too, and payouts that were made by Merchant.Client, without
// a job, are told as well.
//
// The answers are those of payneteasy.CallbackHandler; 503, too, for an order that was not sent from this database, as
// when the callback belongs to another deployment: nothing is changed here.
func (m *Merchant) CallbackHandler() *payneteasy.CallbackHandler {
	handler := m.client.CallbackHandler(nil)
	handler.Transaction = func(
		ctx context.Context, cb *payneteasy.Callback, apply payneteasy.ApplyAnswer,
	) (payneteasy.Entry, error) {
		entry, err := m.called(ctx, cb.ClientOrderID, apply)
		if err != nil && !errors.Is(err, payneteasy.ErrStale) {
			m.config.Logger.ErrorContext(ctx, "riverpayout: a callback was not booked",
				slog.String("client_orderid", cb.ClientOrderID), slog.String("order_id", cb.OrderID),
				slog.String("login", m.journal.login), slog.String("problem", plain(err)))
		}
		return entry, clean(err)
	}
	return handler
}

// called merges an answer into a payout and books its news. If that fails, the answer is written down, and the payout's job
// tells the news.
func (m *Merchant) called(ctx context.Context, clientOrderID string, apply payneteasy.ApplyAnswer) (payneteasy.Entry, error) {
	isNews := false
	entry, err := m.merge(ctx, clientOrderID, func(tx pgx.Tx, payout *row) error {
		after, news, err := apply(payout.entry, payout.age)
		isNews = err == nil && news.Seq > 0
		switch {
		case err != nil:
			return err
		case isNews && m.config.OnNews == nil:
			return errors.New("this process has no Config.OnNews: the payout's job tells")
		}
		_, err = m.book(ctx, tx, payout, after, news)
		return err
	})
	if err == nil || !isNews {
		return entry, err
	}
	_, failed := m.merge(ctx, clientOrderID, func(tx pgx.Tx, payout *row) error {
		after, _, err := apply(payout.entry, payout.age)
		if err != nil {
			return err
		}
		after.Told = payout.entry.Told
		_, err = m.book(ctx, tx, payout, after, payneteasy.News{})
		return err
	})
	return entry, errors.Join(err, failed)
}

// merge changes a payout in a transaction that locks it, and lets its job go on.
func (m *Merchant) merge(
	ctx context.Context, clientOrderID string, change func(tx pgx.Tx, payout *row) error,
) (entry payneteasy.Entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, m.recordTimeout)
	defer cancel()
	err = pgx.BeginFunc(ctx, m.journal.pool, func(tx pgx.Tx) error {
		payout, err := m.readRow(ctx, tx, clientOrderID, forUpdate)
		if err == nil && stepOf(payout.entry) == stepSend && !payout.enqueued.IsZero() {
			err = errors.New("it was not sent: its job sends it again")
		}
		before := payout.entry.Revision
		if err == nil {
			err = change(tx, &payout)
		}
		entry = payout.entry
		if err == nil && entry.Revision != before && entry.Decision().Final() {
			err = m.newJob(ctx, tx, payout)
		}
		return err
	})
	return entry, err
}
