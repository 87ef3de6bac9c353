package riverpayout_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// barrier lets callers pass until it is closed. Then the next caller waits.
type barrier struct {
	closed       atomic.Bool
	came, opened chan struct{}
}

func newBarrier() *barrier { return &barrier{came: make(chan struct{}), opened: make(chan struct{})} }

func (g *barrier) close() { g.closed.Store(true) }

func (g *barrier) open() { close(g.opened) }

func (g *barrier) pass() {
	if g.closed.CompareAndSwap(true, false) {
		close(g.came)
		select {
		case <-g.opened:
		case <-time.After(patience):
		}
	}
}

// wait waits until a caller waits at the barrier.
func (g *barrier) wait(t *testing.T) {
	t.Helper()
	select {
	case <-g.came:
	case <-time.After(patience):
		require.FailNow(t, "no caller came")
	}
}

// reply serves the gateway's reply, which waits if the barrier is closed.
func (g *barrier) reply(gateway http.Handler, w http.ResponseWriter, r *http.Request) {
	reply := httptest.NewRecorder()
	gateway.ServeHTTP(reply, r)
	g.pass()
	maps.Copy(w.Header(), reply.Header())
	w.WriteHeader(reply.Code)
	_, _ = reply.Body.WriteTo(w) // the client may be gone
}

// rendezvous makes the first two callers wait for each other.
type rendezvous struct {
	once sync.Once
	pair chan struct{}
	come atomic.Int32
}

func (r *rendezvous) meet() {
	r.once.Do(func() { r.pair = make(chan struct{}) })
	switch r.come.Add(1) {
	case 1:
		select {
		case <-r.pair:
		case <-time.After(patience):
		}
	case 2:
		close(r.pair)
	}
}

// meeting makes two status questions run at the same time.
type meeting struct {
	base http.RoundTripper
	at   *rendezvous
}

func (m *meeting) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Path, "/status/") {
		m.at.meet()
	}
	return m.base.RoundTrip(req)
}

// gate stops payout calls until it is opened, and counts them.
type gate struct {
	base         http.RoundTripper
	open         chan struct{}
	mu           sync.Mutex
	within, most int
}

func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.Contains(req.URL.Path, "/payout/") {
		return g.base.RoundTrip(req)
	}
	g.add(1)
	defer g.add(-1)
	<-g.open
	return g.base.RoundTrip(req)
}

// keep puts the gate in front of a gateway.
func (g *gate) keep(c *riverpayout.Config) {
	if g.base == nil {
		g.base = c.Gateway.HTTPClient.Transport
	}
	c.Gateway.HTTPClient.Transport, c.Gateway.Timeout = g, patience
}

// await waits until count calls are at the gate.
func (g *gate) await(t *testing.T, count int) {
	t.Helper()
	ok := assert.Eventually(t, func() bool { within, _ := g.count(); return within == count }, patience,
		10*time.Millisecond)
	if !ok {
		close(g.open) // or no call ends
		t.FailNow()
	}
}

func (g *gate) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.within += n
	g.most = max(g.most, g.within)
}

func (g *gate) count() (within, most int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.within, g.most
}
