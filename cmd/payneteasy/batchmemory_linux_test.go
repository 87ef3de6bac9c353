//go:build !race

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestBatchMemory checks that a file of 100,000 lines needs less than 200 MB. It does not run under the race detector,
// which needs more memory itself.
func TestBatchMemory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, peak := filepath.Join(dir, "payouts.csv"), filepath.Join(dir, "peak")
	require.NoError(t, os.WriteFile(file, []byte(payouts(100_000)), 0o600))
	program := exec.CommandContext(t.Context(), "payneteasy", "batch", "run", file, "--dry-run")
	program.Env = append(os.Environ(), peakFile+"="+peak, "PAYNETEASY_STATE_DIR="+t.TempDir(),
		"PAYNETEASY_BASE_URL=http://127.0.0.1:1/paynet",
		"PAYNETEASY_LOGIN="+payneteasytest.Login, "PAYNETEASY_CONTROL_KEY="+payneteasytest.ControlKey,
		"PAYNETEASY_ENDPOINT_ID="+strconv.Itoa(payneteasytest.EndpointID), "PAYNETEASY_PRIVATE_KEY_FILE="+
			keyFile(t, dir))
	out, err := program.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "to pay  100,000  ")
	status, err := os.ReadFile(peak)
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	require.True(t, found)
	used, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	t.Logf("%d MB", used>>10)
	require.Less(t, used, 200<<10)
}
