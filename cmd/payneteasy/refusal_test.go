package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// window is the default of Config.ResolveWindow, with Config.Timeout unset too.
const window = 2 * time.Minute

// TestRefusedLine checks that a refused line does not delay the other lines. The tool asks about it after the window,
// and only then is it rejected. If the gateway has an order anyway, the line gets the decision of this order.
func TestRefusedLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault payneteasytest.Fault
		args  []string
		exit  int
		line  string
		took  time.Duration // the least time of the run
		says  string
	}{
		"no order": {
			payneteasytest.AccessDenied(), nil, exit.Rejected, "\nrejected   1  ", window,
			"1 line refused: until ",
		},
		"an order anyway": {
			payneteasytest.AccessDenied().AfterAcceptance(), nil, exit.Done, "\npaid  20  ",
			window, "1 line refused: ",
		},
		"not waited for": {
			payneteasytest.AccessDenied(),
			[]string{"--no-wait"},
			exit.Unknown, "\nrefused   1  ", 0,
			"1 line refused: run it again after ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gateway := payneteasytest.NewPipeGateway(t)
				gateway.SetAccount("1111111111", payneteasytest.Approved())
				gateway.FailPayout("payout-00003", test.fault)
				run := batchOf(t, gateway, 20, asItIs)
				sent := make(chan time.Duration, 1)
				began := time.Now()
				go func() {
					for len(gateway.Orders()) < 19 {
						<-gateway.Changed()
					}
					sent <- time.Since(began)
				}()
				r := run(t.Context(), append(test.args, "--concurrency", "1")...)
				require.Equal(t, test.exit, r.status, r)
				took := time.Since(began)
				require.Contains(t, r.stdout, test.line)
				require.Contains(t, r.stderr, test.says)
				require.Less(t, <-sent, window/4, "nineteen lines were sent beside it")
				require.GreaterOrEqual(t, took, test.took)
				if test.took == 0 {
					require.Less(t, took, window)
				}
				require.Less(t, len(gateway.Orders("payout-00003")), 2)
			})
		})
	}
}

// TestRefusedLineLater checks the runs after a run that did not wait. A run within the window does not ask, and the
// line stays refused. A run after the window decides the line.
func TestRefusedLineLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.FailPayout("payout-00001", payneteasytest.AccessDenied())
		gateway.SetAccount("1111111111", payneteasytest.Approved())
		run := batchOf(t, gateway, 2, asItIs)
		require.Equal(t, exit.Unknown, run(t.Context(), "--no-wait").status)
		calls := gateway.StatusCalls()
		r := run(t.Context(), "--no-wait")
		require.Equal(t, exit.Unknown, r.status, r)
		require.Equal(t, calls, gateway.StatusCalls())
		require.Empty(t, gateway.Orders("payout-00001"))
		<-time.After(window)
		r = run(t.Context(), "--no-wait")
		require.Equal(t, exit.Rejected, r.status, r)
		require.Contains(t, r.stdout, "rejected  1  ")
		require.Equal(t, exit.Done, run(t.Context()).status, "its id is free, and it is sent")
		require.Len(t, gateway.Orders("payout-00001"), 1)
	})
}

// posts counts the payouts that are sent.
type posts struct {
	http.RoundTripper
	payouts atomic.Int64
}

func (p *posts) counted(transport http.RoundTripper) http.RoundTripper {
	p.RoundTripper = transport
	return p
}

func (p *posts) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Path, "/v4/payout/") {
		p.payouts.Add(1)
	}
	return p.RoundTripper.RoundTrip(req)
}

// TestWrongKey checks that --max-failures stops a file at once, long before the refused lines are known to be rejected.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		for i := range 500 {
			gateway.FailPayout(fmt.Sprintf("payout-%05d", i), payneteasytest.AccessDenied())
		}
		posted := new(posts)
		run := batchOf(t, gateway, 500, posted.counted)
		began := time.Now()
		r := run(t.Context(), "--concurrency", "1", "--no-wait")
		require.Equal(t, exit.Unknown, r.status, r)
		require.EqualValues(t, 20, posted.payouts.Load())
		require.Less(t, time.Since(began), window)
		require.Contains(t, r.stderr, "stopped after 20 lines that are refused or not paid (--max-failures)")
		require.Contains(t, r.stdout, "refused    20  ")
		require.Contains(t, r.stdout, "not sent  480  ")
		require.Empty(t, gateway.Orders())

		r = run(t.Context(), "--max-failures", "1", "--concurrency", "1")
		require.EqualValues(t, 21, posted.payouts.Load(), "what was refused in an earlier run does not count")
		require.Equal(t, exit.NotSent, r.status, r)
		require.Contains(t, r.stdout, "rejected   21  ")
	})
}

// TestNoWait checks that --no-wait waits for an unknown line, but not for a refused one. If the window of a refused
// line has passed by then, the run asks about it.
func TestNoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.FailPayout("payout-00000", payneteasytest.AccessDenied())
		gateway.FailPayout("payout-00001", payneteasytest.ResetAfterBody())
		run := batchOf(t, gateway, 2, asItIs)
		began := time.Now()
		r := run(t.Context(), "--concurrency", "1", "--no-wait")
		require.Equal(t, exit.Unknown, r.status, r)
		require.Equal(t, window, time.Since(began).Truncate(time.Second))
		require.Contains(t, r.stdout, "rejected  1  ")
		require.Contains(t, r.stdout, "review    1  ")
		require.NotContains(t, r.stderr, "run it again after")
		require.Contains(t, r.stderr, "  asked until ")
	})
}

// TestRefusedPayout checks that payout waits for the window of a refused payout, unless --no-wait is given.
func TestRefusedPayout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.FailPayout("payout-0001", payneteasytest.AccessDenied(), payneteasytest.AccessDenied())
		state := "PAYNETEASY_STATE_DIR=" + t.TempDir()
		run := func(args ...string) (result, time.Duration) {
			began := time.Now()
			r := askIn(t, gateway, state, args...)
			return r, time.Since(began)
		}
		paying := []string{
			"payout", "payout-0001", "--amount", "10.42", "--currency", "USD",
			"--account-number", "1234567890",
		}
		r, took := run(append(paying, "--no-wait")...)
		require.Equal(t, exit.Unknown, r.status, r)
		require.Zero(t, took)
		require.Contains(t, r.stderr, "find the outcome with payneteasy resolve payout-0001")
		for _, again := range [][]string{paying, {"status", "payout-0001"}} {
			r, _ = run(again...)
			require.Equal(t, exit.Unknown, r.status, r)
			require.Contains(t, r.stdout, "decision        refused\n")
		}
		r, took = run("resolve", "payout-0001")
		require.Equal(t, exit.Rejected, r.status, r)
		require.Equal(t, window, took.Round(time.Second))
		r, took = run(paying...) // its ID is free, so it is sent, and refused again
		require.Equal(t, exit.Rejected, r.status, r)
		require.Equal(t, window, took.Round(time.Second))
		require.Contains(t, r.stdout, "decision        rejected\n")
		r, _ = run(paying...)
		require.Equal(t, exit.Done, r.status, r)
		require.Len(t, gateway.Orders("payout-0001"), 1)
	})
}

// TestRefusedStatus checks that the ID is free for the next payout when status shows rejected.
func TestRefusedStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.FailPayout("payout-0001", payneteasytest.AccessDenied())
		state := "PAYNETEASY_STATE_DIR=" + t.TempDir()
		paying := []string{
			"payout", "payout-0001", "--amount", "10.42", "--currency", "USD",
			"--account-number", "1234567890",
		}
		r := askIn(t, gateway, state, append(paying, "--no-wait")...)
		require.Equal(t, exit.Unknown, r.status, r)
		<-time.After(window)
		r = askIn(t, gateway, state, "status", "payout-0001")
		require.Equal(t, exit.Rejected, r.status, r)
		require.Contains(t, r.stdout, "decision        rejected\n")
		r = askIn(t, gateway, state, paying...)
		require.Equal(t, exit.Done, r.status, r)
	})
}

// TestUnknownWait checks that a wait without any proof of an order ends with unknown.
func TestUnknownWait(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"by amount":   {"--amount", "10.42", "--currency", "USD"},
		"by order id": {"--orderid", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gateway := payneteasytest.NewPipeGateway(t)
				r := ask(t, gateway,
					append([]string{"wait", "payout-0001", "--max-wait", "30s", "-o", "json"}, args...)...)
				require.Equal(t, exit.Unknown, r.status, r)
				require.Contains(t, r.stdout, `"decision": "unknown"`)
				for _, command := range []string{"status", "resolve"} {
					r = askIn(t, gateway, "PAYNETEASY_STATE_DIR="+t.TempDir(),
						append([]string{command, "payout-0001"}, args...)...)
					require.Equal(t, exit.Unknown, r.status, r)
					require.False(t, strings.Contains(r.stdout, "pending"), r)
				}
			})
		})
	}
}
