package payneteasytest_test

import (
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
	method string
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

var titleTag = regexp.MustCompile(`<h1>(.*)</h1>`)

func (s seen) title() string {
	if match := titleTag.FindStringSubmatch(s.body); match != nil {
		return html.UnescapeString(match[1])
	}
	return ""
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// wayBack is the form that brings the receiver back to the merchant, and whether the page sends it by itself.
func (s seen) wayBack() (action string, fields url.Values, byItself bool) {
	match := regexp.MustCompile(`<form method="post" action="([^"]*)">`).FindStringSubmatch(s.body)
	if match == nil {
		return "", nil, false
	}
	fields = url.Values{}
	for _, input := range hiddenInput.FindAllStringSubmatch(s.body, -1) {
		fields.Add(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
	}
	return html.UnescapeString(match[1]), fields, strings.Contains(s.body, "<script>document.forms[0].submit()</script>")
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

// merchant notes what browsers and callbacks bring.
type merchant struct {
	url  string
	mu   sync.Mutex
	came []url.Values // of callbacks
	back []url.Values // of browsers
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
