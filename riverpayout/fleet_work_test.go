package riverpayout_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// riverConfig polls so often that tests do not wait.
func riverConfig() *river.Config {
	return &river.Config{
		FetchCooldown: time.Millisecond, FetchPollInterval: 10 * time.Millisecond,
		Logger: slog.New(slog.DiscardHandler),
	}
}

// crew works payouts, and reports the events of their jobs.
type crew struct {
	t      *testing.T
	client *river.Client[pgx.Tx]
	events <-chan *river.Event
}

func (f *fleet) work(others ...*riverpayout.Merchant) *crew {
	f.t.Helper()
	return f.workWith(func(*river.Config) {}, others...)
}

// workWith works with a changed configuration of River.
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

// both reports the events of two crews.
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

// until waits until count jobs have had an event of this kind.
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

// clock is the clock of a machine whose time is wrong. The database's clock is right.
type clock struct{ wrong time.Duration }

func (c clock) Now() time.Time { return time.Now().Add(c.wrong) }

// NowOrNil returns nil, as outside of tests, so that River uses the database's clock where it can.
func (clock) NowOrNil() *time.Time { return nil }

// workAt works with a wrong clock.
func (f *fleet) workAt(wrong time.Duration) *crew {
	f.merchant.SetClock(clock{wrong}.Now)
	return f.workWith(func(c *river.Config) { c.Test.Time = clock{wrong} })
}
