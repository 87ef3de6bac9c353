package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// sandboxRun is a sandbox command in progress.
type sandboxRun struct {
	t      *testing.T
	lines  *bufio.Reader
	stderr bytes.Buffer
	cancel context.CancelFunc
	status chan int
}

func runSandbox(t *testing.T, args ...string) *sandboxRun {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	environ := []string{"XDG_CACHE_HOME=" + t.TempDir()}
	s := &sandboxRun{t: t, lines: bufio.NewReader(r), cancel: cancel, status: make(chan int, 1)}
	go func() {
		status := run(ctx, append([]string{"sandbox", "--step-time", "0"}, args...), environ, strings.NewReader(""), w,
			&s.stderr)
		_ = w.Close()
		s.status <- status
	}()
	t.Cleanup(cancel)
	return s
}

func (s *sandboxRun) line() string {
	s.t.Helper()
	text, err := s.lines.ReadString('\n')
	require.NoError(s.t, err, s.stderr.String())
	return strings.TrimSuffix(text, "\n")
}

// end interrupts the command, as Ctrl-C does.
func (s *sandboxRun) end() {
	s.t.Helper()
	s.cancel()
	_, err := io.Copy(io.Discard, s.lines)
	require.NoError(s.t, err)
	require.Zero(s.t, <-s.status, s.stderr.String())
}

func merchantOf(t *testing.T, r ready) *payneteasy.Client {
	t.Helper()
	pem, err := os.ReadFile(r.PrivateKeyFile)
	require.NoError(t, err)
	require.Equal(t, payneteasytest.MerchantKeyPEM(), pem)
	key, err := payneteasy.ParsePrivateKey(pem)
	require.NoError(t, err)
	client, err := payneteasy.NewClient(payneteasy.Config{
		BaseURL: r.BaseURL, Endpoint: payneteasy.EndpointID(int64(r.EndpointID)), Login: r.Login, PrivateKey: key,
		ControlKey: payneteasy.NewSecret(r.ControlKey),
	})
	require.NoError(t, err)
	return client
}

func payoutOf(t *testing.T, id string) *payneteasy.PayoutRequest {
	t.Helper()
	req, faults := payoutinput.NewRequest(
		map[string]string{"client_orderid": id, "amount": "10.42", "currency": "USD", "account_number": "1234567890"})
	require.Empty(t, faults)
	return req
}

// TestSandboxJSON checks that the first line is a configuration that works, and that each call has a line.
func TestSandboxJSON(t *testing.T) {
	t.Parallel()
	s := runSandbox(t, "--listen", "127.0.0.1:0", "--output", "json")
	var config ready
	require.NoError(t, json.Unmarshal([]byte(s.line()), &config))
	require.Regexp(t, `^http://127\.0\.0\.1:[0-9]+/$`, config.PageURL)
	paid := make(chan error, 1)
	client := merchantOf(t, config)
	go func() {
		_, err := client.Payout(t.Context(), payoutOf(t, "payout-0001"))
		paid <- err
	}()
	var call map[string]any
	text := s.line()
	require.NoError(t, json.Unmarshal([]byte(text), &call))
	require.NoError(t, <-paid)
	require.Equal(t, "payout-0001", call["client_orderid"])
	require.Equal(t, "POST", call["method"])
	require.EqualValues(t, http.StatusOK, call["http_status"])
	require.NotContains(t, text, "1234567890")
	s.end()
	require.Empty(t, s.stderr.String())
	_, err := client.Payout(t.Context(), payoutOf(t, "payout-0002"))
	require.ErrorIs(t, err, payneteasy.ErrNotSent, "the sandbox has ended")
}

// TestSandboxText checks that the printed configuration can be copied, and that each call has a line. No text of a call
// can move the cursor.
func TestSandboxText(t *testing.T) {
	t.Parallel()
	s := runSandbox(t, "--listen", "127.0.0.1:0")
	var printed []string
	for len(printed) == 0 || printed[len(printed)-1] != "Calls:" {
		printed = append(printed, s.line())
	}
	text := strings.Join(printed, "\n")
	var config ready
	for _, row := range printed {
		if name, value, isExport := strings.Cut(strings.TrimPrefix(row, "export "), "="); isExport {
			value = strings.Trim(value, "'")
			switch name {
			case profile.EnvBaseURL:
				config.BaseURL = value
			case profile.EnvKeyFile:
				config.PrivateKeyFile = value
			}
		}
	}
	for _, name := range []string{
		profile.EnvBaseURL, profile.EnvLogin, profile.EnvKeyFile, profile.EnvControlKey,
		profile.EnvEndpointID,
	} {
		require.Contains(t, text, "export "+name+"=")
	}
	require.Contains(t, text, "\npayneteasy payout payout-0001 ")
	require.NotContains(t, text, "PRIVATE KEY-----")
	config.Login, config.ControlKey, config.EndpointID = payneteasytest.Login, payneteasytest.ControlKey, 1
	client := merchantOf(t, config)
	paid := make(chan error, 1)
	go func() {
		_, err := client.Payout(t.Context(), payoutOf(t, "payout-0001"))
		paid <- err
	}()
	require.Regexp(t, `^[0-9:.]+  200  POST /paynet/api/v4/payout/1  payout-0001  `, s.line())
	require.NoError(t, <-paid)
	go func() {
		_, err := new(http.Client).PostForm(config.BaseURL+"/api/v4/payout/1",
			url.Values{"client_orderid": {"a\x1b[2J"}})
		paid <- err
	}()
	row := s.line()
	require.NoError(t, <-paid)
	require.Regexp(t, `^[0-9:.]+  403  "POST /paynet/api/v4/payout/1  a\\x1b\[2J"  `, row)
	s.end()
}

// TestSandboxUsage checks that a usage error is one line on stderr, and that no sandbox starts.
func TestSandboxUsage(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() }) // after the parallel subtests
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"a port in use": {[]string{"--listen", taken.Addr().String()}, "the port of " +
			taken.Addr().String() + " is in use"},
		"no port":                  {[]string{"--listen", "127.0.0.1"}, "cannot listen on 127.0.0.1: "},
		"an address in words":      {[]string{"--listen", "nowhere.invalid:1"}, "cannot listen on nowhere.invalid:1: "},
		"time that runs backwards": {[]string{"--step-time", "-1s"}, "--step-time must not be negative"},
		"an argument":              {[]string{"4444444444444448"}, "sandbox takes no arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(t, nil, "", append([]string{"sandbox"}, test.args...)...)
			require.Equal(t, exit.Usage, r.status, r)
			require.Contains(t, r.stderr, test.says)
			require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
			require.Empty(t, r.stdout)
		})
	}
}

// TestSandboxWarnings checks the warning when other machines can reach the sandbox.
func TestSandboxWarnings(t *testing.T) {
	t.Parallel()
	s := runSandbox(t, "--listen", "0.0.0.0:0", "--output", "json")
	var config ready
	require.NoError(t, json.Unmarshal([]byte(s.line()), &config))
	require.Regexp(t, `^http://127\.0\.0\.1:[0-9]+/paynet$`, config.BaseURL)
	s.end()
	require.Contains(t, s.stderr.String(), "other machines can reach this sandbox")
}

func TestSandboxHosts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		address, listened string
		hosts             []string
	}{
		{"127.0.0.1:8085", "127.0.0.1:8085", []string{"127.0.0.1:8085", "localhost:8085", "[::1]:8085"}},
		{"127.0.0.1:9", "localhost:0", []string{"127.0.0.1:9", "localhost:9", "[::1]:9"}},
		{"[::1]:8085", "[::1]:8085", []string{"[::1]:8085", "127.0.0.1:8085", "localhost:8085"}},
		{
			"127.0.0.2:80", "127.0.0.2:80",
			[]string{
				"127.0.0.2:80", "127.0.0.2", "127.0.0.1:80", "127.0.0.1", "localhost:80", "localhost", "[::1]:80",
				"[::1]",
			},
		},
		{"192.0.2.1:1", "here.example:1", []string{"192.0.2.1:1", "here.example:1"}},
	} {
		hosts, err := hostsOf(netip.MustParseAddrPort(test.address), test.listened)
		require.NoError(t, err)
		require.Equal(t, test.hosts, hosts)
	}
}

// TestSandboxKey checks that no other user can read or change the test key.
func TestSandboxKey(t *testing.T) {
	t.Parallel()
	onUnix(t)
	path, err := writeTestKey(t.TempDir())
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "key-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestSandboxEnd checks that the sandbox ends while a page is connected.
func TestSandboxEnd(t *testing.T) {
	t.Parallel()
	s := runSandbox(t, "--listen", "127.0.0.1:0", "--output", "json")
	var config ready
	require.NoError(t, json.Unmarshal([]byte(s.line()), &config))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, config.PageURL+"events", nil)
	require.NoError(t, err)
	resp, err := new(http.Client).Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := bufio.NewReader(resp.Body).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "data: changed\n", text)
	s.end()
}

// TestSandboxOwnKey checks that with --public-key the sandbox accepts only the key pair of keygen. The sandbox does not
// need the private key.
func TestSandboxOwnKey(t *testing.T) {
	t.Parallel()
	private := filepath.Join(t.TempDir(), "own.pem")
	made := call(t, nil, "", "keygen", private)
	require.Zero(t, made.status, made.stderr)
	s := runSandbox(t, "--listen", "127.0.0.1:0", "-o", "json", "--public-key", file(t, made.stdout))
	var config ready
	require.NoError(t, json.Unmarshal([]byte(s.line()), &config))
	require.Empty(t, config.PrivateKeyFile)
	require.Contains(t, config.environ(),
		"# export PAYNETEASY_PRIVATE_KEY_FILE=FILE   your own private key, which belongs to --public-key")
	go func() { _, _ = io.Copy(io.Discard, s.lines) }()
	pay := func(id, pem string) error {
		key, err := payneteasy.ParsePrivateKey([]byte(pem))
		require.NoError(t, err)
		client, err := payneteasy.NewClient(payneteasy.Config{
			BaseURL: config.BaseURL, Endpoint: payneteasy.EndpointID(1), Login: config.Login, PrivateKey: key,
			ControlKey: payneteasy.NewSecret(config.ControlKey),
		})
		require.NoError(t, err)
		_, err = client.Payout(t.Context(), payoutOf(t, id))
		return err
	}
	own, err := os.ReadFile(private)
	require.NoError(t, err)
	require.NoError(t, pay("a", string(own)))
	require.ErrorIs(t, pay("b", string(payneteasytest.MerchantKeyPEM())), payneteasy.ErrAccessDenied)
	response, err := http.DefaultTransport.RoundTrip(
		must(http.NewRequestWithContext(t.Context(), http.MethodGet, config.PageURL, nil)))
	require.NoError(t, err)
	page, err := io.ReadAll(response.Body)
	require.NoError(t, errors.Join(err, response.Body.Close()))
	require.Contains(t, string(page), "your own. The sandbox verifies with the public key")
	requireUsage(t, call(t, nil, "", "sandbox", "--public-key", "nowhere"), "--public-key: ")
	requireUsage(t, call(t, nil, "x", "sandbox", "--public-key", "-"), "--public-key: no PEM block found")
}
