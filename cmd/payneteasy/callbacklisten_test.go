package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

type listenerKey struct{}

// scriptListener is the callback listener that a script has started.
type scriptListener struct {
	command *exec.Cmd
	stdout  bytes.Buffer
}

var times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// listenerVariables are the variables of a script that its listener gets.
var listenerVariables = []string{
	"PAYNETEASY_BASE_URL", "PAYNETEASY_LOGIN", "PAYNETEASY_PRIVATE_KEY_FILE", "PAYNETEASY_CONTROL_KEY",
	"PAYNETEASY_ENDPOINT_ID", fast,
}

func startListening(ts *testscript.TestScript, neg bool, args []string) {
	l := ts.Value(listenerKey{}).(*scriptListener)
	if neg || l.command != nil {
		ts.Fatalf("usage: listen [ARG…], then listened FILE")
	}
	l.stdout.Reset()
	l.command = exec.Command("payneteasy",
		append([]string{"callback", "listen", "--listen", "127.0.0.1:0"}, args...)...)
	l.command.Env, l.command.Stdout = os.Environ(), &l.stdout
	for _, name := range listenerVariables {
		l.command.Env = append(l.command.Env, name+"="+ts.Getenv(name))
	}
	l.command.Dir = ts.MkAbs(".")
	stderr, err := l.command.StderrPipe()
	ts.Check(err)
	ts.Check(l.command.Start())
	ts.Defer(func() {
		if l.command != nil {
			_ = l.command.Process.Kill()
			_ = l.command.Wait()
		}
	})
	address := addressOf(stderr)
	if address == "" {
		ts.Fatalf("the listener has not started")
	}
	ts.Setenv("CALLBACK_URL", address)
}

func listened(ts *testscript.TestScript, neg bool, args []string) {
	l := ts.Value(listenerKey{}).(*scriptListener)
	if neg || len(args) != 1 || l.command == nil {
		ts.Fatalf("usage: listened FILE, after listen")
	}
	err := l.command.Wait()
	l.command = nil
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), times.ReplaceAll(l.stdout.Bytes(), []byte("TIME")), 0o600))
}

// TestListen checks the verdict and the answer for each kind of request, and that the command ends with status 0.
func TestListen(t *testing.T) {
	t.Parallel()
	l := startListener(t, keyed, "--path", "/callback", "-o", "json")
	right := func() url.Values {
		return url.Values{
			"status": {"approved"}, "orderid": {"12"}, "client_orderid": {"a"},
			"control": {control(t, "approved", "a")},
			"type":    {"reversal"}, "amount": {"1.00"}, "currency": {"USD"}, "card-holder-name": {"Jane"},
			"cvv2": {"737"},
		}
	}
	for _, test := range []struct {
		Verdict string
		answer  int
		change  func(url.Values)
	}{
		{"genuine", 200, func(url.Values) {}},
		{"forged", 403, func(v url.Values) { v.Set("status", "declined") }},
		{"forged", 403, func(v url.Values) { v.Del("control") }},
		{"nonsense", 400, func(v url.Values) { v.Del("orderid") }},
		{"nonsense", 400, func(v url.Values) { v.Add("orderid", "13") }},
		{"nonsense", 413, func(v url.Values) { v.Set("x", strings.Repeat("x", 1<<20)) }},
		{"nonsense", 400, func(v url.Values) { v.Set("client_orderid", "a\x1b[2J") }},
	} {
		form := right()
		test.change(form)
		require.Equal(t, test.answer, get(t, l.url, form))
	}
	require.Equal(t, 404, get(t, l.url+"/other", right()))
	l.end()
	r := <-l.done
	require.Equal(t, exit.Done, r.status, r)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	require.Len(t, lines, 7)
	var got []received
	for _, text := range lines {
		var one received
		require.NoError(t, json.Unmarshal([]byte(text), &one))
		got = append(got, one)
	}
	require.Regexp(t, times, got[0].Time)
	got[0].Time = ""
	require.Equal(t, received{
		Verdict: "genuine", HTTPStatus: 200, Status: "approved", OrderID: "12", ClientOrderID: "a",
		Type: "reversal", Amount: "1.00", Currency: "USD",
	}, got[0])
	for i, verdict := range []string{"genuine", "forged", "forged", "nonsense", "nonsense", "nonsense", "nonsense"} {
		require.Equal(t, verdict, got[i].Verdict)
		require.Equal(t, verdict != "genuine", got[i].Reason != "")
	}
	for _, secret := range []string{
		payneteasytest.ControlKey, control(t, "approved", "a"), control(t, "declined", "a"),
		"Jane", "737", "\x1b",
	} {
		require.NotContains(t, r.stdout, secret)
	}
	require.Less(t, len(r.stdout), 4000)
}

// TestListenConfirmation checks --confirm, which uses the SDK's handler to ask the gateway.
func TestListenConfirmation(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewPipeGateway(t)
	order := pay(t, gateway, "1234567890")
	gateway.Finish("payout-0001")
	for range 3 { // the fake moves an order one step for each question
		ask(t, gateway, "status", "payout-0001", "--orderid", order.OrderID)
	}
	var stdout bytes.Buffer
	messages, stderr := io.Pipe()
	tool := newTool(environ(t, gateway), strings.NewReader(""), &stdout, stderr)
	tool.ChangeConfig = func(c *payneteasy.Config) { c.HTTPClient = gateway.HTTPClient() }
	done := make(chan int, 1)
	go func() {
		done <- tool.run(t.Context(),
			[]string{"callback", "listen", "--listen", "127.0.0.1:0", "--confirm", "--count", "5"})
		_ = stderr.Close()
	}()
	address := addressOf(messages)
	require.NotEmpty(t, address)
	var codes []string
	for _, args := range [][]string{
		{"approved"},
		{"approved", "--times", "1"},
		{"declined"},
		{"approved", "--forged"},
	} {
		r := call(t, keyed, "", append([]string{
			"callback", "send", address, "--orderid", order.OrderID, "--client-orderid", "payout-0001", "--status",
		}, args...)...)
		codes = append(codes, r.stdout[:3])
	}
	require.Equal(t, []string{"200", "200", "503", "403"}, codes)
	gateway.RefuseConnections(true)
	r := call(t, keyed, "", "callback", "send", address, "--orderid", order.OrderID, "--client-orderid", "payout-0001",
		"--status", "declined")
	require.Equal(t, "503", r.stdout[:3])
	require.Equal(t, exit.Done, <-done)
	lines := strings.Split(stdout.String(), "\n")
	require.Contains(t, lines[0], "genuine   approved  client_orderid payout-0001  orderid "+order.OrderID+
		"  confirmed: approved  paid")
	require.Contains(t, lines[1], "already reported")
	require.Contains(t, lines[2], "the gateway says ")
	require.Contains(t, lines[3], "FORGED")
	require.Contains(t, lines[4], "cannot ask for the status: status \"payout-0001\": failed: ")
}

// TestListenerEscapes checks that a callback cannot move the cursor of a terminal that shows the JSON.
func TestListenerEscapes(t *testing.T) {
	t.Parallel()
	l := startListener(t, keyed, "-o", "json", "--count", "1")
	get(t, l.url, url.Values{"status": {"\u009b2J"}, "orderid": {"1"}, "client_orderid": {"\u007f"}})
	r := <-l.done
	require.Contains(t, r.stdout, `"status":"\u009b2J"`)
	require.Contains(t, r.stdout, `"client_orderid":"\u007f"`)
}
