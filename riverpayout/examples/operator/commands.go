package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// command is a command of the operator, with its number of arguments.
type command struct {
	args int
	do   func(ctx context.Context, o *operator, args []string) error
}

var commands = map[string]command{
	"parked":  {0, parked},
	"settle":  {3, settle},
	"cancel":  {2, cancel},
	"wake":    {1, wake},
	"requeue": {0, requeue},
}

func parked(ctx context.Context, o *operator, _ []string) error {
	rows, err := o.pool.Query(ctx,
		`SELECT client_orderid, amount::text, currency, decision, coalesce(order_id, ''), since, problem
		FROM riverpayout_parked WHERE base_url = $1 AND login = $2 ORDER BY since`, o.merchant.Client().BaseURL(),
		o.login)
	if err != nil {
		return err
	}
	var id, amount, currency, decision, order, problem string
	var since time.Time
	count := 0
	_, err = pgx.ForEachRow(rows, []any{&id, &amount, &currency, &decision, &order, &since, &problem}, func() error {
		count++
		if order != "" {
			decision += ", order " + order
		}
		fmt.Fprintf(o.out, "%s  %s %s  %s, parked since %s\n  %s\n", id, amount, currency, decision,
			since.UTC().Format(time.RFC3339), problem)
		return nil
	})
	if err == nil {
		fmt.Fprintf(o.out, "%d parked\n", count)
	}
	return err
}

func settle(ctx context.Context, o *operator, args []string) error {
	settlement := payneteasy.Settlement{Decision: payneteasy.Decision(args[1]), Reason: args[2]}
	if err := o.merchant.Settle(ctx, args[0], settlement); err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s is settled as %s. Its job calls OnNews when a worker runs.\n", args[0], args[1])
	return nil
}

func cancel(ctx context.Context, o *operator, args []string) error {
	err := pgx.BeginFunc(ctx, o.pool, func(tx pgx.Tx) error {
		// OnNews is not called, so book it here with tx.
		return o.merchant.Cancel(ctx, tx, args[0], args[1])
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s is cancelled, and is never sent.\n", args[0])
	return nil
}

func wake(ctx context.Context, o *operator, args []string) error {
	if err := o.merchant.Wake(ctx, args[0]); err != nil {
		return err
	}
	fmt.Fprintf(o.out, "The job of %s runs as soon as a worker is free, unless the payout has ended.\n", args[0])
	return nil
}

func requeue(ctx context.Context, o *operator, _ []string) error {
	count, err := o.merchant.Requeue(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "Payouts that had lost their jobs: %d.\n", count)
	return nil
}
