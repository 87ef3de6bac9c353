package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestExitStatuses checks the exit status and the output of each way in which a payout can end.
func TestExitStatuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*payneteasytest.Gateway, *payneteasy.Config, *payneteasy.PayoutRequest)
		code   int
		says   string
	}{
		{
			"approved", func(*payneteasytest.Gateway, *payneteasy.Config, *payneteasy.PayoutRequest) {}, exitPaid,
			"6982864: 10.42 USD",
		},
		{"declined", func(_ *payneteasytest.Gateway, _ *payneteasy.Config, r *payneteasy.PayoutRequest) {
			r.BankAccount.Number = "0987654321"
		}, exitNotPaid, "declined: Declined by the bank (code 2)"},
		{"error", func(_ *payneteasytest.Gateway, _ *payneteasy.Config, r *payneteasy.PayoutRequest) {
			r.BankAccount.Number = "1987654321"
		}, exitUnknown, "PROCESSOR_INTERNAL_ERROR"},
		{"rejected", func(_ *payneteasytest.Gateway, c *payneteasy.Config, r *payneteasy.PayoutRequest) {
			c.SkipLimits, r.OrderDesc = true, strings.Repeat("x", 65)
		}, exitNotPaid, "rejected: the gateway says \"Parameter order_desc is invalid\""},
		{
			"denied", func(_ *payneteasytest.Gateway, c *payneteasy.Config,
				_ *payneteasy.PayoutRequest,
			) {
				c.Login = "x"
			},
			exitUnknown, "Access is denied",
		},
		{"refused", func(g *payneteasytest.Gateway, _ *payneteasy.Config, _ *payneteasy.PayoutRequest) {
			g.FailPayout("a", payneteasytest.AccessDenied())
		}, exitNotPaid, "rejected    the gateway does not know the order"},
		{
			"refused, and paid anyway",
			func(g *payneteasytest.Gateway, _ *payneteasy.Config, _ *payneteasy.PayoutRequest) {
				g.FailPayout("a", payneteasytest.AccessDenied().AfterAcceptance())
			}, exitPaid, "6982864: 10.42 USD",
		},
		{"not sent", func(_ *payneteasytest.Gateway, _ *payneteasy.Config, r *payneteasy.PayoutRequest) {
			r.BankAccount.Number = " 1"
		}, exitNotSent, "account_number begins or ends"},
		{
			"the ID of another payout",
			func(_ *payneteasytest.Gateway, c *payneteasy.Config, r *payneteasy.PayoutRequest) {
				c.Journal = new(payneteasytest.MemoryJournal)
				client, err := payneteasy.NewClient(*c)
				require.NoError(t, err)
				other := *r
				other.Amount, err = payneteasy.ParseAmount("20.00", "USD")
				require.NoError(t, err)
				_, err = client.Payout(context.Background(), &other)
				require.NoError(t, err)
			}, exitUnknown, "review ",
		},
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
				req := &payneteasy.PayoutRequest{
					ClientOrderID: "a", Amount: amount,
					BankAccount: &payneteasy.BankAccount{Number: "1234567890"},
				}
				test.change(gateway, &config, req)
				client, err := payneteasy.NewClient(config)
				require.NoError(t, err)
				var out bytes.Buffer
				require.Equal(t, test.code, pay(t.Context(), client, req, printer{out: &out, began: time.Now()}),
					out.String())
				require.Contains(t, out.String(), test.says)
			})
		})
	}
}

// TestDecisions checks that each decision has the exit status of docs/decisions.md.
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

// losing is a network that loses the answer to the first request. Without a base it loses the request itself.
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
