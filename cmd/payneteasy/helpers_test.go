package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// result is the outcome of one run of the program.
type result struct {
	status         int
	stdout, stderr string
}

// call runs the program with an environment and a stdin.
func call(t *testing.T, environ []string, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, environ, strings.NewReader(stdin), &stdout, &stderr)
	return result{status, stdout.String(), stderr.String()}
}

// file writes a file for this test.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// vectors reads a file of test vectors of the root module.
func vectors[T any](t *testing.T, name string) (v T) {
	t.Helper()
	data, err := os.ReadFile("../../testdata/" + name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &v))
	return v
}

// golden compares got with a file in testdata. UPDATE_GOLDEN=1 writes the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func onUnix(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has neither a POSIX shell nor permissions of this kind")
	}
}

func clock(seconds int64) func() time.Time {
	return func() time.Time { return time.Unix(seconds, 0) }
}

// environ returns the variables for a fake gateway, as a user's shell has them.
func environ(t *testing.T, gateway *payneteasytest.Gateway) []string {
	t.Helper()
	return []string{
		"PAYNETEASY_BASE_URL=" + gateway.URL(), "PAYNETEASY_LOGIN=" + payneteasytest.Login,
		"PAYNETEASY_PRIVATE_KEY_FILE=" + file(t, string(payneteasytest.MerchantKeyPEM())),
		"PAYNETEASY_CONTROL_KEY=" + payneteasytest.ControlKey, "PAYNETEASY_ENDPOINT_ID=" +
			strconv.Itoa(payneteasytest.EndpointID),
	}
}

// ask runs the program over the transport of a fake gateway.
func ask(t *testing.T, gateway *payneteasytest.Gateway, args ...string) result {
	t.Helper()
	return askIn(t, gateway, "", args...)
}

// askIn is ask with an additional variable.
func askIn(t *testing.T, gateway *payneteasytest.Gateway, variable string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	tool := newTool(append(environ(t, gateway), variable), strings.NewReader(""), &stdout, &stderr)
	tool.ChangeConfig = func(c *payneteasy.Config) { c.HTTPClient = gateway.HTTPClient() }
	status := tool.run(t.Context(), args)
	return result{status, stdout.String(), stderr.String()}
}

// pay makes an order with the SDK, without the program.
func pay(t *testing.T, gateway *payneteasytest.Gateway, account string) *payneteasy.Payout {
	t.Helper()
	client, err := payneteasy.NewClient(gateway.Config())
	require.NoError(t, err)
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	payout, err := client.Payout(t.Context(), &payneteasy.PayoutRequest{
		ClientOrderID: "payout-0001", Amount: amount,
		BankAccount: &payneteasy.BankAccount{Number: account, Name: "Jane Doe"},
	})
	require.NoError(t, err)
	return payout
}

// payouts returns a CSV with the given number of lines. Every tenth payout goes to account 1111111111, so that a test
// can decline it.
func payouts(lines int) string {
	var b strings.Builder
	b.WriteString("client_orderid,amount,currency,account_number,account_name\n")
	for i := range lines {
		account := "1234567890"
		if i%10 == 0 {
			account = "1111111111"
		}
		fmt.Fprintf(&b, "payout-%05d,%d.%02d,%s,%s,\"Doe, Jane\"\n", i, 1+i%50, i%100, []string{"USD", "EUR"}[i%2],
			account)
	}
	return b.String()
}

func keyFile(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "merchant.pem")
	require.NoError(t, os.WriteFile(path, payneteasytest.MerchantKeyPEM(), 0o600))
	return path
}

// decode reads the JSON that a command wrote.
func decode(t *testing.T, r result, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(r.stdout), into), r.stderr)
}

// requireStatus checks that the exit status agrees with a verdict.
func requireStatus(t *testing.T, r result, valid bool) {
	t.Helper()
	want := exit.Rejected
	if valid {
		want = exit.Done
	}
	require.Equal(t, want, r.status)
}

// requireUsage checks that a command failed with one line about its usage.
func requireUsage(t *testing.T, r result, says string) {
	t.Helper()
	require.Equal(t, exit.Usage, r.status, r)
	require.Contains(t, r.stderr, says)
	require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
	require.Empty(t, r.stdout)
}

// control returns the control of a callback for order 12.
func control(t *testing.T, status, clientOrderID string) string {
	t.Helper()
	r := call(t, keyed, "", "control", "callback", "--status", status, "--orderid", "12",
		"--client-orderid", clientOrderID, "-o", "json")
	var got signing.Control
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &got), r.stderr)
	return got.Control
}

var keyed = []string{"PAYNETEASY_CONTROL_KEY=" + payneteasytest.ControlKey}

func get(t *testing.T, address string, form url.Values) int {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(
		must(http.NewRequestWithContext(t.Context(), http.MethodGet, address+"?"+form.Encode(), nil)))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// addressOf reads a listener's messages until it names its address. It discards the later messages.
func addressOf(stderr io.Reader) string {
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if _, address, found := strings.Cut(lines.Text(), "listening on "); found {
			go func() { _, _ = io.Copy(io.Discard, stderr) }()
			return address
		}
	}
	return ""
}

// listener is a run of callback listen in this process.
type listener struct {
	url  string
	end  context.CancelFunc
	done chan result // gets one result
}

func startListener(t *testing.T, environ []string, args ...string) *listener {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	l := &listener{end: end, done: make(chan result, 1)}
	messages, stderr := io.Pipe()
	var stdout bytes.Buffer
	go func() {
		status := run(ctx, append([]string{"callback", "listen", "--listen", "127.0.0.1:0"}, args...), environ,
			strings.NewReader(""), &stdout, stderr)
		_ = stderr.Close()
		l.done <- result{status, stdout.String(), ""}
	}()
	l.url = addressOf(messages)
	require.NotEmpty(t, l.url)
	t.Cleanup(end)
	return l
}

// fast names a variable. It makes the program poll every 1 to 2 milliseconds instead of every 3 to 5 seconds. Its value
// is the timeout of a call, which is also the window.
const fast = "TEST_FAST"

// fastTimeout is enough for a call on this machine.
const fastTimeout = "3s"

// peakFile names a variable. Its value is the file to which the tool writes its peak use of memory.
const peakFile = "TEST_PEAK_FILE"
