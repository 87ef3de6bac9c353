//go:build unix

package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

func TestStateDir(t *testing.T) {
	t.Parallel()
	here, config := t.TempDir(), storeConfig(payneteasy.ConnPaySandbox, "TestMerchant", payneteasy.EndpointID(39915))
	for _, test := range []struct {
		environ []string
		dir     string
	}{
		{[]string{"PAYNETEASY_STATE_DIR=" + here, "XDG_STATE_HOME=/x"}, here},
		{[]string{"XDG_STATE_HOME=/x", "HOME=/home/jane"}, "/x/payneteasy"},
		// XDG: ignore a relative path
		{[]string{"XDG_STATE_HOME=x", "HOME=/home/jane"}, "/home/jane/.local/state/payneteasy"},
		{[]string{"HOME=/home/jane"}, "/home/jane/.local/state/payneteasy"},
	} {
		dir, err := stateDir(invocation(test.environ...), config)
		require.NoError(t, err)
		require.Equal(t, test.dir, dir)
	}
	_, err := stateDir(invocation(), config)
	require.ErrorContains(t, err, "neither PAYNETEASY_STATE_DIR nor HOME")
	_, err = stateDir(invocation("HOME=jane"), config)
	require.ErrorContains(t, err, "neither PAYNETEASY_STATE_DIR nor HOME")
	_, err = stateDir(invocation("PAYNETEASY_STATE_DIR=here", "HOME=/home/jane"), config)
	require.ErrorContains(t, err, "PAYNETEASY_STATE_DIR is not an absolute path")
	_, err = stateDir(invocation("PAYNETEASY_STATE_DIR="+filepath.Join(here, "nowhere")), config)
	require.ErrorContains(t, err, "there is no directory")

	// A sandbox's directory is for its own gateway only.
	require.NoError(t, os.WriteFile(filepath.Join(here, SandboxMark), []byte("http://127.0.0.1:8085/paynet\n"), 0o600))
	_, err = dirOf(invocation("PAYNETEASY_STATE_DIR="+here), config)
	require.ErrorContains(t, err,
		"PAYNETEASY_STATE_DIR belongs to a sandbox, which removes it: unset it to pay at "+
			"https://sandbox.connpay.com/paynet")
	config.BaseURL = "http://127.0.0.1:8085/paynet"
	_, err = dirOf(invocation("PAYNETEASY_STATE_DIR="+here), config)
	require.NoError(t, err)
}

// TestStateDirFaults checks that each fault names the variable and the cause, and that no directory is made.
func TestStateDirFaults(t *testing.T) {
	t.Parallel()
	dir, taken := t.TempDir(), filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(taken, nil, 0o600))
	for value, says := range map[string]string{
		taken:                     "PAYNETEASY_STATE_DIR: " + taken + " is not a directory",
		filepath.Join(taken, "a"): "PAYNETEASY_STATE_DIR: " + taken + "/a: not a directory",
		filepath.Join(dir, "a"): "PAYNETEASY_STATE_DIR: there is no directory " + filepath.Join(dir, "a") +
			": make it",
		`"` + dir + `"`: "PAYNETEASY_STATE_DIR begins with U+0022 (quotation mark) and ends with " +
			"U+0022 (quotation mark): remove the quotes around it",
		dir + "\u200b":                "PAYNETEASY_STATE_DIR has U+200B (zero width space) at character ",
		strings.TrimLeft(dir, "/"):    "PAYNETEASY_STATE_DIR is not an absolute path",
		filepath.Join(dir, "a") + " ": "PAYNETEASY_STATE_DIR ends with U+0020 (space): copy it again without it",
	} {
		_, err := Open(invocation("PAYNETEASY_STATE_DIR="+value),
			storeConfig(payneteasy.ConnPaySandbox, "L", payneteasy.EndpointID(1)))
		require.ErrorContains(t, err, "configuration: "+says)
	}
	made, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, made)
	// The tool's own directory is in the home directory.
	_, err = Open(invocation("XDG_STATE_HOME="+taken),
		storeConfig(payneteasy.ConnPaySandbox, "L", payneteasy.EndpointID(1)))
	require.ErrorContains(t, err, "the state directory: ")
	require.ErrorContains(t, err, taken)
	require.ErrorContains(t, err, "not a directory")
}
