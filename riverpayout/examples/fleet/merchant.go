package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// tables are the merchant's own. They hold the debts, and the outcome of each. A debt may have several lines in the
// ledger, for example when a payout is taken back later. So no constraint keeps a line from being booked twice.
// riverpayout does that.
const tables = `
CREATE TABLE debts (
	id       text PRIMARY KEY, -- the client_orderid: one attempt, ever
	account  text NOT NULL,
	amount   numeric NOT NULL,
	currency text NOT NULL
);
CREATE TABLE ledger (
	debt     text NOT NULL REFERENCES debts,
	outcome  text NOT NULL,
	amount   numeric NOT NULL,
	currency text NOT NULL,
	booked   timestamptz NOT NULL DEFAULT now()
);`

// Outcomes of a debt in the ledger.
const (
	outcomePaid     = "paid"
	outcomeReversed = "reversed" // it was paid, and money was taken back
	outcomeNotPaid  = "not paid" // it was declined, and may be paid again as a new debt
	outcomeNotSent  = "not sent" // there is no order, so it may be enqueued again, or paid as a new debt
	outcomeReview   = "review"   // not known, until a person has asked the gateway manager
)

// outcomeOf returns the outcome in the ledger for a decision. The switch is exhaustive, so that a linter finds a
// decision that it does not handle.
func outcomeOf(decision payneteasy.Decision) string {
	switch decision {
	case payneteasy.DecisionPaid:
		return outcomePaid
	case payneteasy.DecisionReversed:
		return outcomeReversed
	case payneteasy.DecisionNotPaid:
		return outcomeNotPaid
	case payneteasy.DecisionNotSent, payneteasy.DecisionRejected:
		return outcomeNotSent
	case payneteasy.DecisionReview:
		return outcomeReview
	case payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused: // nothing to book yet
	}
	return "(" + string(decision) + ")"
}

// shop is a merchant who pays their debts.
type shop struct {
	pool    *pgxpool.Pool
	payouts *riverpayout.Merchant
	back    string // URL for the gateway's callbacks
	log     *slog.Logger
}

func newShop(
	ctx context.Context, pool *pgxpool.Pool, gateway payneteasy.Config, callbackURL string, log *slog.Logger,
) (*shop, error) {
	s := &shop{pool: pool, back: callbackURL, log: log}
	var err error
	s.payouts, err = riverpayout.NewMerchant(ctx, pool, riverpayout.Config{
		Gateway: gateway, Load: s.load, OnNews: s.book, MaxWorkers: 8, Logger: log,
	})
	return s, err
}

type debt struct {
	id, account string
	amount      payneteasy.Amount
}

// owe stores a debt and enqueues its payout, both or neither.
func (s *shop) owe(ctx context.Context, d debt) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx,
			"INSERT INTO debts (id, account, amount, currency) VALUES ($1, $2, $3::text::numeric, $4)",
			d.id, d.account, d.amount.Decimal(), d.amount.Currency()); err != nil {
			return err
		}
		return s.payouts.Enqueue(ctx, tx, payneteasy.OrderRef{ClientOrderID: d.id, Amount: d.amount})
	})
}

// load returns the request of a payout that is about to be sent. The amount comes from the debt. If it has changed
// since Enqueue, nothing is sent.
func (s *shop) load(ctx context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error) {
	var account, amount, currency string
	err := s.pool.QueryRow(ctx, "SELECT account, amount::text, currency FROM debts WHERE id = $1", ref.ClientOrderID).
		Scan(&account, &amount, &currency)
	if err != nil {
		return nil, err
	}
	owed, err := payneteasy.ParseAmount(amount, currency)
	if err != nil {
		return nil, err
	}
	return &payneteasy.PayoutRequest{
		ClientOrderID: ref.ClientOrderID, Amount: owed, OrderDesc: "Debt " + ref.ClientOrderID, NotifyURL: s.back,
		BankAccount: &payneteasy.BankAccount{Number: account, RoutingNumber: "15"},
	}, nil
}

// book is told the decision about a payout, and later changes such as a reversal. What it writes with tx is committed
// once, together with the news.
func (s *shop) book(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
	outcome := outcomeOf(news.Decision)
	_, err := tx.Exec(ctx,
		"INSERT INTO ledger (debt, outcome, amount, currency) VALUES ($1, $2, $3::text::numeric, $4)",
		entry.ClientOrderID, outcome, entry.Amount.Decimal(), entry.Amount.Currency())
	if err != nil {
		return err
	}
	// This is not committed yet. After a crash it is logged again, but the ledger has it once.
	s.log.InfoContext(ctx, "booking", slog.String("client_orderid", entry.ClientOrderID),
		slog.String("order_id", entry.OrderID()),
		slog.String("outcome", outcome), slog.String("cause", string(news.Cause)),
		slog.String("amount", entry.Amount.String()))
	return nil
}

// callbacks serves the URL for the gateway's callbacks. Any process may serve it, even if it works no payouts.
func (s *shop) callbacks() http.Handler { return s.payouts.CallbackHandler() }

// work works payouts until ctx ends. Then it finishes the payouts that are being sent.
func (s *shop) work(ctx context.Context, config *river.Config) error {
	config.Logger = s.log
	if err := riverpayout.AddWorkers(config, s.payouts); err != nil {
		return err
	}
	client, err := river.NewClient(riverpgxv5.New(s.pool), config)
	if err != nil {
		return err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := client.Stop(stopping); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}
