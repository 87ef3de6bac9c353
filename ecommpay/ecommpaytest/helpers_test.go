package ecommpaytest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// shop is a merchant who sends requests by hand, and receives callbacks without a network.
type shop struct {
	t       *testing.T
	gateway *ecommpaytest.Gateway
	client  *http.Client
	signer  *ecommpay.Signer

	mu      sync.Mutex
	came    [][]byte // bodies of callbacks
	answers []int    // HTTP statuses for the first callbacks, 0 for none; then 200
}

func newShop(t *testing.T, gateway *ecommpaytest.Gateway) *shop {
	signer, err := ecommpay.NewSigner(payneteasy.NewSecret(ecommpaytest.SecretKey))
	require.NoError(t, err)
	s := &shop{t: t, gateway: gateway, client: gateway.HTTPClient(), signer: signer}
	gateway.SetCallbackURL("https://shop.example/callback")
	gateway.SetCallbackClient(&http.Client{Transport: s})
	return s
}

// RoundTrip receives a callback.
func (s *shop) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.came = append(s.came, body)
	status := http.StatusOK
	if len(s.answers) > 0 {
		status, s.answers = s.answers[0], s.answers[1:]
	}
	if status == 0 {
		return nil, errors.New("no answer")
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
}

// callbacks waits for the callbacks that are due, and returns all that have arrived.
func (s *shop) callbacks() [][]byte {
	s.gateway.WaitCallbacks()
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([][]byte(nil), s.came...)
}

// last returns the last callback, after it has verified the signature.
func (s *shop) last() map[string]any {
	s.t.Helper()
	all := s.callbacks()
	require.NotEmpty(s.t, all)
	require.NoError(s.t, s.signer.Verify(all[len(all)-1]))
	return decode(s.t, all[len(all)-1])
}

func decode(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var message map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&message), "%s", body)
	return message
}

// at returns the value in a message at a path of names and numbers.
func at(message any, path ...any) any {
	for _, step := range path {
		switch name := step.(type) {
		case string:
			object, _ := message.(map[string]any)
			message = object[name]
		case int:
			list, _ := message.([]any)
			if name >= len(list) {
				return nil
			}
			message = list[name]
		}
	}
	return message
}

const (
	registrationPath = "/v2/payment/payout/registration"
	statusPath       = "/v2/payment/status"
)

// registration returns the documented example.
func registration(id string) map[string]any {
	return map[string]any{
		"general": map[string]any{"project_id": ecommpaytest.ProjectID, "payment_id": id},
		"customer": map[string]any{
			"id": "16061314", "email": "p.jeltz@mail.com", "phone": "44991234567",
			"ip_address": "93.47.230.225",
		},
		"payment": map[string]any{"amount": 7000, "currency": "EUR"},
	}
}

func (s *shop) sign(message map[string]any) []byte {
	s.t.Helper()
	body, err := json.Marshal(message)
	require.NoError(s.t, err)
	signature, err := s.signer.Sign(body)
	require.NoError(s.t, err)
	general, ok := message["general"].(map[string]any)
	require.True(s.t, ok)
	general["signature"] = signature
	body, err = json.Marshal(message)
	require.NoError(s.t, err)
	return body
}

// reply is an answer of Gate API.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (s *shop) try(path string, body []byte) (reply, error) {
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.gateway.URL()+path, bytes.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	read, err := io.ReadAll(resp.Body)
	require.NoError(s.t, resp.Body.Close())
	return reply{resp.StatusCode, resp.Header, read}, err
}

func (s *shop) post(path string, body []byte) reply {
	s.t.Helper()
	r, err := s.try(path, body)
	require.NoError(s.t, err)
	return r
}

// register registers the example, and returns its uuid from the callback.
func (s *shop) register(id string) string {
	s.t.Helper()
	r := s.post(registrationPath, s.sign(registration(id)))
	require.Equal(s.t, http.StatusOK, r.status, "%s", r.body)
	message := s.last()
	require.Equal(s.t, "awaiting_payout_completion", at(message, "payment", "status"))
	uuid, ok := message["uuid"].(string)
	require.True(s.t, ok)
	return uuid
}

// status returns a status answer, after it has verified the signature.
func (s *shop) status(id string) map[string]any {
	s.t.Helper()
	r := s.askStatus(id)
	require.Equal(s.t, http.StatusOK, r.status)
	require.NoError(s.t, s.signer.Verify(r.body))
	return decode(s.t, r.body)
}

func (s *shop) askStatus(id string) reply {
	s.t.Helper()
	return s.post(statusPath,
		s.sign(map[string]any{"general": map[string]any{"project_id": ecommpaytest.ProjectID, "payment_id": id}}))
}

// parameters returns the parameters that Payment Page needs, signed. An empty extra value removes a parameter.
func (s *shop) parameters(id, uuid string, extra ...string) url.Values {
	s.t.Helper()
	flat := map[string]string{
		"mode": "payout", "project_id": "91348", "payment_id": id, "uuid": uuid, "payment_currency": "EUR",
		"payment_amount": "7000",
		"customer_id":    "16061314", "customer_email": "p.jeltz@mail.com",
	}
	for i := 0; i < len(extra); i += 2 {
		flat[extra[i]] = extra[i+1]
	}
	maps.DeleteFunc(flat, func(_, value string) bool { return value == "" })
	body, err := json.Marshal(flat)
	require.NoError(s.t, err)
	signature, err := s.signer.Sign(body)
	require.NoError(s.t, err)
	values := url.Values{"signature": {signature}}
	for name, value := range flat {
		values.Set(name, value)
	}
	return values
}

func (s *shop) link(id, uuid string, extra ...string) string {
	return s.gateway.Config().PageURL + "?" + s.parameters(id, uuid, extra...).Encode()
}

// seen is a page as a receiver sees it.
type seen struct {
	method string
	status int
	header http.Header
	url    string
	body   string
}

func (s *shop) browse(req *http.Request, err error) seen {
	s.t.Helper()
	require.NoError(s.t, err)
	resp, err := s.client.Do(req)
	require.NoError(s.t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, resp.Body.Close())
	return seen{resp.Request.Method, resp.StatusCode, resp.Header, resp.Request.URL.String(), string(body)}
}

func (s *shop) open(link string) seen {
	s.t.Helper()
	return s.browse(http.NewRequestWithContext(s.t.Context(), http.MethodGet, link, nil))
}

func (s *shop) send(link string, form url.Values) seen {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, link, strings.NewReader(form.Encode()))
	require.NoError(s.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.browse(req, nil)
}

// enter fills in the card.
func (s *shop) enter(page seen, number string) seen {
	s.t.Helper()
	return s.send(page.url,
		url.Values{"step": {"card"}, "number": {number}, "expiry": {"12/39"}, "holder": {"P JELTZ"}})
}

// code fills in the code.
func (s *shop) code(page seen, code string) seen {
	s.t.Helper()
	return s.send(page.url, url.Values{"step": {"code"}, "code": {code}})
}

var titleTag = regexp.MustCompile(`<h1>(.*)</h1>`)

func (p seen) title() string {
	if match := titleTag.FindStringSubmatch(p.body); match != nil {
		return html.UnescapeString(match[1])
	}
	return ""
}
