package browsertest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheProgram runs the example as its users do, with the fake gateway that it starts and at its own pace.
func TestTheProgram(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	program := filepath.Join(t.TempDir(), "payoutform")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/payneteasy-go/payneteasy/examples/payoutform").CombinedOutput()
	require.NoError(t, err, string(output))
	command := exec.CommandContext(t.Context(), program, "-listen", "127.0.0.1:0")
	command.Env = withoutSandbox(os.Environ())
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(stdout)
	var address string
	for address == "" && lines.Scan() {
		if name, value, _ := strings.Cut(lines.Text(), " "); name == "open" {
			address = strings.TrimSpace(value)
		}
	}
	require.NotEmpty(t, address, "it has not said where to open it")

	b.open(address)
	b.fill("recipient", "Jane Doe")
	b.press("Continue")
	b.see("Receive 10.42 USD")
	b.fill("account_number", approved)
	b.press("Receive 10.42 USD")
	b.see("Please wait")
	b.see("Paid")
	require.NoError(t, command.Process.Signal(os.Interrupt))
	require.NoError(t, command.Wait(), "it ends in peace")
}

// withoutSandbox is the environment without the variables that name a real sandbox.
func withoutSandbox(environ []string) []string {
	var rest []string
	for _, entry := range environ {
		if !strings.HasPrefix(entry, "PAYNETEASY_") {
			rest = append(rest, entry)
		}
	}
	return rest
}
