package riverpayout_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// watcher keeps the events and the log.
type watcher struct {
	mu     sync.Mutex
	events []payneteasy.Event
	log    strings.Builder
}

func (w *watcher) watch(c *riverpayout.Config) {
	c.Logger = slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.Observe = w.observe
}

func (w *watcher) observe(_ context.Context, event payneteasy.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, event)
}

// Write implements io.Writer for the log.
func (w *watcher) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

func (w *watcher) words() (words []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, event := range w.events {
		name, outcome := payneteasy.EventLabels(event)
		words = append(words, name+": "+outcome)
	}
	return words
}

// requireLogged requires these messages in the log, each with IDs, and with a decision or the outcome of a question.
func (w *watcher) requireLogged(t *testing.T, messages ...string) {
	t.Helper()
	seen := map[string]bool{}
	for line := range strings.Lines(w.log.String()) {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		for _, key := range []string{"client_orderid", "order_id", "login", "endpoint", "job", "age"} {
			require.Contains(t, record, key)
		}
		asked := record["msg"] == "riverpayout: asked"
		require.Equal(t, asked, record["outcome"] != nil, line)
		require.Equal(t, !asked, record["decision"] != nil, line)
		seen[strings.TrimPrefix(record["msg"].(string), "riverpayout: ")] = true
	}
	for _, message := range messages {
		require.True(t, seen[message], message)
	}
	require.Len(t, seen, len(messages))
}

// failures counts the messages that are logged as errors or warnings.
type failures struct {
	mu    sync.Mutex
	count map[string]int
}

func (f *failures) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (f *failures) Handle(_ context.Context, record slog.Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count[record.Message]++
	return nil
}

func (f *failures) WithAttrs([]slog.Attr) slog.Handler { return f }
func (f *failures) WithGroup(string) slog.Handler      { return f }

// listen sets the logger of River's configuration.
func (f *failures) listen(c *river.Config) { c.Logger = slog.New(f) }

// until waits until each message was logged at least this often.
func (f *failures) until(t *testing.T, want map[string]int) {
	t.Helper()
	require.Eventually(t, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		for message, count := range want {
			if f.count[message] < count {
				return false
			}
		}
		return true
	}, patience, 10*time.Millisecond, "%v", want)
}
