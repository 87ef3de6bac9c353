// Operator is what a person needs in addition to SQL. It shows what is parked, settles, cancels and wakes payouts, and
// makes new jobs for payouts that have lost theirs. Copy it, and book in cancel what your ledger needs. Run it without
// arguments to see its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/payneteasy-go/payneteasy/riverpayout"
)

const usage = `operator parked                      lists the payouts that a person should look at
operator settle ID DECISION REASON   closes a payout as you have found it to be: paid, "not paid" (there is an
                                     order, but it pays nothing), reversed (it was paid and taken back, all
                                     of it) or "not sent" (held, and there never was an order)
operator cancel ID REASON            gives up a payout that was not sent
operator wake ID                     runs a payout's job at once, when the cause of a problem is fixed
operator requeue                     makes new jobs for payouts that have lost theirs

REASON says who knows it, and how. A payout that was cancelled or settled as not sent may be enqueued again.

  DATABASE_URL                 the database
  PAYNETEASY_BASE_URL          scheme, host and context path of the gateway
  PAYNETEASY_LOGIN             merchant login
  PAYNETEASY_PRIVATE_KEY_FILE  RSA private key, PEM
  PAYNETEASY_CONTROL_KEY       merchant control key
  PAYNETEASY_ENDPOINT_ID       or PAYNETEASY_GROUP_ID

Exit status: 0 done; 1 not done; 2 usage or configuration.
`

// Exit statuses.
const (
	exitDone = iota
	exitNotDone
	exitUsage
)

var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var c command
	if len(args) > 0 {
		c = commands[args[0]]
	}
	if c.do == nil || len(args) != c.args+1 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	o, err := newOperator(ctx, getenv, stdout)
	if err == nil {
		defer o.pool.Close()
		err = c.do(ctx, o, args[1:])
	}
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, err)
		return exitUsage
	case err != nil:
		fmt.Fprintln(stderr, "error:", err)
		return exitNotDone
	}
	return exitDone
}

// operator looks after one merchant's payouts. It does not load or book, because the workers do that.
type operator struct {
	pool     *pgxpool.Pool
	merchant *riverpayout.Merchant
	login    string
	out      io.Writer
}

func newOperator(ctx context.Context, getenv func(string) string, out io.Writer) (*operator, error) {
	gateway, err := gatewayOf(getenv)
	if err != nil {
		return nil, err
	}
	url := getenv("DATABASE_URL")
	if url == "" {
		return nil, fmt.Errorf("%w: set DATABASE_URL", errUsage)
	}
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("%w: DATABASE_URL: %w", errUsage, err)
	}
	merchant, err := riverpayout.NewMerchant(ctx, pool, riverpayout.Config{Gateway: gateway})
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &operator{pool, merchant, gateway.Login, out}, nil
}
