package ecommpay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// signed returns a message with its signature. It is at the root, or in general if there is one.
func signed(t testing.TB, text string) string {
	t.Helper()
	var message map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&message), text)
	signature, err := signer(t, "secret").Sign([]byte(text))
	require.NoError(t, err)
	if general, ok := message["general"].(map[string]any); ok {
		general["signature"] = signature
	} else {
		message["signature"] = signature
	}
	raw, err := json.Marshal(message)
	require.NoError(t, err)
	return string(raw)
}

// answering returns a client of a platform that answers every call with answer.
func answering(t *testing.T, answer func(path string, asked value) (status int, body string)) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		asked, err := parseMessage(raw)
		if err != nil || signer(t, "secret").Verify(raw) != nil || r.Method != http.MethodPost ||
			r.Header.Get("Content-Type") != "application/json" {
			http.Error(w, "not a signed message", http.StatusTeapot)
			return
		}
		status, body := answer(r.URL.Path, asked)
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return testClient(t, server.URL)
}

func testClient(t testing.TB, url string) *Client {
	t.Helper()
	client, err := NewClient(Config{
		ProjectID: 91348, SecretKey: payneteasy.NewSecret("secret"), BaseURL: url,
		Wait: WaitOptions{MinInterval: time.Millisecond, MaxInterval: 2 * time.Millisecond, MaxWait: 20 * time.Second},
	})
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// registration returns the registration of the seed.
func registration(t testing.TB) *PayoutRegistration {
	t.Helper()
	amount, err := payneteasy.AmountFromMinor(7000, "EUR")
	require.NoError(t, err)
	return &PayoutRegistration{
		PaymentID: "cosmoshop_payout_1323", Amount: amount,
		Customer: Customer{ID: "16061314", Email: "p.jeltz@mail.com", Phone: "44991234567", IPAddress: "93.47.230.225"},
	}
}

// statusOf returns the platform's answer about the payment of the seed.
func statusOf(t testing.TB, status, more string) string {
	t.Helper()
	return signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"`+status+
		`","sum":{"amount":7000,"currency":"EUR"}},`+
		`"operations":[{"id":500359719,"type":"payout","status":"`+status+`","code":"0","message":"Success"}]`+more+`}`)
}

func served(handler http.Handler, body string) int {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/callback", strings.NewReader(body)))
	return w.Code
}

func signer(tb testing.TB, key string, old ...payneteasy.Secret) *Signer {
	tb.Helper()
	s, err := NewSigner(payneteasy.NewSecret(key), old...)
	require.NoError(tb, err)
	return s
}

type vectors struct {
	Vectors []struct {
		Name, Secret, JSON string
		StringToSign       byOrder `json:"string_to_sign"`
		Signature          byOrder
	}
	Callbacks       []struct{ Name, Raw, Expected string }
	CallbacksSecret string `json:"callbacks_secret"`
	Collision       struct {
		Secret    string
		A, B      map[string]string
		Signature string
	}
}

// byOrder is one text, or one for each order if they differ. The orders are natural by path, bytes by path, and by
// line.
type byOrder [3]string

func (b *byOrder) UnmarshalJSON(raw []byte) error {
	var orders struct {
		Natural string `json:"natural_by_path"`
		Path    string `json:"bytes_by_path"`
		Line    string `json:"bytes_by_line"`
	}
	if raw[0] == '"' {
		*b = byOrder{}
		return json.Unmarshal(raw, &b[0])
	}
	err := json.Unmarshal(raw, &orders)
	*b = byOrder{orders.Natural, orders.Path, orders.Line}
	return err
}

func readVectors(tb testing.TB) (v vectors) {
	tb.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	require.NoError(tb, err)
	require.NoError(tb, json.Unmarshal(raw, &v))
	return v
}

// seedCallback returns the callback of the seed, with valid JSON and a time in the future.
func seedCallback(t testing.TB) string {
	t.Helper()
	return signed(t, `{"general":{"project_id":"91348","payment_id":"cosmoshop_payout_1323"},"request_id":"50715",
		"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"awaiting_payout_completion"},
		"operation":{"id":"500359719","type":"payout","status":"awaiting_payout_completion"},"customer":{"id":"16061314"},
		"sum_request":{"amount":"7000","currency":"EUR"},"transaction":{"type":"payout"},
		"uuid":"Lm3V9lmykig2d51Z/2Yrnue9+o5GTkVvY/sRDLKAnSS+AagnGCJ1nsPg==","uuid_expired_at":"`+seedTime()+`"}`)
}

func seedTime() string {
	return time.Now().Add(30 * time.Minute).UTC().Format("2006-01-02T15:04:05-0700")
}

// resultCallback returns a callback in the basic format, with a result.
func resultCallback(t testing.TB, status string) string {
	t.Helper()
	return signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"`+status+
		`","date":"2024-04-24T13:30:00+0000","method":"card","sum":{"amount":7000,"currency":"EUR"},"description":""},
		"account":{"number":"424242******4242","token":"c8175453f68ec7c8fb3f052b8d786c661261efebcb91155327a6c7b8f8e66359","type":"visa"},"customer":{"id":"16061314"},
		"operation":{"id":9007199254740993,"type":"payout","status":"`+status+
		`","date":"2024-04-24T13:30:00+0000","request_id":"1f6d","code":"0","message":"Success"}}`)
}

func parse(t *testing.T, body string) (*Callback, error) {
	t.Helper()
	return testClient(t, "").ParseCallback(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
}

// telling is one call of the merchant's function.
type telling struct {
	payneteasy.News
	*Callback
}

// contradicts reports whether the news could not follow from what was told before.
func (t telling) contradicts() bool {
	return t.Decision == payneteasy.DecisionReview && t.Cause == payneteasy.CauseChanged
}

// told returns a handler of a platform with these answers, and the list of what it tells.
func told(t *testing.T, says func() string) (*CallbackHandler, *[]telling) {
	t.Helper()
	client := answering(t, func(path string, _ value) (int, string) {
		require.Equal(t, "/v2/payment/status", path)
		return 200, says()
	})
	var got []telling
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, cb *Callback) error {
		got = append(got, telling{news, cb})
		return nil
	})
	handler.Ref = func(context.Context, *Callback) (PayoutRef, error) { return registration(t).Ref(), nil }
	return handler, &got
}

// keepingStore keeps the last record.
type keepingStore struct{ record string }

func (s *keepingStore) Begin(context.Context, string) (string, error) { return s.record, nil }

func (s *keepingStore) End(_ context.Context, _, record string) error {
	s.record = record
	return nil
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("reset") }

const (
	paysOut     = `{"id":1,"type":"payout","status":"success"}`
	takesBack2  = `{"id":2,"type":"payout reversal","status":"success"}`
	takesBack3  = `{"id":3,"type":"payout reversal","status":"success"}`
	ofPayout    = `"type":"payout",`
	brokeWith   = `{"id":1,"type":"payout","status":"error","code":"317"}`
	failedBack2 = `{"id":2,"type":"payout reversal","status":"decline"}`
)

func statusWith(t *testing.T, status, operations string) string {
	t.Helper()
	return signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"`+status+
		`","sum":{"amount":7000,"currency":"EUR"}},"operations":[`+operations+`]}`)
}

func callbackWith(t *testing.T, kind, status, operation string) string {
	t.Helper()
	return signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323",`+kind+`"status":"`+status+
		`","sum":{"amount":7000,"currency":"EUR"}},"operation":`+operation+`}`)
}

func session(t testing.TB) *Session {
	t.Helper()
	return &Session{
		PaymentID: "cosmoshop_payout_1323", UUID: "Lm3V9lmykig2d51Z/2Yrnue9+o5GTkVvY/sRDLKAnSS+AagnGCJ1nsPg==",
		ExpiresAt: time.Now().Add(30 * time.Minute),
		Amount:    registration(t).Amount, CustomerID: "16061314",
	}
}

// flow is a platform that registers, calls back, and answers with its status.
type flow struct {
	mu      sync.Mutex
	posts   []string
	status  string
	answer  string // the answer to a registration; "" is success
	handler *CallbackHandler
	call    bool // calls back after a registration
}

func (f *flow) set(status string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = status
}

func newFlow(t *testing.T) (*Client, *flow) {
	t.Helper()
	f := &flow{status: "awaiting_payout_completion", call: true}
	client := answering(t, func(path string, asked value) (int, string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		id := asked.get("general", "payment_id").text
		if strings.HasSuffix(path, "status") {
			return 200, strings.ReplaceAll(statusOf(t, f.status, ""), "none", id)
		}
		f.posts = append(f.posts, id)
		if f.call {
			go func() { served(f.handler, seedCallback(t)) }()
		}
		if f.answer != "" {
			return 400, f.answer
		}
		return 200, `{"status":"success","request_id":"1","payment_id":"` + id + `"}`
	})
	f.handler = client.CallbackHandler(nil)
	return client, f
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// saying returns a client for virtual time, of a platform that answers each question with this text. Without a text,
// the platform cannot be reached.
func saying(t *testing.T, says *string) *Client {
	t.Helper()
	client, err := NewClient(Config{
		ProjectID: 91348, SecretKey: payneteasy.NewSecret("secret"), BaseURL: "http://localhost",
		HTTPClient: &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			if *says == "" {
				return nil, errors.New("no route to host")
			}
			return &http.Response{
				StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Content-Type": {"application/json"}},
				Body:   io.NopCloser(strings.NewReader(*says)), ContentLength: int64(len(*says)), Request: req,
			}, nil
		})},
	})
	require.NoError(t, err)
	return client
}

// losingStore stores nothing while it loses, like a database when the process dies before a callback ends.
type losingStore struct {
	keepingStore
	loses bool
}

func (s *losingStore) End(ctx context.Context, payment, record string) error {
	if s.loses {
		return nil
	}
	return s.keepingStore.End(ctx, payment, record)
}

// logged returns a handler of a platform with these answers, its log, and the list of what it tells.
func logged(t *testing.T, says func() string) (handler *CallbackHandler, log *bytes.Buffer, got *[]telling) {
	t.Helper()
	handler, got = told(t, says)
	log = &bytes.Buffer{}
	handler.client.config.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return handler, log, got
}
