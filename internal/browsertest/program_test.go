package browsertest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestTheProgram runs the example as its users do, with the fake gateway that it starts and at its own pace.
func TestTheProgram(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	address, end := runProgram(t, "payoutform")
	b.open(address)
	b.fill("recipient", "Jane Doe")
	b.press("Continue")
	b.see("Receive 10.42 USD")
	b.fill("account_number", approved)
	b.press("Receive 10.42 USD")
	b.see("Please wait")
	b.see("Paid")
	end()
}

// TestTheEcommpayProgram does the same with the other one.
func TestTheEcommpayProgram(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	address, end := runProgram(t, "ecommpay")
	b.open(address)
	b.fill("recipient", "Jane Doe", "email", "jane@mail.example", "phone", "44991234567")
	b.press("Continue")
	b.see("Receive 10.42 EUR")
	b.fill("number", ecommpaytest.CardApproved, "expiry", "12/39", "holder", "JANE DOE")
	b.press("Send me the code")
	b.see("Confirm 10.42 EUR")
	b.fill("code", b.appears("//section[@class='mail']//strong"))
	b.press("Receive 10.42 EUR")
	b.see("Please wait")
	b.see("Payout successful")
	b.press("Continue")
	b.see("Paid")
	end()
}

// runProgram starts an example, and returns where its page is, and what ends it in peace.
func runProgram(t *testing.T, name string) (address string, end func()) {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/payneteasy-go/payneteasy/examples/"+name).CombinedOutput()
	require.NoError(t, err, string(output))
	command := exec.CommandContext(t.Context(), program, "-listen", "127.0.0.1:0")
	command.Env = withoutSandbox(os.Environ())
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(stdout)
	for address == "" && lines.Scan() {
		if name, value, _ := strings.Cut(lines.Text(), " "); name == "open" {
			address = strings.TrimSpace(value)
		}
	}
	require.NotEmpty(t, address, "it has not said where to open it")
	return address, func() {
		t.Helper()
		require.NoError(t, command.Process.Signal(os.Interrupt))
		require.NoError(t, command.Wait(), "it ends in peace")
	}
}

// withoutSandbox is the environment without the variables that name a real sandbox.
func withoutSandbox(environ []string) []string {
	var rest []string
	for _, entry := range environ {
		if !strings.HasPrefix(entry, "PAYNETEASY_") && !strings.HasPrefix(entry, "ECOMMPAY_") {
			rest = append(rest, entry)
		}
	}
	return rest
}
