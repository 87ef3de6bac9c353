package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/payneteasy-go/payneteasy"
)

// Merchant enqueues and works the payouts of one login at one gateway. It is safe for concurrent use.
type Merchant struct {
	config  Config
	journal *Journal
	client  *payneteasy.Client
	river   *river.Client[pgx.Tx]
	timeout time.Duration // of one call

	unsent        unsent
	panicked      sync.Once // logs the first panic of Config.Observe
	recordTimeout time.Duration
	now           func() time.Time
}

// NewMerchant returns a Merchant. It checks the configuration and the database's schema.
func NewMerchant(ctx context.Context, pool *pgxpool.Pool, config Config) (*Merchant, error) {
	m, err := newMerchant(ctx, pool, config)
	if err != nil {
		return nil, fmt.Errorf("riverpayout: merchant: %w", err)
	}
	return m, nil
}

func newMerchant(ctx context.Context, pool *pgxpool.Pool, config Config) (*Merchant, error) {
	if pool == nil {
		return nil, errors.New("the pool is nil")
	}
	if err := config.complete(); err != nil {
		return nil, err
	}
	known, err := payneteasy.NewClient(config.Gateway)
	if err != nil {
		return nil, err // before an invalid merchant is stored
	}
	config.Gateway.BaseURL = known.BaseURL() // one spelling, so that the database has it once
	m := &Merchant{config: config, timeout: config.Gateway.Timeout, recordTimeout: defaultRecordTimeout, now: time.Now}
	if m.timeout == 0 && config.Gateway.HTTPClient != nil {
		m.timeout = config.Gateway.HTTPClient.Timeout
	}
	if m.timeout == 0 {
		m.timeout = defaultTimeout
	}
	if m.journal, err = newJournal(ctx, pool, config.Gateway.BaseURL, config.Gateway.Login); err != nil {
		return nil, err
	}
	gateway := config.Gateway
	gateway.Journal = m.journal
	if m.client, err = payneteasy.NewClient(gateway); err != nil {
		return nil, err
	}
	m.river, err = river.NewClient(riverpgxv5.New(pool), &river.Config{})
	return m, err
}

// Journal returns the merchant's journal.
func (m *Merchant) Journal() *Journal { return m.journal }

// Client returns a client with the merchant's journal. Use it to ask about payouts. Do not use it to pay what is
// enqueued. Take callbacks with Merchant.CallbackHandler, because the client's own handler wakes no job.
func (m *Merchant) Client() *payneteasy.Client { return m.client }

// endpoint returns the default endpoint for a payout that names none.
func (m *Merchant) endpoint(endpoint payneteasy.Endpoint) payneteasy.Endpoint {
	if endpoint.IsZero() {
		return m.config.Gateway.Endpoint
	}
	return endpoint
}
