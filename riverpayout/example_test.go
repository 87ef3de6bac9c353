package riverpayout_test

import (
	"context"
	"expvar"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// A merchant's program. It enqueues a payout together with the debt in its own ledger, and works until it is stopped.
func Example() { //nolint:gocyclo // a whole program
	work := func(ctx context.Context, databaseURL string, gateway payneteasy.Config) error {
		pool, err := pgxpool.New(ctx, databaseURL)
		if err != nil {
			return err
		}
		defer pool.Close()
		if err := riverpayout.Migrate(ctx, pool); err != nil {
			return err
		}
		config := riverpayout.Config{
			Gateway: gateway, // a payneteasy.Config
			Load: func(ctx context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error) {
				var account string
				err := pool.QueryRow(ctx, "SELECT account FROM debts WHERE id = $1", ref.ClientOrderID).Scan(&account)
				return &payneteasy.PayoutRequest{
					ClientOrderID: ref.ClientOrderID, Amount: ref.Amount,
					BankAccount: &payneteasy.BankAccount{Number: account, RoutingNumber: "15"},
					NotifyURL:   "https://merchant.example/payneteasy/callback",
				}, err
			},
			OnNews: func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
				var outcome string
				switch news.Decision {
				case payneteasy.DecisionPaid:
					outcome = "paid"
				case payneteasy.DecisionReversed:
					outcome = "paid, and taken back: " + news.TakenBack.String()
				case payneteasy.DecisionNotPaid:
					outcome = "not paid: pay it under a new id"
				case payneteasy.DecisionRejected, payneteasy.DecisionNotSent:
					outcome = "not paid: enqueue it again, or drop it"
				case payneteasy.DecisionReview:
					outcome = "a person must look: " + string(news.Cause)
				case payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused: // not told
				}
				_, err := tx.Exec(ctx, "UPDATE debts SET outcome = $2 WHERE id = $1", entry.ClientOrderID, outcome)
				return err
			},
		}
		events := expvar.NewMap("payouts")
		config.Observe = func(_ context.Context, event payneteasy.Event) {
			name, outcome := payneteasy.EventLabels(event)
			events.Add(name+": "+outcome, 1) // "/api/v4/payout/{endpoint}: pending", "told: paid", "parked: review"
		}
		merchant, err := riverpayout.NewMerchant(ctx, pool, config)
		if err != nil {
			return err
		}
		http.Handle("/payneteasy/callback", merchant.CallbackHandler())

		amount, err := payneteasy.ParseAmount("10.42", "USD")
		if err != nil {
			return err
		}
		err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO debts (id, account) VALUES ($1, $2)", "payout-0001", "1234567890")
			if err != nil {
				return err
			}
			return merchant.Enqueue(ctx, tx, payneteasy.OrderRef{ClientOrderID: "payout-0001", Amount: amount})
		})
		if err != nil {
			return err
		}

		// If the payout is held one day, and the gateway manager has no order of it, settle it.
		err = merchant.Settle(ctx, "payout-0001", payneteasy.Settlement{
			Decision: payneteasy.DecisionNotSent, Reason: "J. Smith, by the manager's mail of 3 May",
		})
		if err != nil {
			return err
		}

		workers := &river.Config{}
		if err := riverpayout.AddWorkers(workers, merchant); err != nil {
			return err
		}
		client, err := river.NewClient(riverpgxv5.New(pool), workers)
		if err != nil {
			return err
		}
		if err := client.Start(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		<-ctx.Done() // the program is told to stop, and finishes what is in progress
		return client.Stop(context.WithoutCancel(ctx))
	}
	run(work)
}

// run stands for your own code, which passes the database's URL and the gateway's configuration.
func run(_ func(context.Context, string, payneteasy.Config) error) {}
