package payneteasytest_test

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// recorder is a TB that only records failures.
type recorder struct {
	testing.TB
	mu     sync.Mutex
	errors []string
	asks   func() // what the test does before it records the failure
}

func (r *recorder) Errorf(format string, args ...any) {
	if r.asks != nil {
		r.asks()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func newClient(t *testing.T, gateway *payneteasytest.Gateway, change ...func(*payneteasy.Config)) *payneteasy.Client {
	config := gateway.Config()
	for _, c := range change {
		c(&config)
	}
	client, err := payneteasy.NewClient(config)
	require.NoError(t, err)
	return client
}

func request(t *testing.T, id, account string) *payneteasy.PayoutRequest {
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	return &payneteasy.PayoutRequest{
		ClientOrderID: id, Amount: amount,
		BankAccount: &payneteasy.BankAccount{Number: account},
	}
}

// visitor is a receiver with a browser that keeps no cookies and runs no scripts.
type visitor struct {
	t      *testing.T
	client *http.Client
}

func (v visitor) do(req *http.Request, err error) seen {
	v.t.Helper()
	require.NoError(v.t, err)
	resp, err := v.client.Do(req)
	require.NoError(v.t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(v.t, err)
	require.NoError(v.t, resp.Body.Close())
	return seen{resp.Request.Method, resp.StatusCode, resp.Header, string(body)}
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
	return v.post(link, form)
}

func (v visitor) post(link string, form url.Values) seen {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, link, strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(req, nil)
}

func newVisitor(t *testing.T, gateway *payneteasytest.Gateway) visitor {
	return visitor{t: t, client: gateway.HTTPClient()}
}

// seen is a page as a receiver sees it.
type seen struct {
	method string
	status int
	header http.Header
	body   string
}

func (s seen) title() string {
	if match := titleTag.FindStringSubmatch(s.body); match != nil {
		return html.UnescapeString(match[1])
	}
	return ""
}

// wayBack returns the form that brings the receiver back to the merchant, and whether the page sends it by itself.
func (s seen) wayBack() (action string, fields url.Values, byItself bool) {
	match := regexp.MustCompile(`<form method="post" action="([^"]*)">`).FindStringSubmatch(s.body)
	if match == nil {
		return "", nil, false
	}
	fields = url.Values{}
	for _, input := range hiddenInput.FindAllStringSubmatch(s.body, -1) {
		fields.Add(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
	}
	return html.UnescapeString(match[1]), fields, strings.Contains(s.body,
		"<script>document.forms[0].submit()</script>")
}

var titleTag = regexp.MustCompile(`<h1>(.*)</h1>`)

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// openForm starts a payout form.
func openForm(
	t *testing.T, client *payneteasy.Client, id string, change ...func(*payneteasy.PayoutRequest),
) *payneteasy.PayoutForm {
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

// merchant records the requests of browsers and callbacks.
type merchant struct {
	url  string
	mu   sync.Mutex
	came []url.Values // of callbacks
	back []url.Values // of browsers
}

func (m *merchant) browsers() []url.Values {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.back
}

func (m *merchant) callbacks() []url.Values {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.came
}

func newMerchant(t *testing.T) *merchant {
	m := &merchant{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		m.mu.Lock()
		defer m.mu.Unlock()
		if r.Method == http.MethodPost {
			m.back = append(m.back, r.PostForm)
		} else {
			m.came = append(m.came, r.Form)
		}
	}))
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

// manual returns a gateway in which nothing happens by itself, and a merchant who is called back.
func manual(t *testing.T) (*payneteasytest.Gateway, *payneteasy.Client, string) {
	t.Helper()
	merchant := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(merchant.Close)
	gateway := payneteasytest.NewGateway(t)
	gateway.SetStepTime(0)
	return gateway, newClient(t, gateway), merchant.URL
}

// told returns an order's events in short form.
func told(gateway *payneteasytest.Gateway, orderID string) []string {
	var all []string
	for _, e := range gateway.History(orderID) {
		words := []string{string(e.Kind)}
		switch e.Kind {
		case payneteasytest.EventStep:
			words = append(words, e.TransactionType, e.Status, e.Stage)
		case payneteasytest.EventCall:
			words = append(words, e.Call, strings.Repeat("|", e.Count))
		case payneteasytest.EventCallback:
			called, err := url.Parse(e.Callback.URL)
			if err != nil {
				return []string{err.Error()}
			}
			words = append(words, called.Query().Get("type"), called.Query().Get("status"),
				http.StatusText(e.Callback.HTTPStatus))
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}
