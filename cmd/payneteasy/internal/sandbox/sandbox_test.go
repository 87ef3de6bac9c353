package sandbox

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// site is a sandbox on loopback.
type site struct {
	t       *testing.T
	gateway *payneteasytest.Gateway
	sandbox *Sandbox
	origin  string
	client  *http.Client

	mu    sync.Mutex
	calls []Call
}

func newSite(t *testing.T) *site {
	t.Helper()
	gateway, err := payneteasytest.Start()
	require.NoError(t, err)
	t.Cleanup(gateway.Close)
	gateway.SetStepTime(0)
	server := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	s := &site{t: t, gateway: gateway, origin: "http://127.0.0.1:" + port}
	s.sandbox = New(Config{
		Gateway: gateway, Hosts: []string{"127.0.0.1:" + port, "localhost:" + port}, Environ: []string{"export A=1"},
		First: []string{"first"},
		Sign: func(r SignRequest) (*Signed, error) {
			return &Signed{Body: r.Method + " " + r.URL, Parameters: []SignedParameter{{"<b>", "<i>", "body"}}}, nil
		},
		Called: func(c Call) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.calls = append(s.calls, c)
		},
	})
	server.Config.Handler = s.sandbox
	server.Start()
	t.Cleanup(server.Close)
	s.client = server.Client()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s
}

// answer is a response.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request with header fields (name, value, and so on).
func (s *site) ask(method, target, body string, header ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.origin+target, strings.NewReader(body))
	require.NoError(s.t, err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := s.client.Do(req)
	require.NoError(s.t, err)
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return answer{resp.StatusCode, resp.Header, string(content)}
}

// post sends a form of the page.
func (s *site) post(target string, pairs ...string) answer {
	s.t.Helper()
	form := url.Values{"token": {s.sandbox.token}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return s.ask(http.MethodPost, target, form.Encode())
}

func (s *site) merchant(host string) *payneteasy.Client {
	s.t.Helper()
	config := s.gateway.Config()
	config.BaseURL, config.HTTPClient = "http://"+host+"/paynet", &http.Client{}
	client, err := payneteasy.NewClient(config)
	require.NoError(s.t, err)
	return client
}

func (s *site) request(id string) *payneteasy.PayoutRequest {
	s.t.Helper()
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(s.t, err)
	return &payneteasy.PayoutRequest{
		ClientOrderID: id, Amount: amount,
		BankAccount: &payneteasy.BankAccount{Number: "1234567890"},
	}
}

// pay sends a payout, and returns its order.
func (s *site) pay(id string, change ...func(*payneteasy.PayoutRequest)) payneteasytest.Order {
	s.t.Helper()
	request := s.request(id)
	for _, c := range change {
		c(request)
	}
	_, err := s.merchant(s.host()).Payout(s.t.Context(), request)
	require.NoError(s.t, err)
	orders := s.gateway.Orders()
	return orders[len(orders)-1]
}

// orderID is the gateway's ID of an order.
func (s *site) orderID(clientOrderID string) string {
	for _, o := range s.gateway.Orders() {
		if o.ClientOrderID == clientOrderID {
			return o.OrderID
		}
	}
	return "none"
}

func (s *site) host() string { return strings.TrimPrefix(s.origin, "http://") }

// last returns the last recorded call. A call that was cut is recorded only after the client has seen its end.
func (s *site) last() Call {
	s.t.Helper()
	for {
		change := s.sandbox.recorder.change()
		if calls := s.sandbox.recorder.last(1); len(calls) > 0 {
			return calls[0]
		}
		<-change
	}
}

// TestHosts checks that the page and the API answer only to the names on which the sandbox listens.
func TestHosts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	port := s.host()[strings.LastIndex(s.host(), ":"):]
	for host, want := range map[string]int{
		s.host(): http.StatusOK, "localhost" + port: http.StatusOK, "LOCALHOST" + port: http.StatusOK,
		"attacker.example": http.StatusMisdirectedRequest, "attacker.example" + port: http.StatusMisdirectedRequest,
		"127.0.0.1": http.StatusMisdirectedRequest, "127.0.0.1.attacker.example" + port: http.StatusMisdirectedRequest,
		"localhost:1": http.StatusMisdirectedRequest,
	} {
		page := s.ask(http.MethodGet, "/", "", "Host", host)
		require.Equal(t, want, page.status, host)
		require.Equal(t, want == http.StatusOK, strings.Contains(page.body, s.sandbox.token), host)
		live := s.ask(http.MethodGet, "/live", "", "Host", host)
		require.Equal(t, want, live.status, host)
		if want != http.StatusOK {
			require.Equal(t, want, s.ask(http.MethodPost, "/paynet/api/v4/payout/39915", "a=1", "Host", host).status,
				host)
			require.Equal(t, want, s.ask(http.MethodGet, "/events", "", "Host", host).status, host)
		}
	}
	for _, host := range []string{s.host(), "localhost" + port} {
		_, err := s.merchant(host).Payout(t.Context(), s.request(host[:3]))
		require.NoError(t, err, host)
	}
	require.Len(t, s.gateway.Orders(), 2)
}

// TestForeignForms checks that a form of another site, or without this page's token, has no effect.
func TestForeignForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.pay("a")
	s.pay("b")
	form := func(token string) string {
		return url.Values{
			"token": {token}, "orderid": {s.orderID("a")}, "do": {"decline"}, "fault": {"502"},
			"when": {"next"},
		}.Encode()
	}
	for name, refused := range map[string]struct {
		token  string
		header []string
	}{
		"no token":                     {"", nil},
		"another token":                {"x", nil},
		"another site":                 {s.sandbox.token, []string{"Sec-Fetch-Site", "cross-site"}},
		"another port":                 {s.sandbox.token, []string{"Sec-Fetch-Site", "same-site"}},
		"another origin":               {s.sandbox.token, []string{"Origin", "http://attacker.example"}},
		"an origin that is kept quiet": {s.sandbox.token, []string{"Origin", "null"}},
		"another type":                 {s.sandbox.token, []string{"Content-Type", "text/plain"}},
	} {
		for _, target := range []string{"/orders", "/faults", "/sign"} {
			require.Equal(t, http.StatusForbidden,
				s.ask(http.MethodPost, target, form(refused.token), refused.header...).status, name)
		}
	}
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://attacker.example"}} {
		calls := len(s.sandbox.recorder.last(maxCalls))
		require.Equal(t, http.StatusForbidden,
			s.ask(http.MethodPost, "/paynet/api/v4/payout/39915", "a=1", header...).status)
		require.Len(t, s.sandbox.recorder.last(maxCalls), calls, "the gateway never saw it")
	}
	require.Equal(t, http.StatusNotFound, s.ask(http.MethodPost, "/live", form(s.sandbox.token)).status)
	require.NotEqual(t, http.StatusSeeOther, s.ask(http.MethodGet, "/orders?"+form(s.sandbox.token), "").status)
	require.Equal(t, http.StatusBadRequest,
		s.ask(http.MethodPost, "/orders", "token="+strings.Repeat("x", maxForm)).status)
	for _, o := range s.gateway.Orders() {
		require.Equal(t, "processing", o.Status)
	}
	require.Empty(t, s.gateway.PendingFaults())

	own := s.ask(http.MethodPost, "/orders", form(s.sandbox.token), "Sec-Fetch-Site", "same-origin", "Origin", s.origin)
	require.Equal(t, http.StatusSeeOther, own.status)
	require.Equal(t, "declined", s.gateway.Orders()[0].Status)
}

// TestHeaders checks that no page is cached or framed, or runs anything except its own script.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, target := range []string{"/", "/live", "/sign", "/style.css", "/script.js", "/nothing", "/paynet"} {
		header := s.ask(http.MethodGet, target, "").header
		require.Contains(t, header.Get("Content-Security-Policy"),
			"default-src 'none'; style-src 'self'; script-src 'self'", target)
		require.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'", target)
		require.Equal(t, "no-store", header.Get("Cache-Control"), target)
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), target)
		require.Equal(t, "DENY", header.Get("X-Frame-Options"), target)
	}
	page := s.ask(http.MethodGet, "/", "").body
	require.NotRegexp(t, `<script(?: defer)?>|<style| style=| on[a-z]+=`, page)
	require.NotContains(t, page, "PRIVATE KEY-----")
}

// TestEscaping checks that any content of a request is shown as text.
func TestEscaping(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const hostile = `"><script>alert(1)</script>`
	s.pay(hostile, func(r *payneteasy.PayoutRequest) {
		r.OrderDesc, r.CallbackURL = "</pre><img src=x>", "https://merchant.example/<script>"
	})
	s.ask(http.MethodGet, "/paynet/<script>?a=<script>", "", "User-Agent", hostile)
	require.Equal(t, http.StatusSeeOther,
		s.post("/faults", "fault", "502", "when", "order", "client_orderid", hostile).status)
	sign := s.post("/sign", "url", hostile, "method", hostile, "nonce", hostile, "parameters", hostile+"=</textarea>"+
		hostile)
	require.Equal(t, http.StatusOK, sign.status)
	for _, page := range []string{
		s.ask(http.MethodGet, "/", "").body, s.ask(http.MethodGet, "/live", "").body,
		sign.body,
	} {
		require.NotContains(t, page, "<script>")
		require.NotContains(t, page, "<img")
		require.NotContains(t, page, `href="javascript`)
		require.Contains(t, page, "&lt;script&gt;")
		require.Equal(t, strings.Count(page, "<textarea"), strings.Count(page, "</textarea>"))
	}
}

// TestEvents checks that a page hears at once that it is connected, and later about calls and orders.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	follow := func() (next func() string, hangUp func()) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.origin+"/events", nil)
		require.NoError(t, err)
		resp, err := s.client.Do(req)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
		lines := bufio.NewReader(resp.Body)
		return func() string {
				text, err := lines.ReadString('\n')
				require.NoError(t, err)
				_, err = lines.ReadString('\n')
				require.NoError(t, err)
				return text
			}, func() {
				cancel()
				_ = resp.Body.Close()
			}
	}
	next, hangUp := follow()
	defer hangUp()
	require.Equal(t, "data: changed\n", next())
	s.ask(http.MethodGet, "/paynet/", "")
	require.Equal(t, "data: changed\n", next(), "a call")
	s.pay("a")
	require.Equal(t, "data: changed\n", next(), "an order")
	s.gateway.Become("a", payneteasytest.Stuck())
	require.Equal(t, "data: changed\n", next(), "a step")

	for range maxListeners - 1 {
		next, hangUp := follow()
		defer hangUp()
		require.Equal(t, "data: changed\n", next())
	}
	require.Equal(t, http.StatusServiceUnavailable, s.ask(http.MethodGet, "/events", "").status)
}

// TestForeignScripts checks that a page of another site cannot use up the connections of the page.
func TestForeignScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, site := range []string{"cross-site", "same-site"} {
		for _, target := range []string{"/events", "/live"} {
			require.Equal(t, http.StatusForbidden, s.ask(http.MethodGet, target, "", "Sec-Fetch-Site", site).status,
				target)
		}
		require.Equal(t, http.StatusOK, s.ask(http.MethodGet, "/", "", "Sec-Fetch-Site", site).status,
			"a link may lead here")
	}
	require.Equal(t, http.StatusOK, s.ask(http.MethodGet, "/live", "", "Sec-Fetch-Site", "same-origin").status)
	require.Empty(t, s.sandbox.listeners)
}

// TestStalledBodies checks that a body that does not arrive is cut, and that a late reply is not.
func TestStalledBodies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sandbox.patience = time.Millisecond
	for _, target := range []string{"/paynet/api/v4/payout/39915", "/orders", "/nothing"} {
		connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.host())
		require.NoError(t, err)
		_, err = io.WriteString(connection, "POST "+target+" HTTP/1.1\r\nHost: "+s.host()+
			"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na=")
		require.NoError(t, err)
		_, err = io.ReadAll(connection) // until the other side closes the connection
		require.NoError(t, err, target)
		require.NoError(t, connection.Close())
	}

	s = newSite(t)
	s.sandbox.patience = 25 * time.Millisecond
	s.gateway.FailNext(payneteasytest.LateReply(4 * s.sandbox.patience))
	s.pay("late")
}
