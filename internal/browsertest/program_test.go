package browsertest

import (
	"bufio"
	"encoding/pem"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestProgram runs the example as users do, with its own fake gateway and at its own pace.
func TestProgram(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	b.open(runProgram(t, "payoutform"))
	b.fill("recipient", "Jane Doe")
	b.press("Continue")
	b.see("Receive 10.42 USD")
	b.fill("account_number", approved)
	b.press("Receive 10.42 USD")
	b.see("Please wait")
	b.see("Paid")
}

// TestEcommpayProgram does the same with examples/ecommpay.
func TestEcommpayProgram(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	b.open(runProgram(t, "ecommpay"))
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
}

// programs are the examples, each built once.
var programs = struct {
	mu   sync.Mutex
	dir  string
	path map[string]string
}{path: map[string]string{}}

// program builds an example.
func program(t *testing.T, name string) string {
	t.Helper()
	programs.mu.Lock()
	defer programs.mu.Unlock()
	if programs.path[name] == "" {
		if programs.dir == "" {
			dir, err := os.MkdirTemp("", "payneteasy-")
			require.NoError(t, err)
			programs.dir = dir
		}
		path := filepath.Join(programs.dir, name)
		build := exec.Command("go", "build", "-o", path, "github.com/payneteasy-go/payneteasy/examples/"+name)
		output, err := build.CombinedOutput()
		require.NoError(t, err, string(output))
		programs.path[name] = path
	}
	return programs.path[name]
}

// runProgram starts an example with these variables, and returns the URL of its page. It is interrupted when the test
// ends.
func runProgram(t *testing.T, name string, variables ...string) (address string) {
	t.Helper()
	command := exec.Command(program(t, name), "-listen", "127.0.0.1:0")
	command.Env = append(withoutSandbox(os.Environ()), variables...)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, command.Process.Signal(os.Interrupt))
		require.NoError(t, command.Wait(), "it ends in peace")
	})
	lines := bufio.NewScanner(stdout)
	for address == "" && lines.Scan() {
		if name, value, _ := strings.Cut(lines.Text(), " "); name == "open" {
			address = strings.TrimSpace(value)
		}
	}
	require.NotEmpty(t, address, "it has not said where to open it")
	return address
}

// trust is the variable with which a program trusts the certificate of a fake.
func trust(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	resp, err := client.Get(url)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	file := filepath.Join(t.TempDir(), "certificate.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: resp.TLS.PeerCertificates[0].Raw})
	require.NoError(t, os.WriteFile(file, certificate, 0o600))
	return "SSL_CERT_FILE=" + file
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
