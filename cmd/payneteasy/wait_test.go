package main

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

func TestWait(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		script payneteasytest.Script
		status int
		says   []string
	}{
		{
			"approved", payneteasytest.Approved(), exit.Done,
			[]string{"    0.0s  processing", "s  approved ", "decision        paid"},
		},
		{
			"declined", payneteasytest.Declined("No\x1b[2J money", "2"), exit.Rejected,
			[]string{"s  declined ", "(code 2)"},
		},
		{"stuck", payneteasytest.Stuck(), exit.Pending, []string{"no final status yet after 10m", "which is pending"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gateway := payneteasytest.NewPipeGateway(t)
				gateway.SetAccount("1234567890", test.script)
				order := pay(t, gateway, "1234567890")
				r := ask(t, gateway, "wait", "payout-0001", "--orderid", order.OrderID, "--max-wait", "10m")
				require.Equal(t, test.status, r.status, r)
				for _, says := range test.says {
					require.Contains(t, r.stdout+r.stderr, says)
				}
				require.NotContains(t, r.stdout+r.stderr, "\x1b")
			})
		})
	}
}

// TestWaitJSON checks that stdout is one JSON value, also after --max-wait.
func TestWaitJSON(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.SetAccount("1234567890", payneteasytest.Stuck())
		order := pay(t, gateway, "1234567890")
		r := ask(t, gateway, "wait", "payout-0001", "--orderid", order.OrderID, "--max-wait", "10s", "-o", "json")
		require.Equal(t, exit.Pending, r.status, r)
		var got orderOutput
		require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
		require.Equal(t, payneteasy.DecisionPending, got.Decision)
		require.Contains(t, r.stderr, "processing")
	})
}

// TestWaitFailures checks that each failure is shown once on stderr, and that the wait continues.
func TestWaitFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		order := pay(t, gateway, "1234567890")
		for _, code := range []int{502, 503} { // a poll asks three times, so two polls fail
			page := payneteasytest.Page(code, "Bad Gateway")
			gateway.FailNext(page, page, page)
		}
		r := ask(t, gateway, "wait", "payout-0001", "--orderid", order.OrderID)
		require.Zero(t, r.status, r)
		require.Equal(t, 2, strings.Count(r.stderr, "no answer yet: "), r.stderr)
		require.Contains(t, r.stderr, "HTTP 502")
		require.Contains(t, r.stderr, "HTTP 503")
		require.NotContains(t, r.stdout, "no answer")
	})
}
