//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

const payoutHeader = "client_orderid,amount,currency,account_number,account_name\n"

// TestInterruptedReading checks that a signal ends a command that waits for the writer of a pipe.
func TestInterruptedReading(t *testing.T) {
	t.Parallel()
	const row = "p-1,10.42,USD,1234567890,Jane\n"
	for _, test := range []struct {
		name   string
		args   []string
		pipe   string // the test writes to this pipe until the program reads, and then stops; empty for stdin
		ends   bool   // the test writes the whole file and closes it; the pipe of the key has no writer
		signal os.Signal
		status int
	}{
		{"a file", []string{"batch", "run", "pipe.csv", "--yes"}, "pipe.csv", false, syscall.SIGTERM, exit.NotSent},
		{
			"a file, by Ctrl-C",
			[]string{"batch", "run", "pipe.csv", "--yes"},
			"pipe.csv", false, os.Interrupt, exit.NotSent,
		},
		{
			"stdin",
			[]string{"batch", "run", "-", "--results", "r.csv", "--yes"},
			"", false, syscall.SIGTERM, exit.NotSent,
		},
		{
			"a key",
			[]string{"batch", "run", "pipe.csv", "--key", "key.pem", "--yes"},
			"pipe.csv", true, syscall.SIGTERM, exit.NotSent,
		},
		{
			"a key, by Ctrl-C",
			[]string{"batch", "run", "pipe.csv", "--key", "key.pem"},
			"pipe.csv", true, os.Interrupt, exit.NotSent,
		},
		{
			"the control key",
			[]string{"batch", "run", "pipe.csv", "--control-key-file", "key.pem"},
			"pipe.csv", true, syscall.SIGTERM, exit.NotSent,
		},
		{
			"the status of a file",
			[]string{"batch", "status", "pipe.csv", "--key", "key.pem"},
			"pipe.csv", true, syscall.SIGTERM, exit.Unknown,
		},
		{"a body", []string{"payout", "p-1", "--data", "@pipe.csv"}, "pipe.csv", false, syscall.SIGTERM, exit.NotSent},
		{"a request", []string{"verify", "pipe.csv"}, "pipe.csv", false, syscall.SIGTERM, exit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.csv"), 0o600))
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "key.pem"), 0o600))
			program := exec.CommandContext(t.Context(), "payneteasy", test.args...)
			program.Dir = dir
			program.Env = append(os.Environ(), "PAYNETEASY_STATE_DIR="+dir,
				"PAYNETEASY_BASE_URL=http://127.0.0.1:1/paynet",
				"PAYNETEASY_LOGIN="+payneteasytest.Login, "PAYNETEASY_CONTROL_KEY="+payneteasytest.ControlKey,
				"PAYNETEASY_ENDPOINT_ID=1", "PAYNETEASY_PRIVATE_KEY_FILE="+keyFile(t, dir))
			var out bytes.Buffer
			program.Stdout, program.Stderr = &out, &out
			stdin, err := program.StdinPipe()
			require.NoError(t, err)
			require.NoError(t, program.Start())
			pipe := stdin
			content := payoutHeader + strings.Repeat(row, 10_000) // more than a pipe holds
			if test.pipe != "" {
				pipe, err = os.OpenFile(filepath.Join(dir, test.pipe), os.O_WRONLY, 0)
				require.NoError(t, err)
				content = payoutHeader + row
			}
			_, err = io.WriteString(pipe, content)
			require.NoError(t, err)
			if test.ends {
				require.NoError(t, pipe.Close())
			} else {
				defer pipe.Close() //nolint:errcheck // the program has ended
			}
			require.NoError(t, program.Process.Signal(test.signal))
			ended, ok := errors.AsType[*exec.ExitError](program.Wait())
			require.True(t, ok, out.String())
			require.Equal(t, test.status, ended.ExitCode(), out.String())
			require.Contains(t, out.String(), "interrupted before it was read")
		})
	}
}

// TestPipesInStateDirectory checks that the tool refuses a pipe in place of one of its own files, and sends nothing.
func TestPipesInStateDirectory(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"payouts.journal", "destinations", "fingerprint.key", "notes"} {
		for _, args := range [][]string{{"batch", "run", "--yes"}, {"batch", "run", "--dry-run"}, {"batch", "status"}} {
			gateway := payneteasytest.NewGateway(t)
			dir := t.TempDir()
			environ := []string{
				"PAYNETEASY_STATE_DIR=" + dir, "PAYNETEASY_BASE_URL=" + gateway.Config().BaseURL, "PAYNETEASY_LOGIN=" +
					payneteasytest.Login,
				"PAYNETEASY_CONTROL_KEY=" + payneteasytest.ControlKey, "PAYNETEASY_ENDPOINT_ID=1",
				"PAYNETEASY_PRIVATE_KEY_FILE=" + keyFile(t, t.TempDir()),
			}
			payouts := file(t, payoutHeader+"p-1,10.42,USD,1234567890,Jane\n")
			require.NotEqual(t, exit.Usage, call(t, environ, "", "batch", "run", payouts, "--yes", "--no-check").status)
			stores, err := filepath.Glob(filepath.Join(dir, "*"))
			require.NoError(t, err)
			require.Len(t, stores, 1)
			path := filepath.Join(stores[0], name)
			require.NoError(t, os.Remove(path))
			require.NoError(t, syscall.Mkfifo(path, 0o600))
			r := call(t, environ, "", append(args, payouts)...)
			require.NotZero(t, r.status)
			require.Regexp(t, name+".* is (not a regular file|a pipe)|journal .*: it is a pipe", r.stderr)
			require.Empty(t, gateway.Orders())
		}
	}
}
