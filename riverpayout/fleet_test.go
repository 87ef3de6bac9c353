package riverpayout_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// patience is how long a test waits for an expected event.
const patience = 2 * time.Minute

const (
	paid     = "1234567890"
	declined = "0987654321"
)

// fleet is a merchant with a ledger, a gateway and a database.
type fleet struct {
	t        *testing.T
	url      string
	pool     *pgxpool.Pool
	gateway  *payneteasytest.Gateway
	base     string // the merchant's BaseURL
	merchant *riverpayout.Merchant

	mu       sync.Mutex
	accounts map[string]string // by client_orderid, for Load
	load     func(ref payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error)
	before   func()                           // called when Load begins
	book     func(news payneteasy.News) error // may fail after the ledger was written
}

const ledgerTable = "CREATE TABLE ledger (client_orderid text, base_url text, outcome text, amount numeric)"

// newFleet returns a merchant with a new database, or with the given one.
func newFleet(t *testing.T, url string, change func(*riverpayout.Config)) *fleet {
	t.Helper()
	if url == "" {
		url = database(t)
	}
	f := &fleet{
		t: t, url: url, pool: poolOf(t, url), gateway: payneteasytest.NewGateway(t),
		accounts: map[string]string{},
	}
	f.gateway.SetStepTime(time.Millisecond)
	var there bool
	require.NoError(t, f.pool.QueryRow(t.Context(), "SELECT to_regclass('ledger') IS NOT NULL").Scan(&there))
	if !there {
		_, err := f.pool.Exec(t.Context(), ledgerTable)
		require.NoError(t, err)
	}
	config := riverpayout.Config{Gateway: f.gateway.Config(), Load: f.loads, OnNews: f.books}
	if change != nil {
		change(&config)
	}
	f.base = config.Gateway.BaseURL
	var err error
	f.merchant, err = riverpayout.NewMerchant(t.Context(), f.pool, config)
	require.NoError(t, err)
	return f
}

// twin is another process of the same merchant.
func (f *fleet) twin(change func(*riverpayout.Config)) *fleet {
	f.t.Helper()
	config := riverpayout.Config{Gateway: f.gateway.Config(), Load: f.loads, OnNews: f.books}
	change(&config)
	merchant, err := riverpayout.NewMerchant(f.t.Context(), f.pool, config)
	require.NoError(f.t, err)
	return &fleet{t: f.t, url: f.url, pool: f.pool, gateway: f.gateway, merchant: merchant}
}

func (f *fleet) loads(_ context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error) {
	if f.before != nil {
		f.before()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	req := requestOf(ref, f.accounts[ref.ClientOrderID])
	if f.load != nil {
		return f.load(ref, req)
	}
	return req, nil
}

func requestOf(ref payneteasy.OrderRef, account string) *payneteasy.PayoutRequest {
	return &payneteasy.PayoutRequest{
		ClientOrderID: ref.ClientOrderID, Amount: ref.Amount,
		BankAccount: &payneteasy.BankAccount{Number: account, RoutingNumber: "15"},
	}
}

// books writes a line for each call, so that a second call is visible.
func (f *fleet) books(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
	if err := write(ctx, tx, entry, news); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.book != nil {
		return f.book(news)
	}
	return nil
}

func write(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
	_, err := tx.Exec(ctx, "INSERT INTO ledger VALUES ($1, $2, $3, $4::text::numeric)",
		entry.ClientOrderID, entry.BaseURL, string(news.Decision), entry.Amount.Decimal())
	return err
}

func refOf(t *testing.T, id string) payneteasy.OrderRef {
	t.Helper()
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	return payneteasy.OrderRef{ClientOrderID: id, Amount: amount}
}

// enqueue enqueues payouts to one account.
func (f *fleet) enqueue(account string, ids ...string) {
	f.t.Helper()
	f.mu.Lock()
	for _, id := range ids {
		f.accounts[id] = account
	}
	f.mu.Unlock()
	require.NoError(f.t, pgx.BeginFunc(f.t.Context(), f.pool, func(tx pgx.Tx) error {
		for _, id := range ids {
			if err := f.merchant.Enqueue(f.t.Context(), tx, refOf(f.t, id)); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (f *fleet) enqueueAgain() error {
	return pgx.BeginFunc(f.t.Context(), f.pool,
		func(tx pgx.Tx) error { return f.merchant.Enqueue(f.t.Context(), tx, refOf(f.t, "p-1")) })
}

func (f *fleet) cancel(id, reason string, after error) error {
	return pgx.BeginFunc(f.t.Context(), f.pool, func(tx pgx.Tx) error {
		return errors.Join(f.merchant.Cancel(f.t.Context(), tx, id, reason), after)
	})
}

func (f *fleet) limit(limit riverpayout.Limit) {
	f.t.Helper()
	require.NoError(f.t, f.merchant.SetLimit(f.t.Context(), payneteasy.Endpoint{}, limit))
}
