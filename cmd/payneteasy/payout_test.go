package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestPayoutUsage checks that a usage error is one line on stderr, that nothing is sent, and that the status is 2.
func TestPayoutUsage(t *testing.T) {
	t.Parallel()
	good := []string{"payout", "payout-0001", "--amount", "10.42", "--currency", "USD"}
	paying := func(args ...string) []string { return append(append([]string{}, good...), args...) }
	for _, test := range []struct {
		name string
		args []string
		says string
	}{
		{"no id", []string{"payout"}, "payneteasy payout takes one CLIENT_ORDERID; see payneteasy payout --help"},
		{"an empty id", []string{"payout", ""}, "CLIENT_ORDERID is empty"},
		{"no amount", []string{"payout", "a"}, "amount is required"},
		{"no amount of a form", []string{"payout-form", "a", "--currency", "USD"}, "amount is required"},
		{
			"an amount of too many digits", paying("--amount", "10.423"),
			"amount 10.423 has 3 digits after the point, and USD has 2: write the exact amount",
		},
		{"an account of an empty variable", paying("--account-number", ""), "account_number is empty: give it a value"},
		{"data of an empty variable", paying("--data", "account_number="), "account_number is empty: give it a value"},
		{"data without =", paying("--data", "80236479180236479"), "one has no ="},
		{
			"an account twice", paying("--account-number", "80236479180236479", "--data", "account_number=2"),
			"account_number is given twice, with different values",
		},
		{
			"another id in the data", paying("--data", "client_orderid=b"),
			"client_orderid is given twice, with different values",
		},
		{
			"an unknown parameter", paying("--data", "acount_number=80236479180236479"),
			"acount_number is not a documented parameter of a payout",
		},
		{"no such file", paying("--data", "@nowhere"), "--data @FILE: "},
		{"a broken file", paying("--data", "@"+file(t, "account_number=80236479180236479%")), "the body has a %"},
		{"an extra without name", paying("--extra", "=80236479180236479"), "--extra must be NAME=VALUE"},
		{"an extra of a documented name", paying("--extra", "account_number=80236479180236479"), "account_number"},
		{"an invalid address", paying("--data", "ipaddress=80236479180236479"), "ipaddress"},
		{"a wait of no time", paying("--max-wait", "0s"), "--max-wait must be longer than 0"},
		{
			"no person to confirm it", paying("--account-number", "1", "--base-url", "https://sandbox.example/paynet"),
			"the payout at https://sandbox.example/paynet, because stdin is not a terminal: give --yes",
		},
		{
			"no person to confirm a form",
			[]string{
				"payout-form", "a", "--amount", "1", "--currency", "USD",
				"--base-url", "https://sandbox.example/paynet",
			},
			"cannot ask for a confirmation",
		},
		{"a resolve of nothing", []string{"resolve"}, "takes one CLIENT_ORDERID"},
		{
			"a resolve of an amount without currency",
			[]string{"resolve", "a", "--amount", "1"},
			"--amount and --currency must be given together",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			state := t.TempDir()
			r := call(t, append(environ(t, payneteasytest.NewGateway(t)), "PAYNETEASY_STATE_DIR="+state), "yes\n",
				test.args...)
			require.Equal(t, exit.Usage, r.status, r)
			require.Contains(t, r.stderr, test.says)
			require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
			require.NotContains(t, r.stderr, "80236479180236479")
			require.Empty(t, r.stdout)
			left, err := os.ReadDir(state)
			require.NoError(t, err)
			require.Empty(t, left, "no journal was opened")
		})
	}
}

// remote runs the program at a terminal. To the program, the gateway seems to be on another machine.
func remote(
	ctx context.Context, t *testing.T, gateway *payneteasytest.Gateway, stdin io.Reader, args ...string,
) result {
	t.Helper()
	const host = "sandbox.example"
	var stdout, stderr bytes.Buffer
	tool := newTool(append(environ(t, gateway), "PAYNETEASY_STATE_DIR="+t.TempDir()), stdin, &stdout, &stderr)
	tool.IsTerminal = func(stream any) bool { return stream == any(stdin) }
	server := httptest.NewTLSServer(gateway.Handler("https://" + host))
	t.Cleanup(server.Close)
	tool.ChangeConfig = func(c *payneteasy.Config) {
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		}
		transport.TLSClientConfig.ServerName = "example.com" // the name in the certificate
		c.HTTPClient, c.BaseURL = &http.Client{Transport: transport}, "https://"+host+"/paynet"
		c.Wait = gateway.Config().Wait
	}
	status := tool.run(ctx,
		append([]string{
			"payout", "payout-0001", "--amount", "10.42", "--currency", "USD",
			"--account-number", "1234567890",
		}, args...))
	return result{status, stdout.String(), stderr.String()}
}

// TestConfirm checks that money moves only after a person has confirmed the payout.
func TestConfirm(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, answer string
		args         []string
		status       int
		orders       int
	}{
		{"yes", "yes\n", nil, exit.Done, 1},
		{"y", " Y \n", nil, exit.Done, 1},
		{"no", "no\n", nil, exit.NotSent, 0},
		{"return", "\n", nil, exit.NotSent, 0},
		{"the end of the input", "", nil, exit.NotSent, 0},
		{"an incomplete yes", "ye", nil, exit.NotSent, 0},
		{"--yes", "", []string{"--yes"}, exit.Done, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			gateway := payneteasytest.NewGateway(t)
			r := remote(t.Context(), t, gateway, strings.NewReader(test.answer), test.args...)
			require.Equal(t, test.status, r.status, r)
			require.Len(t, gateway.Orders(), test.orders)
			require.Contains(t, r.stderr, "  gateway   https://sandbox.example/paynet\n")
			require.Equal(t, test.args == nil, strings.Contains(r.stderr, "Pay? [y/N] "), r.stderr)
			require.Equal(t, test.status == exit.NotSent,
				strings.Contains(r.stderr, "payout-0001 was not sent: the payout was not confirmed\n"), r.stderr)
		})
	}
}

// TestInterruptedConfirm checks that nothing is sent after Ctrl-C at the question.
func TestInterruptedConfirm(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	ctx, cancel := context.WithCancel(t.Context())
	typing, keyboard := io.Pipe()
	defer func() { _ = keyboard.Close() }()
	go func() { // the person types half an answer and interrupts
		_, _ = keyboard.Write([]byte("y"))
		cancel()
	}()
	r := remote(ctx, t, gateway, typing)
	require.Equal(t, exit.NotSent, r.status, r)
	require.Contains(t, r.stderr, "interrupted before anything was sent")
	require.Empty(t, gateway.Orders())
}

// TestRememberedDestination checks that a refused second payout of an ID does not change the stored destination of the
// first one.
func TestRememberedDestination(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	state := t.TempDir()
	var stderr bytes.Buffer
	payout := func(account string) int {
		tool := newTool(append(environ(t, gateway), "PAYNETEASY_STATE_DIR="+state), strings.NewReader(""), io.Discard,
			&stderr)
		tool.ChangeConfig = func(
			c *payneteasy.Config,
		) {
			c.HTTPClient, c.Wait = gateway.HTTPClient(), gateway.Config().Wait
		}
		return tool.run(t.Context(),
			[]string{"payout", "payout-0001", "--amount", "10.42", "--currency", "USD", "--account-number", account})
	}
	known := func() string {
		paths, err := filepath.Glob(filepath.Join(state, "*", "destinations"))
		require.NoError(t, err)
		require.Len(t, paths, 1)
		content, err := os.ReadFile(paths[0])
		require.NoError(t, err)
		return string(content)
	}
	require.Equal(t, exit.Done, payout("1234567890"), &stderr)
	first := known()
	require.Contains(t, first, `"payout-0001"`)
	require.Equal(t, exit.Unknown, payout("2345678901"))
	require.Equal(t, first, known())
	require.NotContains(t, first+stderr.String(), "1234567890")
	require.NotContains(t, stderr.String(), "2345678901")
}

// TestPayoutNothingSecret checks that no output shows a key, a card or an account, even in wrong places and in errors.
func TestPayoutNothingSecret(t *testing.T) {
	t.Parallel()
	const card, account, cvv = "4444444444444448", "80236479180236479", "7371hidden"
	gateway := payneteasytest.NewGateway(t)
	environ := append(environ(t, gateway), "PAYNETEASY_STATE_DIR="+t.TempDir())
	body := file(t, "credit_card_number="+card+"&cvv2="+cvv+"&card_printed_name="+cvv+"&account_name="+cvv)
	paying := func(id string, args ...string) []string {
		return append([]string{"payout", id, "--amount", "10.42", "--currency", "USD"}, args...)
	}
	for i, args := range [][]string{
		paying("a", "--account-number", account, "--account-name", cvv),
		paying("a", "--account-number", account),
		paying("b", "--account-number", account),
		paying("c", "--account-number", account, "--no-wait"),
		paying("d", "--data", "@"+body),
		paying("e", "--data", "credit_card_number="+card, "--data", "cvv2="+cvv),
		paying("f", "--data", "card_recurring_payment_id="+account),
		paying("f", "--data", "@"+account),
		paying("f", "--data", account),
		paying("f", "--data", "ipaddress="+account),
		paying("f", "--extra", "account_number="+account),
		paying("f", "--account-number", account, "--amount", account),
		paying("f", "--currency", account),
		paying("f", "--yes="+account),
		paying("f", "--callback-url", "https://"+cvv+"/"),
		paying("f", "--notify-url", "https://"+cvv+"/"),
		paying("f", account),
		{
			"payout-form", "g", "--amount", "10.42", "--currency", "USD", "--account-number", account,
			"--order-desc", "d",
		},
		{"resolve", "a"},
		{"resolve", "b", "--amount", account},
	} {
		for _, form := range []string{"text", "json"} {
			var stdout, stderr bytes.Buffer
			tool := newTool(environ, strings.NewReader(""), &stdout, &stderr)
			tool.ChangeConfig = func(c *payneteasy.Config) {
				c.HTTPClient, c.Wait, c.ResolveWindow = gateway.HTTPClient(), gateway.Config().Wait,
					gateway.Config().ResolveWindow
			}
			if i == 2 {
				gateway.FailNext(payneteasytest.NotFoundYet(), payneteasytest.ReplyOfType("error"))
			}
			tool.run(t.Context(), append(args, "--output", form))
			said := stdout.String() + stderr.String()
			require.NotEmpty(t, said)
			for _, secret := range []string{card, account, cvv, payneteasytest.ControlKey, "PRIVATE KEY"} {
				require.NotContains(t, said, secret, args)
			}
		}
	}
	require.NotEmpty(t, gateway.Orders())
}

// TestInterruptedSending checks that a payout is not sent after an interrupt.
func TestInterruptedSending(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := remote(ctx, t, gateway, strings.NewReader(""), "--yes")
	require.Equal(t, exit.NotSent, r.status, r)
	require.Contains(t, r.stderr, "interrupted before anything was sent")
	require.Empty(t, gateway.Orders())
}

// TestAdviceQuoting checks that a command in an advice can be pasted safely for every ID.
func TestAdviceQuoting(t *testing.T) {
	t.Parallel()
	const id = "$(touch pwn)\ue000"
	p := &payment{payoutFlags: &payoutFlags{}, req: &payneteasy.PayoutRequest{ClientOrderID: id}}
	require.Equal(t, "payneteasy resolve CLIENT_ORDERID", p.resolveCommand())
	require.NotContains(t, p.settleCommand(), "touch")
	p.req.ClientOrderID = "it's $(id)"
	require.Equal(t, `payneteasy resolve 'it'\''s $(id)'`, p.resolveCommand())
}

// toldInterrupted closes a channel when the program says that it waits for the gateway's answer.
type toldInterrupted struct {
	bytes.Buffer
	told chan struct{}
}

func (w *toldInterrupted) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("interrupted: the payout was already sent;")) {
		close(w.told)
	}
	return w.Buffer.Write(p)
}

// held is a transport that interrupts the program while a payout is in progress. It sends the payout after the program
// has reported the interrupt.
type held struct {
	http.RoundTripper
	interrupt context.CancelFunc
	told      chan struct{}
}

func (h held) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Path, "/v4/payout/") {
		h.interrupt()
		<-h.told
	}
	return h.RoundTripper.RoundTrip(req)
}

// TestInterruptedPayout checks that Ctrl-C does not cancel a payout in progress. A message says that the command waits
// for the answer, and the result says that it was interrupted.
func TestInterruptedPayout(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  []payneteasytest.Fault
		status int
		orders int
		says   string
	}{
		"accepted": {
			nil, exit.Pending, 1,
			`interrupted: wait for \"payout-0001\", which is pending; continue with payneteasy wait payout-0001 --orderid 6982864`,
		},
		"lost": {
			[]payneteasytest.Fault{payneteasytest.LoseReply()},
			exit.Unknown, 1,
			"interrupted: payout \\\"payout-0001\\\": outcome unknown",
		},
		"refused": {
			[]payneteasytest.Fault{payneteasytest.AccessDenied()},
			exit.Unknown, 0,
			"interrupted: payout \\\"payout-0001\\\": refused",
		},
	} {
		for _, form := range []string{"text", "json"} {
			t.Run(name+" "+form, func(t *testing.T) {
				t.Parallel()
				gateway := payneteasytest.NewGateway(t)
				gateway.FailPayout("payout-0001", test.fault...)
				ctx, cancel := context.WithCancel(t.Context())
				stderr := &toldInterrupted{told: make(chan struct{})}
				var stdout bytes.Buffer
				tool := newTool(append(environ(t, gateway), "PAYNETEASY_STATE_DIR="+t.TempDir()), strings.NewReader(""),
					&stdout, stderr)
				tool.ChangeConfig = func(c *payneteasy.Config) {
					c.HTTPClient = gateway.HTTPClient()
					c.HTTPClient.Transport = held{c.HTTPClient.Transport, cancel, stderr.told}
				}
				status := tool.run(ctx, []string{
					"payout", "payout-0001", "--amount", "10.42", "--currency", "USD", "--account-number", "1234567890",
					"-o", form,
				})
				require.Equal(t, test.status, status, stderr.String())
				require.Len(t, gateway.Orders(), test.orders)
				if form == "json" {
					require.Contains(t, stdout.String(), `"error": "`+test.says)
				} else {
					require.Contains(t, stderr.String(), strings.ReplaceAll(test.says, `\`, ""))
				}
			})
		}
	}
}
