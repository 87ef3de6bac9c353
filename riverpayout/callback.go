package riverpayout

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// CallbackHandler serves notify_url (payneteasy.PayoutRequest.NotifyURL). It asks the gateway and stores the answer. If
// there is news, it calls Config.OnNews in the transaction that marks the news as told. News is the final decision, or
// a later change such as a reversal. If OnNews fails, or there is none, the handler answers 500. The payout's job then
// tells the same news, and the gateway sends the callback again, 30 times within 14 days.
//
// Any process may serve callbacks, even one without workers. Payouts that Merchant.Client made without a job are told
// too.
//
// The other answers are those of payneteasy.CallbackHandler. The handler also answers 503 for an order that was not
// sent from this database, for example because the callback belongs to another deployment. It then changes nothing.
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
		_ = m.Wake(ctx, cb.ClientOrderID) // if this fails, the gateway sends the callback again
		m.config.Logger.ErrorContext(ctx, "riverpayout: a callback was not booked",
			slog.String("client_orderid", cb.ClientOrderID), slog.String("order_id", cb.OrderID),
			slog.String("login", m.journal.login), slog.String("problem", plain(err)))
		return entry, err
	}
	return handler
}

// bookCallback tells the news that a callback brought, unless the payout's job has told it already.
func (m *Merchant) bookCallback(ctx context.Context, tx pgx.Tx, payout *row) (told payneteasy.News, err error) {
	switch {
	case m.config.OnNews == nil:
		return told, errors.New("this process has no Config.OnNews: the payout's job tells the news")
	case payout.isToSend(payout.entry):
		return told, errors.New("the payout was not sent: its job sends it again")
	}
	if told, err = m.tell(ctx, tx, payout, payout.entry); err == nil {
		err = m.replaceJob(ctx, tx, *payout)
	}
	return told, err
}
