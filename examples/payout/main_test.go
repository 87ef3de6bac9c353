package main

import (
	"bytes"
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
	"github.com/payneteasy-go/payneteasy/examples/internal/target"
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
		{"nobody to ask", func(_ *payneteasytest.Gateway, c *payneteasy.Config, _ *payneteasy.PayoutRequest) {
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

// TestConfiguration: one clear line each, and exit status 2. A complete one for a gateway that is not there ends as not
// sent.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(key, payneteasytest.MerchantKeyPEM(), 0o600))
	public := filepath.Join(dir, "public.pem")
	require.NoError(t, os.WriteFile(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte{1}}), 0o600))
	complete := map[string]string{
		target.EnvBaseURL: "https://127.0.0.1:1/paynet", target.EnvLogin: "me", target.EnvKeyFile: key, target.EnvControlKey: "key", target.EnvEndpointID: "1",
	}
	for _, test := range []struct {
		name   string
		args   []string
		change map[string]string
		code   int
		says   string
	}{
		{"complete", nil, nil, exitNotSent, "connection refused"},
		{"a group", nil, map[string]string{target.EnvEndpointID: "", target.EnvGroupID: "7"}, exitNotSent, "connection refused"},
		{"no login", nil, map[string]string{target.EnvLogin: ""}, exitConfiguration, "set PAYNETEASY_LOGIN"},
		{"no endpoint", nil, map[string]string{target.EnvEndpointID: ""}, exitConfiguration, "set PAYNETEASY_ENDPOINT_ID or PAYNETEASY_GROUP_ID"},
		{"both", nil, map[string]string{target.EnvGroupID: "7"}, exitConfiguration, "not both"},
		{"no number", nil, map[string]string{target.EnvEndpointID: "seven"}, exitConfiguration, "PAYNETEASY_ENDPOINT_ID is not a number"},
		{"no key file", nil, map[string]string{target.EnvKeyFile: filepath.Join(dir, "none")}, exitConfiguration, "no such file"},
		{"a typo", nil, map[string]string{"PAYNETEASY_ENDPOINT": "1"}, exitConfiguration, "PAYNETEASY_ENDPOINT is none of"},
		{"production", nil, map[string]string{target.EnvBaseURL: payneteasy.ConnPayProduction}, exitConfiguration, "is no sandbox"},
		{"a public key", nil, map[string]string{target.EnvKeyFile: public}, exitConfiguration, "this is a public key"},
		{"plain http", nil, map[string]string{target.EnvBaseURL: "http://sandbox.example/"}, exitConfiguration, "BaseURL is plain http"},
		{"an amount", []string{"-amount", "1e3"}, nil, exitConfiguration, "want digits"},
		{"a currency", []string{"-currency", "ABC"}, nil, exitConfiguration, "not an active ISO 4217"},
		{"a flag", []string{"-nonsense"}, nil, exitConfiguration, "not defined"},
		{"a stray word", []string{"now"}, nil, exitConfiguration, `unexpected "now"`},
		{"help", []string{"-help"}, nil, exitPaid, "ISO 4217"},
	} {
		var out bytes.Buffer
		env := maps.Clone(complete)
		maps.Copy(env, test.change)
		var environ []string
		for name, value := range env {
			environ = append(environ, name+"="+value)
		}
		require.Equal(t, test.code, run(t.Context(), test.args, environ, &out, &out), "%s: %s", test.name, out.String())
		require.Contains(t, out.String(), test.says, test.name)
		if test.code == exitConfiguration && test.args == nil {
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
