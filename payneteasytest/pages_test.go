package payneteasytest_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// visitor is a receiver with a browser that keeps no cookies and runs no scripts.
type visitor struct {
	t      *testing.T
	client *http.Client
}

func newVisitor(t *testing.T, gateway *payneteasytest.Gateway) visitor {
	return visitor{t: t, client: gateway.HTTPClient()}
}

// seen is a page as a receiver sees it.
type seen struct {
	status int
	header http.Header
	body   string
}

func (v visitor) do(req *http.Request, err error) seen {
	v.t.Helper()
	require.NoError(v.t, err)
	resp, err := v.client.Do(req)
	require.NoError(v.t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(v.t, err)
	require.NoError(v.t, resp.Body.Close())
	return seen{resp.StatusCode, resp.Header, string(body)}
}

func (v visitor) open(link string) seen {
	v.t.Helper()
	return v.do(http.NewRequestWithContext(v.t.Context(), http.MethodGet, link, nil))
}

func (v visitor) send(link string, pairs ...string) seen {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, link, strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(req, nil)
}

var titleTag = regexp.MustCompile(`<h1>(.*)</h1>`)

func (s seen) title() string {
	if match := titleTag.FindStringSubmatch(s.body); match != nil {
		return html.UnescapeString(match[1])
	}
	return ""
}

// openForm starts a payout form.
func openForm(t *testing.T, client *payneteasy.Client, id string, change ...func(*payneteasy.PayoutRequest)) *payneteasy.PayoutForm {
	t.Helper()
	req := request(t, id, "")
	req.BankAccount = nil
	for _, c := range change {
		c(req)
	}
	form, err := client.PayoutForm(t.Context(), req)
	require.NoError(t, err)
	return form
}

// TestTheReceiversWay goes from the form to the result.
func TestTheReceiversWay(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]struct {
		title string
		code  payneteasy.StatusCode
		paid  int
	}{
		"1234567890": {"Payout approved", payneteasy.StatusApproved, 1},
		"0987654321": {"Payout declined", payneteasy.StatusDeclined, 0},
		"1987654321": {"Payout failed", payneteasy.StatusError, 0},
	} {
		gateway := payneteasytest.NewGateway(t)
		client, receiver := newClient(t, gateway), newVisitor(t, gateway)
		form := openForm(t, client, "a")
		require.Equal(t, gateway.FormURL("a"), form.RedirectURL)
		require.Equal(t, "Receive 10.42 USD", receiver.open(form.RedirectURL).title())
		require.Empty(t, gateway.Payouts("a"))
		require.Equal(t, "Please wait", receiver.send(form.RedirectURL, "account_number", account, "account_name", "Jane Doe").title())
		status, err := client.Wait(t.Context(), form.Ref(), nil)
		require.NoError(t, err)
		require.Equal(t, want.code, status.Status)
		require.Equal(t, want.title, receiver.open(form.RedirectURL).title())
		require.Len(t, gateway.Payouts("a"), want.paid)
	}
}
