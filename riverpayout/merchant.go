package riverpayout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/payneteasy-go/payneteasy"
)

// Config is what a Merchant is made from. Gateway is required, and where AddWorkers is called, Load and OnNews: a
// program that only enqueues, settles or cancels does without them. One that takes callbacks should have OnNews.
type Config struct {
	// Gateway is the client's configuration, without a Journal. Its Wait says how often an order is asked about, its
	// ResolveWindow how long a payout may be unknown to the gateway before it is held; its Timeout bounds each call.
	Gateway payneteasy.Config

	// Load makes the request of a payout that is about to be sent, from the merchant's own storage: accounts and cards are
	// never stored here. It must be for the same ClientOrderID, Amount and Endpoint as was enqueued, or nothing is sent.
	// An error, too, means that nothing is sent, as does a call that takes longer than 30 s; Load is asked again later.
	// The error's text is stored where an operator sees it, with long runs of digits masked and nothing else: keep
	// personal data out of it.
	Load func(ctx context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error)

	// OnNews books what became of a payout: its end, and what comes later, such as a reversal. It is called for
	// payneteasy.DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionRejected, DecisionNotSent and DecisionReview,
	// with all that is known: switch on news.Decision. It books by tx, in which the news are also marked as told: once in
	// effect, and in their order. If it fails or panics, or takes longer than 30 s, all of that is rolled back, and it is
	// called again later. It must do nothing outside of tx that must not happen twice, and must not end tx.
	OnNews func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error

	// Queue is River's queue: "payneteasy" when empty. Merchants that one process does not serve need a queue of their
	// own.
	Queue string

	// MaxWorkers is how many of the queue's jobs one process works at the same time: 50 when zero.
	MaxWorkers int

	// Logger gets a record of each call, each question (for debugging), what is parked (as a warning), and what was told.
	// Nil is off.
	Logger *slog.Logger

	// Observe is told what happens: the events of the client, and payneteasy.ToldEvent, ParkedEvent, DecisionEvent and
	// BackOffEvent of the workers. Each thing is told once. What payneteasy.Config.Observe says holds here. Set this one or
	// Gateway.Observe, not both; they are the same. Enqueue and Cancel work in the merchant's own transaction, and have no
	// event.
	Observe func(ctx context.Context, event payneteasy.Event)
}

const (
	defaultQueue      = "payneteasy"
	defaultMaxWorkers = 50
	defaultTimeout    = time.Minute // of payneteasy.Config
)

var queueName = regexp.MustCompile(`^[a-z0-9]+(?:[_-][a-z0-9]+)*$`)

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

// complete fills in what may be left out, and refuses what cannot be used.
func (c *Config) complete() error {
	c.Queue = cmp.Or(c.Queue, defaultQueue)
	c.MaxWorkers = cmp.Or(c.MaxWorkers, defaultMaxWorkers)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case c.Gateway.Journal != nil:
		return errors.New("Config.Gateway.Journal must be empty: the merchant has its own")
	case !queueName.MatchString(c.Queue):
		return errors.New("Config.Queue is not a name of small letters, digits, and single _ or - between them")
	case c.MaxWorkers < 0:
		return errors.New("Config.MaxWorkers is negative")
	case c.Observe != nil && c.Gateway.Observe != nil:
		return errors.New("Config.Observe and Config.Gateway.Observe are the same hook: set one of them")
	case c.Observe == nil:
		c.Observe = c.Gateway.Observe
	default:
		c.Gateway.Observe = c.Observe
	}
	return nil
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

// OrderArgs are a job's arguments: ids only.
type OrderArgs struct {
	Merchant      int32  `json:"merchant"` // riverpayout_merchant.id
	ClientOrderID string `json:"client_orderid"`
}

// Kind implements river.JobArgs.
func (OrderArgs) Kind() string { return "payneteasy_payout" }

// maxAttempts is the most that River has: a payout is never given up.
const maxAttempts = 1<<15 - 1

// ErrEnqueued says that a ClientOrderID was enqueued, or paid, before. The transaction is as it was: nothing was
// changed.
var ErrEnqueued = errors.New("riverpayout: this client_orderid was enqueued before")

// Enqueue takes a payout on, in the merchant's own transaction: it is sent after tx is committed, and never if tx is
// rolled back. ref is the request's Ref: ClientOrderID (at most 128 characters) and Amount are required, OrderID must
// be empty.
//
// A ClientOrderID is taken on once; another time the error matches ErrEnqueued. Only when OnNews was told that nothing
// came of it (news.Decision.PayAgain is payneteasy.PayAgainSameID), or when it was cancelled, does Enqueue begin its
// next attempt. The news go on counting.
func (m *Merchant) Enqueue(ctx context.Context, tx pgx.Tx, ref payneteasy.OrderRef) error {
	if err := m.enqueue(ctx, tx, ref); err != nil {
		return fmt.Errorf("riverpayout: enqueue %q: %w", ref.ClientOrderID, err)
	}
	return nil
}

func (m *Merchant) enqueue(ctx context.Context, tx pgx.Tx, ref payneteasy.OrderRef) error {
	switch {
	case tx == nil:
		return errors.New("the transaction is nil")
	case ref.ClientOrderID == "":
		return errors.New("client_orderid is required")
	case !storable(ref.ClientOrderID):
		return errors.New("client_orderid is not UTF-8, or has a NUL") // PostgreSQL's own refusal would end the transaction
	case utf8.RuneCountInString(ref.ClientOrderID) > maxID: // it would never be sent
		return fmt.Errorf("client_orderid is longer than %d characters", maxID)
	case ref.Amount.IsZero():
		return errors.New("amount is required")
	case ref.OrderID != "":
		return errors.New("it has an order id already: it was sent")
	}
	entry := payneteasy.Entry{
		ClientOrderID: ref.ClientOrderID, BaseURL: m.journal.baseURL, Login: m.journal.login,
		Endpoint: m.endpoint(ref.Endpoint), Amount: ref.Amount, Send: payneteasy.SendCreated, Changed: m.now(),
	}
	tag, err := tx.Exec(ctx, `INSERT INTO riverpayout_payout AS p
			(merchant, client_orderid, entry, cause, step, began, queue, enqueued)
		VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
		ON CONFLICT (merchant, client_orderid) DO UPDATE SET
			entry = `+next+`, cause = excluded.cause, step = excluded.step, began = NULL, sent = NULL, told = NULL,
			queue = excluded.queue, enqueued = excluded.enqueued
		WHERE p.enqueued IS NOT NULL AND p.step = 'done' AND p.decision IN ('rejected', 'not sent')`,
		append(m.journal.values(entry), m.config.Queue)...)
	if err != nil {
		return clean(err)
	}
	if tag.RowsAffected() == 0 {
		return ErrEnqueued
	}
	return m.insertJob(ctx, tx, row{entry: entry, queue: m.config.Queue}, 0)
}

// maxID is how many characters a client_orderid has at most (https://doc.connpay.com/, /api/v4/payout).
const maxID = 128

// storable reports whether PostgreSQL can store a text.
func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// insertJob makes a payout's job, in the queue that it was enqueued in. It takes the place of any
// that it has, and runs after a while.
func (m *Merchant) insertJob(ctx context.Context, tx pgx.Tx, payout row, after time.Duration) error {
	clientOrderID := payout.entry.ClientOrderID
	job, err := m.river.InsertTx(ctx, tx, OrderArgs{Merchant: m.journal.merchant, ClientOrderID: clientOrderID},
		&river.InsertOpts{MaxAttempts: maxAttempts, Queue: payout.queue})
	if err == nil {
		_, err = tx.Exec(ctx, "UPDATE riverpayout_payout SET job = $3 WHERE merchant = $1 AND client_orderid = $2",
			m.journal.merchant, clientOrderID, job.Job.ID)
	}
	if err == nil && after > 0 { // by the database's clock, and available, so that no leader's clock matters either
		_, err = tx.Exec(ctx, "UPDATE river_job SET scheduled_at = clock_timestamp() + $2 WHERE id = $1", job.Job.ID, after)
	}
	return clean(err)
}

// endpoint is where a payout goes that names none.
func (m *Merchant) endpoint(endpoint payneteasy.Endpoint) payneteasy.Endpoint {
	if endpoint.IsZero() {
		return m.config.Gateway.Endpoint
	}
	return endpoint
}
