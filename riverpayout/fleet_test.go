package riverpayout_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// patience is how long a test waits for what must come.
const patience = 2 * time.Minute

const (
	paid     = "1234567890"
	declined = "0987654321"
)

// fleet is a merchant with a ledger, his gateway, and a database.
type fleet struct {
	t        *testing.T
	url      string
	pool     *pgxpool.Pool
	gateway  *payneteasytest.Gateway
	base     string // the merchant's BaseURL
	merchant *riverpayout.Merchant

	mu       sync.Mutex
	accounts map[string]string // by client_orderid: what Load knows
	load     func(ref payneteasy.OrderRef, req *payneteasy.PayoutRequest) (*payneteasy.PayoutRequest, error)
	before   func()                           // Load begins
	book     func(news payneteasy.News) error // may fail after the ledger was written
}

const ledgerTable = "CREATE TABLE ledger (client_orderid text, base_url text, outcome text, amount numeric)"

// newFleet is a merchant in a database of his own, or in one that is given.
func newFleet(t *testing.T, url string, change func(*riverpayout.Config)) *fleet {
	t.Helper()
	if url == "" {
		url = database(t)
	}
	f := &fleet{t: t, url: url, pool: poolOf(t, url), gateway: payneteasytest.NewGateway(t), accounts: map[string]string{}}
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
		ClientOrderID: ref.ClientOrderID, Amount: ref.Amount, BankAccount: &payneteasy.BankAccount{Number: account, RoutingNumber: "15"},
	}
}

// books writes a line for each time it is called, so that a second call shows.
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

// enqueue takes payouts to one account on.
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

// riverConfig polls so often that nobody waits.
func riverConfig() *river.Config {
	return &river.Config{
		FetchCooldown: time.Millisecond, FetchPollInterval: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}
}

// crew works, and tells what becomes of jobs.
type crew struct {
	t      *testing.T
	client *river.Client[pgx.Tx]
	events <-chan *river.Event
}

func (f *fleet) work(others ...*riverpayout.Merchant) *crew {
	f.t.Helper()
	return f.workWith(func(*river.Config) {}, others...)
}

// workWith works with another River.
func (f *fleet) workWith(change func(*river.Config), others ...*riverpayout.Merchant) *crew {
	f.t.Helper()
	config := riverConfig()
	change(config)
	require.NoError(f.t, riverpayout.AddWorkers(config, append(others, f.merchant)...))
	client, err := river.NewClient(riverpgxv5.New(f.pool), config)
	require.NoError(f.t, err)
	events, cancel := client.SubscribeConfig(&river.SubscribeConfig{ChanSize: 10000, Kinds: []river.EventKind{
		river.EventKindJobCompleted, river.EventKindJobCancelled, river.EventKindJobSnoozed, river.EventKindJobFailed,
	}})
	require.NoError(f.t, client.Start(context.Background()))
	f.t.Cleanup(func() {
		cancel()
		ctx, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		require.NoError(f.t, client.StopAndCancel(ctx))
	})
	return &crew{f.t, client, events}
}

// both tells what becomes of the jobs of two.
func both(one, two *crew) *crew {
	events := make(chan *river.Event, 1000)
	for _, from := range []*crew{one, two} {
		go func() {
			for event := range from.events {
				events <- event
			}
		}()
	}
	return &crew{t: one.t, events: events}
}

// until waits until so many jobs have come to this.
func (c *crew) until(kind river.EventKind, count int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	for done := 0; done < count; {
		select {
		case event := <-c.events:
			if event.Kind == river.EventKindJobFailed {
				require.Empty(c.t, event.Job.Errors, "a job failed")
			}
			if event.Kind == kind {
				done++
			}
		case <-ctx.Done():
			require.FailNow(c.t, "it does not come", "%s: %d of %d", kind, done, count)
		}
	}
}

// ledger is what was booked: decisions by client_orderid, "paid, paid" if twice. The last of them is what the view tells people.
func (f *fleet) ledger() map[string]string {
	f.t.Helper()
	rows, err := f.pool.Query(f.t.Context(), `SELECT l.client_orderid, string_agg(l.outcome, ', ' ORDER BY l.ctid), max(t.decision), bool_or(p.step = 'tell')
		FROM ledger l JOIN riverpayout_told t USING (base_url, client_orderid) JOIN riverpayout_all p USING (base_url, client_orderid)
		WHERE base_url = $1 GROUP BY 1`, f.base)
	require.NoError(f.t, err)
	found := map[string]string{}
	var id, outcomes, viewed string
	var untold bool
	_, err = pgx.ForEachRow(rows, []any{&id, &outcomes, &viewed, &untold}, func() error {
		require.True(f.t, untold || strings.HasSuffix(outcomes, viewed), "%s: booked as %s, and seen as %s", id, outcomes, viewed)
		found[id] = outcomes
		return nil
	})
	require.NoError(f.t, err)
	return maps.Clone(found)
}

// untilBooked waits until this is booked.
func (f *fleet) untilBooked(ledger map[string]string) {
	f.t.Helper()
	require.Eventually(f.t, func() bool { return maps.Equal(ledger, f.ledger()) }, patience, 10*time.Millisecond, "%v", ledger)
}

// untilLedger waits until so many payouts are booked.
func (f *fleet) untilLedger(count int) {
	f.t.Helper()
	require.Eventually(f.t, func() bool { return len(f.ledger()) == count }, patience, 10*time.Millisecond)
}

// entry is a payout's in the journal.
func (f *fleet) entry(id string) payneteasy.Entry {
	f.t.Helper()
	entry, err := f.merchant.Journal().Get(f.t.Context(), id)
	require.NoError(f.t, err)
	return entry
}

// problem is what an operator sees of p-1.
func (f *fleet) problem() string {
	f.t.Helper()
	var text string
	err := f.pool.QueryRow(f.t.Context(), "SELECT problem FROM riverpayout_parked WHERE client_orderid = 'p-1' AND base_url = $1", f.base).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return ""
	}
	require.NoError(f.t, err)
	return text
}
