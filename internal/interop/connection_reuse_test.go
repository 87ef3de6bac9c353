package interop

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

const calls = 200

// TestConnectionReuse makes 200 payouts, each followed by a status call, through proxies that soon close idle
// connections.
func TestConnectionReuse(t *testing.T) {
	t.Parallel()
	counted := "http-request set-var(sess.requests) var(sess.requests,0),add(1)\n" +
		"\thttp-response set-header Connection close if { var(sess.requests) -m int ge 2 }"
	for _, c := range []struct {
		name  string
		setup setup
		dials int64 // at least. Each payout has its own connection
	}{
		{"keep-alive 1 s", setup{nginx, lines{front: "keepalive_timeout 1s;"}, http1}, calls},
		{"keep-alive 1 s", setup{haproxy, lines{front: "timeout http-keep-alive 1s"}, http2}, calls},
		{"2 requests a connection", setup{nginx, lines{front: "keepalive_requests 2;"}, http1}, calls + calls/2},
		{"2 requests a connection", setup{nginx, lines{front: "keepalive_requests 2;"}, http2}, calls + calls/2},
		{"2 requests a connection", setup{haproxy, lines{front: counted}, http1}, calls + calls/2},
	} {
		t.Run(c.name+", "+c.setup.String(), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, nil)
			c.setup.start(t, u)
			client := u.client(t, u.transport(t, c.setup.protocol), nil)
			inParallel(calls, 4, func(i int) {
				result, err := client.Payout(t.Context(), request(t, fmt.Sprintf("payout-%04d", i)))
				if !assert.NoError(t, err) {
					return
				}
				status, err := client.Status(t.Context(), result.Entry.Ref())
				if assert.NoError(t, err) {
					assert.Equal(t, result.OrderID, status.OrderID)
				}
			})
			require.Len(t, u.Orders(), calls)
			require.EqualValues(t, calls, u.arrivals.Load())
			require.GreaterOrEqual(t, u.StatusCalls(), calls, "one that fails is asked again")
			require.GreaterOrEqual(t, u.dials.Load(), c.dials, "the proxy closes connections")
		})
	}
}

// TestPollingAtKeepAlive asks questions just when the proxy closes the connection. A failed one is asked again.
func TestPollingAtKeepAlive(t *testing.T) {
	t.Parallel()
	const orders = 25 // of each proxy
	var clients []*payneteasy.Client
	var gateways []*upstream
	for _, s := range setups(lines{front: "keepalive_timeout 1s;"}, lines{front: "timeout http-keep-alive 1s"}) {
		u := newUpstream(t, nil)
		u.SetStepTime(0) // only a question moves an order
		s.start(t, u)
		gateways = append(gateways, u)
		clients = append(clients, u.client(t, u.transport(t, s.protocol), func(c *payneteasy.Config) {
			c.Wait.MinInterval, c.Wait.MaxInterval = 995*time.Millisecond, 1005*time.Millisecond
		}))
	}
	inParallel(orders*len(clients), orders*len(clients), func(i int) { // all at once, because they take seconds
		client := clients[i%len(clients)]
		result, err := client.Payout(t.Context(), request(t, fmt.Sprintf("payout-%04d", i)))
		if !assert.NoError(t, err) {
			return
		}
		entry, err := client.Wait(t.Context(), result.Entry, nil)
		if assert.NoError(t, err) {
			assert.Equal(t, payneteasy.DecisionPaid, entry.Decision())
			assert.Equal(t, result.OrderID, entry.OrderID())
		}
	})
	for _, u := range gateways {
		require.Len(t, u.Orders(), orders)
	}
}

// inParallel calls do for 0 to n-1, in a number of goroutines.
func inParallel(n, goroutines int, do func(int)) {
	next := make(chan int)
	var group sync.WaitGroup
	for range goroutines {
		group.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}
