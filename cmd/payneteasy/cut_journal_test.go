package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestCutJournal checks that the tool reports a journal whose end was damaged by a power cut, with the IDs in the
// damaged part. Payouts go on.
func TestCutJournal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway, dir := payneteasytest.NewPipeGateway(t), t.TempDir()
		pay := func(id string) result {
			return askIn(t, gateway, "PAYNETEASY_STATE_DIR="+dir,
				"payout", id, "--amount", "10.42", "--currency", "USD", "--account-number", "1234567890", "--yes",
				"--no-wait")
		}
		r := pay("payout-0001")
		require.Equal(t, exit.Pending, r.status, r)
		require.NotContains(t, r.stderr, "cut off")
		found, err := filepath.Glob(filepath.Join(dir, "*", "payouts.journal"))
		require.NoError(t, err)
		require.Len(t, found, 1)
		content, err := os.ReadFile(found[0])
		require.NoError(t, err)
		torn := `>{"version":1,"client_orderid":"payout-\u001b7","revi`
		require.NoError(t, os.WriteFile(found[0], append(content, torn...), 0o600))
		r = askIn(t, gateway, "PAYNETEASY_STATE_DIR="+dir, "batch", "review")
		require.Contains(t, r.stderr, fmt.Sprintf("%s: the last %d bytes cannot be read: ", found[0], len(torn)))
		require.Contains(t, r.stderr, `They are about ["payout-\x1b7"]`)
		r = pay("payout-0002")
		require.Equal(t, exit.Pending, r.status, r)
		require.Contains(t, r.stderr, fmt.Sprintf("%s: the last %d bytes were damaged by a crash and were cut off: "+
			"they are kept in %s.cut.", found[0], len(torn), found[0]))
		require.Contains(t, r.stderr, `ask the gateway manager about these before you pay them: ["payout-\x1b7"]`)
		require.NotContains(t, pay("payout-0003").stderr, "cut off")
	})
}
