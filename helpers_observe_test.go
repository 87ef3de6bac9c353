package payneteasy_test

import (
	"context"
	"testing"

	"github.com/payneteasy-go/payneteasy"
)

// These are the names and outcomes of calls to the gateway.
const (
	payoutRoute   = "/api/v4/payout/{endpoint}"
	formRoute     = "/api/v4/payout-form/{endpoint}"
	statusRoute   = "/api/v2/status/{endpoint}"
	statusV4Route = "/api/v4/status/{endpoint}"
)

// observing records the events of a configuration.
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

// eventsOf returns the events of one type.
func eventsOf[E payneteasy.Event](events []payneteasy.Event) (found []E) {
	for _, event := range events {
		if e, ok := event.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// callerKey is the key of a value in the caller's context.
type callerKey struct{}

func outcomeOf(event payneteasy.Event) string {
	_, outcome := payneteasy.EventLabels(event)
	return outcome
}
