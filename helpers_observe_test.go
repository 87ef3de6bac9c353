package payneteasy_test

import (
	"context"
	"testing"

	"github.com/payneteasy-go/payneteasy"
)

// The names and outcomes of calls to the gateway.
const (
	payoutRoute   = "/api/v4/payout/{endpoint}"
	formRoute     = "/api/v4/payout-form/{endpoint}"
	statusRoute   = "/api/v2/status/{endpoint}"
	statusV4Route = "/api/v4/status/{endpoint}"
)

// observing lets a configuration keep its events.
func observing(t *testing.T, config *payneteasy.Config) *observations {
	all := &observations{t: t}
	config.Observe = func(ctx context.Context, event payneteasy.Event) {
		if ctx == nil {
			t.Errorf("%T without a context", event)
		}
		all.mu.Lock()
		defer all.mu.Unlock()
		all.events = append(all.events, event)
	}
	return all
}

// eventsOf are those of one type.
func eventsOf[E payneteasy.Event](events []payneteasy.Event) (found []E) {
	for _, event := range events {
		if e, ok := event.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// callerKey is the key of a value that the caller's context has.
type callerKey struct{}

func outcomeOf(event payneteasy.Event) string {
	_, outcome := payneteasy.EventLabels(event)
	return outcome
}
