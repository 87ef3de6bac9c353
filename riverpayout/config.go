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

// Config is what a Merchant is made from. Gateway is required, and where AddWorkers is called, Load and OnNews: a
// program that only enqueues, settles or cancels does without them. One that takes callbacks should have OnNews.
type Config struct {
	// Gateway is the client's configuration, without a Journal. Its Wait says how often an order is asked about, its
	// ResolveWindow how long a payout may be unknown to the gateway before it is held; its Timeout bounds each call.
	Gateway payneteasy.Config

	// Load makes the request of a payout that is about to be sent, from the merchant's own storage: accounts and cards
	// are never stored here. It must be for the same ClientOrderID, Amount and Endpoint as was enqueued, or nothing is
	// sent. An error, too, means that nothing is sent, as does a call that takes longer than 30 s; Load is asked again
	// later. The error's text is stored where an operator sees it, with long runs of digits masked and nothing else:
	// keep personal data out of it.
	Load func(ctx context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error)

	// OnNews books what became of a payout: its end, and what comes later, such as a reversal. It is called for
	// payneteasy.DecisionPaid, DecisionNotPaid, DecisionReversed, DecisionRejected, DecisionNotSent and DecisionReview,
	// with all that is known: switch on news.Decision. It books by tx, in which the news are also marked as told: once
	// in effect, and in their order. If it fails or panics, or takes longer than 30 s, all of that is rolled back, and
	// it is called again later. It must do nothing outside of tx that must not happen twice, and must not end tx.
	OnNews func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error

	// Queue is River's queue: "payneteasy" when empty. Merchants that one process does not serve need a queue of their
	// own.
	Queue string

	// MaxWorkers is how many of the queue's jobs one process works at the same time: 50 when zero.
	MaxWorkers int

	// Logger gets a record of each call, each question (for debugging), what is parked (as a warning), and what was
	// told. Nil is off.
	Logger *slog.Logger

	// Observe is told what happens: the events of the client, and payneteasy.ToldEvent, ParkedEvent, DecisionEvent and
	// BackOffEvent of the workers. Each thing is told once. What payneteasy.Config.Observe says holds here. Set this
	// one or Gateway.Observe, not both; they are the same. Enqueue and Cancel work in the merchant's own transaction,
	// and have no event.
	Observe func(ctx context.Context, event payneteasy.Event)
}

const (
	defaultQueue      = "payneteasy"
	defaultMaxWorkers = 50
	defaultTimeout    = time.Minute // of payneteasy.Config
)

var queueName = regexp.MustCompile(`^[a-z0-9]+(?:[_-][a-z0-9]+)*$`)

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
