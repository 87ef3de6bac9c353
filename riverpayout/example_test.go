package riverpayout_test

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// A merchant's program: it takes a payout on with the debt in his own ledger, and works until it is stopped.
func Example() {
	work := func(ctx context.Context, databaseURL string, gateway payneteasy.Config) error {
		pool, err := pgxpool.New(ctx, databaseURL)
		if err != nil {
			return err
		}
		defer pool.Close()
		if err := riverpayout.Migrate(ctx, pool); err != nil {
			return err
		}
		merchant, err := riverpayout.NewMerchant(ctx, pool, riverpayout.Config{
			Gateway: gateway,
			Load: func(ctx context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error) {
				var account string
				err := pool.QueryRow(ctx, "SELECT account FROM debts WHERE id = $1", ref.ClientOrderID).Scan(&account)
				return &payneteasy.PayoutRequest{
					ClientOrderID: ref.ClientOrderID, Amount: ref.Amount,
					BankAccount: &payneteasy.BankAccount{Number: account, RoutingNumber: "15"},
				}, err
			},
			OnFinal: func(ctx context.Context, tx pgx.Tx, final riverpayout.Final) error {
				outcome := "a person must look"
				switch {
				case final.Approved():
					outcome = "paid"
				case final.MayPayAgain(), final.NotSent():
					outcome = "not paid"
				}
				_, err := tx.Exec(ctx, "UPDATE debts SET outcome = $2 WHERE id = $1", final.Entry.ClientOrderID, outcome)
				return err
			},
		})
		if err != nil {
			return err
		}

		amount, err := payneteasy.ParseAmount("10.42", "USD")
		if err != nil {
			return err
		}
		err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO debts (id, account) VALUES ($1, $2)", "payout-0001", "1234567890"); err != nil {
				return err
			}
			return merchant.Enqueue(ctx, tx, payneteasy.OrderRef{ClientOrderID: "payout-0001", Amount: amount})
		})
		if err != nil {
			return err
		}

		config := &river.Config{}
		if err := riverpayout.AddWorkers(config, merchant); err != nil {
			return err
		}
		workers, err := river.NewClient(riverpgxv5.New(pool), config)
		if err != nil {
			return err
		}
		if err := workers.Start(ctx); err != nil {
			return err
		}
		<-ctx.Done() // as when the program is told to stop
		return workers.Stop(context.WithoutCancel(ctx))
	}
	run(work)
}

// run would give it the database's URL and the gateway's configuration.
func run(_ func(context.Context, string, payneteasy.Config) error) {}
