package payneteasy_test

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// cache is a proxy that caches the answers to questions.
type cache struct {
	base  http.RoundTripper
	rude  bool // ignores Cache-Control, and sets Age
	mu    sync.Mutex
	known map[string]cached
}

func (c *cache) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.Contains(req.URL.Path, "/status/") {
		return c.base.RoundTrip(req)
	}
	question, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, there := c.known[string(question)]; there && (c.rude || req.Header.Get("Cache-Control") == "") {
		resp := saying(req, 200, form, string(known.answer))
		resp.Header.Set("Age", strconv.Itoa(int(time.Since(known.since).Seconds())))
		return resp, nil
	}
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(bytes.NewReader(question))
	resp, err := c.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	c.known[string(question)] = cached{answer, time.Now()}
	return saying(req, 200, form, string(answer)), resp.Body.Close()
}

// TestCachedAnswers checks that an answer from a cache is not taken for a new one. Here a proxy sent a payout twice and
// returned a refusal, and the gateway knows the first copy only later.
func TestCachedAnswers(t *testing.T) {
	for name, rude := range map[string]bool{
		"a cache that obeys Cache-Control":          false,
		"a cache that says how old its answers are": true,
	} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					base, plain := config.HTTPClient.Transport, config
					plain.Journal = nil
					proxy := &cache{base: base, rude: rude, known: map[string]cached{}}
					config.HTTPClient = &http.Client{
						Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
							if strings.Contains(req.URL.Path, "/payout/") {
								return saying(req, 403, "text/html", page), nil
							}
							return proxy.RoundTrip(req)
						}),
					}
					client := newClient(t, config)
					_, err := client.Payout(t.Context(), request(t))
					requireOneOutcome(t, err, payneteasy.DecisionRefused)
					time.AfterFunc(time.Minute, func() { _, _ = newClient(t, plain).Payout(t.Context(), request(t)) })
					entry, err := client.Resolve(t.Context(), entryOfError(t, err))
					require.NotEqual(t, payneteasy.DecisionRejected, entry.Decision())
					require.Equal(t, rude, err != nil, "%v", err)
					require.Equal(t, entry, stored(t, journal))
					require.Len(t, gateway.Orders(), 1)
				})
		})
	}
}
