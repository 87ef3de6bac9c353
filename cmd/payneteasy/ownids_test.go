package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestOwnIDsShowWhole in a gateway's message, in text, JSON and the results CSV; what else it says is masked.
func TestOwnIDsShowWhole(t *testing.T) {
	t.Parallel()
	for i, id := range []string{"salary-2026-11-0001", "5555555555554444", "2026113000000001", "ORD 2026-11-30 0001", "p.*(20261130)+[7]$"} {
		gateway := payneteasytest.NewGateway(t)
		gateway.SetAccount("111", payneteasytest.Declined("Order "+id+" to 12345678901234567890 is refused", "2"))
		dir := t.TempDir()
		path := filepath.Join(dir, "payouts.csv")
		require.NoError(t, os.WriteFile(path, []byte("client_orderid,amount,currency,account_number\n\""+id+"\",10.42,USD,111\n"), 0o600))
		run := func(args ...string) string {
			var stdout, stderr bytes.Buffer
			tool := newTool(append(environ(t, gateway), "PAYNETEASY_STATE_DIR="+dir), strings.NewReader(""), &stdout, &stderr)
			tool.config = func(c *payneteasy.Config) { c.HTTPClient, c.Wait = gateway.HTTPClient(), gateway.Config().Wait }
			require.Equal(t, exitRejected, tool.run(t.Context(), args), "%d: %s%s", i, &stdout, &stderr)
			return stdout.String()
		}
		want := "Order " + id + " to [redacted] is refused"
		run("batch", "run", path, "--yes")
		content, err := os.ReadFile(filepath.Join(dir, "payouts.results.csv"))
		require.NoError(t, err)
		rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		require.NoError(t, err)
		require.Equal(t, []string{id, gateway.Orders()[0].OrderID, "not paid", "declined", "2", want}, rows[1])
		for _, form := range []string{"text", "json"} {
			require.Contains(t, run("status", id, "--orderid", gateway.Orders()[0].OrderID, "--output", form), want)
		}
	}
}
