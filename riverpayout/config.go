package riverpayout

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// Config configures a Merchant. Gateway is required. AddWorkers also requires Load and OnNews. A program that only
// enqueues, settles or cancels does not need them. A program that takes callbacks should have OnNews.
type Config struct {
	// Gateway is the client's configuration, without a Journal. Gateway.Wait sets how often the workers ask about an
	// order. Gateway.ResolveWindow is how long the gateway may not know a payout before the payout is held.
	// Gateway.Timeout limits each call.
	Gateway payneteasy.Config

	// Load returns the request of a payout that is about to be sent. It reads the merchant's own storage, because
	// accounts and cards are never stored here. The request must have the ClientOrderID, Amount and Endpoint that were
	// enqueued. If these differ, or if Load returns an error or takes longer than 30 s, nothing is sent, and Load is
	// called again later. The error's text is stored where an operator sees it. Only long runs of digits are masked, so
	// keep personal data out of it.
	Load func(ctx context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error)

	// OnNews books the final decision about a payout, and later changes such as a reversal. It is called for
	// payneteasy.DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionRejected, DecisionNotSent and DecisionReview,
	// with everything that is known. Switch on news.Decision. OnNews books in tx, which also marks the news as told. So
	// each piece of news takes effect once, and in order. If OnNews fails, panics or takes longer than 30 s, tx is
	// rolled back, and OnNews is called again later. Do nothing outside tx that must not happen twice, and do not end
	// tx.
	OnNews func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error

	// Queue is the name of River's queue. The default is "payneteasy". Each process that works a queue must serve all
	// merchants of that queue. A merchant that one of these processes does not serve needs another queue.
	Queue string

	// MaxWorkers is how many of the queue's jobs one process works at the same time. The default is 50.
	MaxWorkers int

	// Logger gets a record of each call, each question (at level debug), each parked payout (at level warn), and what
	// was told. Nil means no log.
	Logger *slog.Logger

	// Observe gets the client's events. It also gets payneteasy.ToldEvent, ParkedEvent, DecisionEvent and BackOffEvent
	// from the workers. Each event comes once. The rules of payneteasy.Config.Observe apply. Observe and
	// Gateway.Observe are the same hook, so set only one of them. Enqueue and Cancel have no event, because they work
	// in the merchant's own transaction.
	Observe func(ctx context.Context, event payneteasy.Event)
}

const (
	defaultQueue      = "payneteasy"
	defaultMaxWorkers = 50
	defaultTimeout    = time.Minute // as in payneteasy.Config
)

var queueName = regexp.MustCompile(`^[a-z0-9]+(?:[_-][a-z0-9]+)*$`)

// complete sets the defaults, and returns an error if the configuration cannot be used.
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
		return errors.New("Config.Queue must have only lower-case letters and digits, with single _ or - between them")
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
