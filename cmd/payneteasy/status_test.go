package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/filejournal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestStatus checks the output and the exit status for each outcome of an order.
func TestStatus(t *testing.T) {
	t.Parallel()
	const approved, declined, errored = "1234567890", "0987654321", "1987654321"
	for _, test := range []struct {
		name, account string
		change        func(*payneteasytest.Gateway)
		args          []string
		status        int
		says          string
	}{
		{
			"paid", approved, nil,
			[]string{"--amount", "10.42", "--currency", "USD"},
			exit.Done,
			"decision        paid\n",
		},
		{"paid, by order id", approved, nil, []string{"--orderid", "ID"}, exit.Done, "amount          10.42 USD\n"},
		{"paid, by nothing", approved, nil, nil, exit.Unknown, "found by its client_orderid alone"},
		{
			"declined", declined, nil,
			[]string{"--orderid", "ID"},
			exit.Rejected,
			"not paid: pay again only under a new client_orderid",
		},
		{"declined, by nothing", declined, nil, nil, exit.Unknown, "found by its client_orderid alone"},
		{"an error", errored, nil, []string{"--orderid", "ID"}, exit.Unknown, "cause           error\n"},
		{
			"a chargeback", approved, func(g *payneteasytest.Gateway) { g.TakeBack("payout-0001", "chargeback") },
			[]string{"--orderid", "ID"},
			exit.Unknown, "decision        reversed\n",
		},
		{
			"another amount", approved, nil,
			[]string{"--amount", "10.43", "--currency", "USD"},
			exit.Unknown,
			"not the same order",
		},
		{
			"not found", approved, func(g *payneteasytest.Gateway) { g.Hide("payout-0001", true) },
			[]string{"--orderid", "ID"},
			exit.Unknown, "the gateway does not know",
		},
		{"a wrong login", approved, nil, []string{"--login", "other"}, exit.Unknown, "INVALID_CONTROL_CODE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			gateway := payneteasytest.NewGateway(t)
			order := pay(t, gateway, test.account)
			gateway.Finish("payout-0001")
			if test.change != nil {
				test.change(gateway)
			}
			args := []string{"status", "payout-0001"}
			for _, arg := range test.args {
				if arg == "ID" {
					arg = order.OrderID
				}
				args = append(args, arg)
			}
			r := ask(t, gateway, args...)
			require.Equal(t, test.status, r.status, r)
			require.Contains(t, r.stdout+r.stderr, test.says)
			require.NotContains(t, r.stdout+r.stderr, "Jane")
			if r.stdout == "" {
				return
			}
			var got orderOutput
			form := ask(t, gateway, append(args, "--output", "json")...)
			require.NoError(t, json.Unmarshal([]byte(form.stdout), &got))
			require.Equal(t, test.status, form.status)
			require.Equal(t, order.OrderID, got.OrderID)
			require.Equal(t, test.status, exit.Of(got.Decision))
			require.Equal(t, test.status == exit.Done, got.Decision == payneteasy.DecisionPaid)
			require.Equal(t, test.status == exit.Rejected, got.PayAgain == "new id")
		})
	}
}

// TestStatusNotFinal checks that an order in progress is pending.
func TestStatusNotFinal(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetAccount("1234567890", payneteasytest.Stuck())
	order := pay(t, gateway, "1234567890")
	r := ask(t, gateway, "status", "payout-0001", "--orderid", order.OrderID)
	require.Equal(t, exit.Pending, r.status)
	require.Contains(t, r.stdout, "do not pay again")
}

// TestStatusPlain runs the unchanged program against a fake gateway on this machine.
func TestStatusPlain(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	pay(t, gateway, "1234567890")
	gateway.Finish("payout-0001")
	target, err := url.Parse(gateway.URL())
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: target.Scheme, Host: target.Host})
	proxy.Transport = gateway.HTTPClient().Transport
	plain := httptest.NewServer(proxy)
	defer plain.Close()
	base := plain.URL + target.Path
	r := call(t, environ(t, gateway), "", "wait", "payout-0001", "--base-url", base, "--amount", "10.42",
		"--currency", "USD", "--output", "json")
	require.Zero(t, r.status, r.stderr)
	var got orderOutput
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
	require.Equal(t, payneteasy.DecisionPaid, got.Decision)
	require.Equal(t, "10.42", got.Paid)
	require.Contains(t, r.stderr, "approved")
}

// correcting is the transport to a gateway that has corrected a final status.
type correcting struct{ base http.RoundTripper }

func (c correcting) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), "status=declined", "status=approved", 1)))
	return resp, err
}

// TestRecordedStatus checks that a decision shown by status is remembered. A merchant who paid again after "not paid"
// must learn that the first order is paid after all.
func TestRecordedStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		state := "PAYNETEASY_STATE_DIR=" + t.TempDir()
		order := []string{"payout-0001", "--amount", "10.42", "--currency", "USD"}
		pays := append([]string{"payout", "--account-number", "0987654321", "--yes", "--no-wait"}, order...)
		require.Equal(t, exit.Pending, askIn(t, gateway, state, pays...).status)
		gateway.Finish("payout-0001")
		require.Equal(t, exit.Rejected, askIn(t, gateway, state, "status", "payout-0001").status)
		for _, command := range []string{"status", "wait"} {
			var stdout bytes.Buffer
			tool := newTool(append(environ(t, gateway), state), strings.NewReader(""), &stdout, io.Discard)
			tool.ChangeConfig = func(c *payneteasy.Config) {
				c.HTTPClient = &http.Client{Transport: correcting{gateway.HTTPClient().Transport}}
			}
			require.Equal(t, exit.Unknown, tool.run(t.Context(), []string{command, "payout-0001"}), stdout.String())
			require.Contains(t, stdout.String(), "cause           changed\n")
		}
	})
}

// TestStatusWithBusyJournal checks that a debt cannot be paid again if the decision could not be written into the
// journal.
func TestStatusWithBusyJournal(t *testing.T) {
	t.Parallel()
	for account, ends := range map[string]int{"0987654321": exit.Unknown, "1234567890": exit.Done} {
		synctest.Test(t, func(t *testing.T) {
			gateway, dir := payneteasytest.NewPipeGateway(t), t.TempDir()
			state := "PAYNETEASY_STATE_DIR=" + dir
			pays := []string{
				"payout", "payout-0001", "--amount", "10.42", "--currency", "USD",
				"--account-number", account, "--yes", "--no-wait",
			}
			require.Equal(t, exit.Pending, askIn(t, gateway, state, pays...).status)
			gateway.Finish("payout-0001")
			found, err := filepath.Glob(filepath.Join(dir, "*", "payouts.journal"))
			require.NoError(t, err)
			require.Len(t, found, 1)
			journal, err := filejournal.Open(found[0])
			require.NoError(t, err)
			for _, command := range []string{"status", "wait"} {
				r := askIn(t, gateway, state, command, "payout-0001")
				require.Equal(t, ends, r.status, r)
				require.NotContains(t, r.stdout, "under a new client_orderid")
			}
			require.NoError(t, journal.Close())
		})
	}
}
