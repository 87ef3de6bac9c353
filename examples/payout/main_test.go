package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestExitStatuses: each way a payout can end.
func TestExitStatuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*payneteasytest.Gateway, *payneteasy.Config, *payneteasy.PayoutRequest)
		code   int
		says   string
	}{
		{"approved", func(*payneteasytest.Gateway, *payneteasy.Config, *payneteasy.PayoutRequest) {}, exitPaid, "6982864: 10.42 USD"},
		{"declined", func(_ *payneteasytest.Gateway, _ *payneteasy.Config, r *payneteasy.PayoutRequest) {
			r.BankAccount.Number = "0987654321"
		}, exitNotPaid, "declined: Declined by the bank (code 2)"},
		{"error", func(_ *payneteasytest.Gateway, _ *payneteasy.Config, r *payneteasy.PayoutRequest) {
			r.BankAccount.Number = "1987654321"
		}, exitUnknown, "PROCESSOR_INTERNAL_ERROR"},
		{"rejected", func(_ *payneteasytest.Gateway, c *payneteasy.Config, r *payneteasy.PayoutRequest) {
			c.SkipLimits, r.OrderDesc = true, strings.Repeat("x", 65)
		}, exitNotPaid, "rejected: the gateway says \"Parameter order_desc is invalid\""},
		{"denied", func(_ *payneteasytest.Gateway, c *payneteasy.Config, _ *payneteasy.PayoutRequest) { c.Login = "x" }, exitUnknown, "Access is denied"},
		{"refused", func(g *payneteasytest.Gateway, _ *payneteasy.Config, _ *payneteasy.PayoutRequest) {
			g.FailPayout("a", payneteasytest.AccessDenied())
		}, exitNotPaid, "rejected    the gateway does not know the order"},
		{"refused, and paid all the same", func(g *payneteasytest.Gateway, _ *payneteasy.Config, _ *payneteasy.PayoutRequest) {
			g.FailPayout("a", payneteasytest.AccessDenied().AfterAcceptance())
		}, exitPaid, "6982864: 10.42 USD"},
		{"not sent", func(_ *payneteasytest.Gateway, _ *payneteasy.Config, r *payneteasy.PayoutRequest) {
			r.BankAccount.Number = " 1"
		}, exitNotSent, "account_number begins or ends"},
		{"the id of another payout", func(_ *payneteasytest.Gateway, c *payneteasy.Config, r *payneteasy.PayoutRequest) {
			c.Journal = new(payneteasytest.MemoryJournal)
			client, err := payneteasy.NewClient(*c)
			require.NoError(t, err)
			other := *r
			other.Amount, err = payneteasy.ParseAmount("20.00", "USD")
			require.NoError(t, err)
			_, err = client.Payout(context.Background(), &other)
			require.NoError(t, err)
		}, exitUnknown, "review "},
		{"stuck", func(g *payneteasytest.Gateway, _ *payneteasy.Config, _ *payneteasy.PayoutRequest) {
			g.SetOtherAccounts(payneteasytest.Stuck())
			g.SetAccount("1234567890", payneteasytest.Stuck())
		}, exitPending, "no final status yet after 1h0m0s"},
		{"lost, and approved", func(_ *payneteasytest.Gateway, c *payneteasy.Config, _ *payneteasy.PayoutRequest) {
			c.HTTPClient.Transport = &losing{base: c.HTTPClient.Transport}
		}, exitPaid, "outcome unknown"},
		{"lost, and never found", func(_ *payneteasytest.Gateway, c *payneteasy.Config, _ *payneteasy.PayoutRequest) {
			c.HTTPClient.Transport = &losing{}
		}, exitUnknown, "not found"},
		{"questions that fail", func(_ *payneteasytest.Gateway, c *payneteasy.Config, _ *payneteasy.PayoutRequest) {
			c.ControlKey = payneteasy.NewSecret("another")
		}, exitPending, "INVALID_CONTROL_CODE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gateway := payneteasytest.NewPipeGateway(t)
				config := gateway.Config()
				amount, err := payneteasy.ParseAmount("10.42", "USD")
				require.NoError(t, err)
				req := &payneteasy.PayoutRequest{ClientOrderID: "a", Amount: amount, BankAccount: &payneteasy.BankAccount{Number: "1234567890"}}
				test.change(gateway, &config, req)
				client, err := payneteasy.NewClient(config)
				require.NoError(t, err)
				var out bytes.Buffer
				require.Equal(t, test.code, pay(t.Context(), client, req, printer{out: &out, began: time.Now()}), out.String())
				require.Contains(t, out.String(), test.says)
			})
		})
	}
}

// TestDecisions: each decision has the exit status of docs/decisions.md.
func TestDecisions(t *testing.T) {
	t.Parallel()
	for decision, exit := range map[payneteasy.Decision]int{
		payneteasy.DecisionPaid:     0,
		payneteasy.DecisionNotPaid:  1,
		payneteasy.DecisionRejected: 1,
		payneteasy.DecisionUnknown:  3,
		payneteasy.DecisionRefused:  3,
		payneteasy.DecisionReversed: 3,
		payneteasy.DecisionReview:   3,
		payneteasy.DecisionNotSent:  4,
		payneteasy.DecisionPending:  5,
		"":                          3,
	} {
		require.Equal(t, exit, exitStatus(decision), decision)
	}
}

// TestConfiguration: a fault of flags or variables is told in one line, and ends with exit status 2.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(key, payneteasytest.MerchantKeyPEM(), 0o600))
	public := filepath.Join(dir, "public.pem")
	require.NoError(t, os.WriteFile(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte{1}}), 0o600))
	complete := map[string]string{
		"PAYNETEASY_BASE_URL": "https://127.0.0.1:1/paynet", "PAYNETEASY_LOGIN": "me", "PAYNETEASY_PRIVATE_KEY_FILE": key,
		"PAYNETEASY_CONTROL_KEY": "key", "PAYNETEASY_ENDPOINT_ID": "1",
	}
	set := func(name, value string) map[string]string { return map[string]string{"PAYNETEASY_" + name: value} }
	group := map[string]string{"PAYNETEASY_ENDPOINT_ID": "", "PAYNETEASY_GROUP_ID": "7"}
	for _, test := range []struct {
		name   string
		args   []string
		change map[string]string
		exit   int
		says   string
	}{
		{"complete", nil, nil, exitNotSent, "connection refused"},
		{"a group", nil, group, exitNotSent, "connection refused"},
		{"no login", nil, set("LOGIN", ""), exitUsage, "Login is"},
		{"no endpoint", nil, set("ENDPOINT_ID", ""), exitUsage, "set PAYNETEASY_ENDPOINT_ID or PAYNETEASY_GROUP_ID"},
		{"both", nil, set("GROUP_ID", "7"), exitUsage, "not both"},
		{"no number", nil, set("ENDPOINT_ID", "seven"), exitUsage, "to a number"},
		{"no key file", nil, set("PRIVATE_KEY_FILE", filepath.Join(dir, "none")), exitUsage, "no such file"},
		{"no gateway", nil, set("BASE_URL", ""), exitUsage, "is not a sandbox"},
		{"production", nil, set("BASE_URL", payneteasy.ConnPayProduction), exitUsage, "is not a sandbox"},
		{"a public key", nil, set("PRIVATE_KEY_FILE", public), exitUsage, "this is a public key"},
		{"plain http", nil, set("BASE_URL", "http://sandbox.example/"), exitUsage, "BaseURL is plain http"},
		{"an amount", []string{"-amount", "1e3"}, nil, exitUsage, "want digits"},
		{"a currency", []string{"-currency", "ABC"}, nil, exitUsage, "not an active ISO 4217"},
		{"a flag", []string{"-nonsense"}, nil, exitUsage, "not defined"},
		{"a stray word", []string{"now"}, nil, exitUsage, `unexpected argument "now"`},
		{"help", []string{"-help"}, nil, exitPaid, "ISO 4217"},
	} {
		var out bytes.Buffer
		env := maps.Clone(complete)
		maps.Copy(env, test.change)
		exit := run(t.Context(), test.args, func(name string) string { return env[name] }, &out, &out)
		require.Equal(t, test.exit, exit, "%s: %s", test.name, out.String())
		require.Contains(t, out.String(), test.says, test.name)
		if test.exit == exitUsage && test.args == nil {
			require.Equal(t, 1, strings.Count(out.String(), "\n"), "one line: %s", out.String())
		}
	}
}

// losing is a network that loses the answer to the first request, or without a base the request itself.
type losing struct {
	base http.RoundTripper
	lost bool
}

func (l *losing) RoundTrip(req *http.Request) (*http.Response, error) {
	if l.base == nil {
		_, _ = io.Copy(io.Discard, req.Body)
		return nil, errors.New("order not found: the network is down")
	}
	resp, err := l.base.RoundTrip(req)
	if err == nil && !l.lost {
		l.lost = true
		_ = resp.Body.Close()
		return nil, io.ErrUnexpectedEOF
	}
	return resp, err
}
