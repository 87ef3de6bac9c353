package main

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestSettled checks that all commands show the same decision for a settled order. A later reversal of a payout that
// was settled as paid is a reversal. A later status that contradicts the settlement makes it a review again.
func TestSettled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settle   []string
		later    func(*payneteasytest.Gateway)
		decision payneteasy.Decision
		shows    []string
	}{
		"paid": {
			[]string{"--as", "paid"},
			nil, payneteasy.DecisionPaid,
			[]string{"paid            10.42 USD\n"},
		},
		"another amount paid": {
			[]string{"--as", "paid", "--paid", "9.41"},
			nil, payneteasy.DecisionPaid,
			[]string{"paid            9.41 USD\n"},
		},
		"not paid": {
			[]string{"--as", "not-paid"},
			nil, payneteasy.DecisionNotPaid,
			[]string{"under a new client_orderid"},
		},
		"reversed in part": {
			[]string{"--as", "reversed", "--taken-back", "3.01"},
			nil,
			payneteasy.DecisionReversed,
			[]string{"taken back      3.01 USD\n"},
		},
		"reversed, amount not known": {
			[]string{"--as", "reversed"},
			nil, payneteasy.DecisionReversed,
			[]string{"taken back      unknown amount\n"},
		},
		"paid, then reversed": {
			[]string{"--as", "paid"},
			func(g *payneteasytest.Gateway) { g.TakeBack("payout-0001", "reversal") },
			payneteasy.DecisionReversed,
			[]string{"taken back      10.42 USD\n"},
		},
		"not paid, then reversed": {
			[]string{"--as", "not-paid"},
			func(g *payneteasytest.Gateway) { g.TakeBack("payout-0001", "reversal") },
			payneteasy.DecisionReview,
			[]string{"cause           changed\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { checkSettled(t, test.settle, test.later, test.decision, test.shows) })
		})
	}
}

func checkSettled(
	t *testing.T, settle []string, later func(*payneteasytest.Gateway), decision payneteasy.Decision, shows []string,
) {
	t.Helper()
	gateway := payneteasytest.NewPipeGateway(t)
	pay(t, gateway, "1234567890") // not in the tool's journal
	gateway.Finish("payout-0001")
	state := "PAYNETEASY_STATE_DIR=" + t.TempDir()
	path := filepath.Join(t.TempDir(), "payouts.csv")
	require.NoError(t, os.WriteFile(path,
		[]byte("client_orderid,amount,currency,account_number\npayout-0001,10.42,USD,1234567890\n"), 0o600))
	require.Equal(t, exit.Unknown, askIn(t, gateway, state, "batch", "run", path, "--yes").status)
	r := askIn(t, gateway, state,
		append([]string{"settle", "payout-0001", "--reason", "the bank statement"}, settle...)...)
	require.Equal(t, exit.Done, r.status, r)
	if later != nil {
		later(gateway)
		askIn(t, gateway, state, "resolve", "payout-0001")
	}
	for _, command := range [][]string{
		{"status", "payout-0001"},
		{"wait", "payout-0001"},
		{"resolve", "payout-0001"},
		{"payout", "payout-0001", "--amount", "10.42", "--currency", "USD", "--account-number", "1234567890"},
		{"batch", "status", path},
		{"batch", "run", path, "--yes"},
	} {
		r := askIn(t, gateway, state, command...)
		require.Equal(t, exit.Of(decision), r.status, "%v: %v", command, r)
		require.Contains(t, r.stdout, string(decision), command)
		if command[0] != "batch" {
			for _, shown := range shows {
				require.Contains(t, r.stdout, shown, command)
			}
		}
	}
	require.Len(t, gateway.Orders(), 1)
}
