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
	panicked      sync.Once // Config.Observe, and it was logged
	recordTimeout time.Duration
	now           func() time.Time
}

// NewMerchant checks the configuration and the database's schema.
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
		return nil, err // before the database learns of a merchant that is none
	}
	config.Gateway.BaseURL = known.BaseURL() // one gateway is one in the database, however its address is written
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

// Journal is the merchant's journal.
func (m *Merchant) Journal() *Journal { return m.journal }

// Client is a client with the merchant's journal, to ask with. Do not pay with it what is enqueued, and take callbacks
// by Merchant.CallbackHandler: that of the client wakes no job.
func (m *Merchant) Client() *payneteasy.Client { return m.client }

// endpoint is where a payout goes that names none.
func (m *Merchant) endpoint(endpoint payneteasy.Endpoint) payneteasy.Endpoint {
	if endpoint.IsZero() {
		return m.config.Gateway.Endpoint
	}
	return endpoint
}
