package riverpayout

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// CallbackHandler serves notify_url (payneteasy.PayoutRequest.NotifyURL). It asks the gateway, writes the answer down,
// and calls Config.OnNews in the transaction that remembers that: for the end, and for what becomes of a payout after
// it, such as a reversal. If OnNews fails, or there is none, the callback is answered with 500. The payout's job tells
// the same news then, and the gateway calls back again, 30 times within 14 days.
//
// Every process may serve callbacks, those without workers too, and payouts that were made by Merchant.Client, without
// a job, are told as well.
//
// The answers are those of payneteasy.CallbackHandler; 503, too, for an order that was not sent from this database, as
// when the callback belongs to another deployment: nothing is changed here.
func (m *Merchant) CallbackHandler() *payneteasy.CallbackHandler {
	handler := m.client.CallbackHandler(nil)
	handler.Transaction = func(ctx context.Context, cb *payneteasy.Callback) (entry payneteasy.Entry, err error) {
		booking, cancel := context.WithTimeout(ctx, m.recordTimeout)
		defer cancel()
		var told payneteasy.News
		err = clean(m.withLockedRow(booking, cb.ClientOrderID, func(tx pgx.Tx, payout *row) (err error) {
			told, err = m.bookCallback(booking, tx, payout)
			entry = payout.entry
			return err
		}))
		if err == nil {
			m.observeTold(ctx, entry, told)
			return entry, nil
		}
		_ = m.Wake(ctx, cb.ClientOrderID) // or the gateway calls back again
		m.config.Logger.ErrorContext(ctx, "riverpayout: a callback was not booked",
			slog.String("client_orderid", cb.ClientOrderID), slog.String("order_id", cb.OrderID),
			slog.String("login", m.journal.login), slog.String("problem", plain(err)))
		return entry, err
	}
	return handler
}

// bookCallback tells what the journal has learned of a callback, unless the payout's job was faster.
func (m *Merchant) bookCallback(ctx context.Context, tx pgx.Tx, payout *row) (told payneteasy.News, err error) {
	switch {
	case m.config.OnNews == nil:
		return told, errors.New("this process has no Config.OnNews: the payout's job tells")
	case payout.isToSend(payout.entry):
		return told, errors.New("it was not sent: its job sends it again")
	}
	if told, err = m.tell(ctx, tx, payout, payout.entry); err == nil {
		err = m.replaceJob(ctx, tx, *payout)
	}
	return told, err
}
