package ecommpay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// logged is a handler of a platform that says this of a payment, its log, and what it told.
func logged(t *testing.T, says func() string) (handler *CallbackHandler, log *bytes.Buffer, got *[]telling) {
	t.Helper()
	handler, got = told(t, says)
	log = &bytes.Buffer{}
	handler.client.config.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return handler, log, got
}

// TestCallbackKinds: a callback whose signature matches, and which is not about a payout of ours, is answered 200, told
// to no one, and logged. Without its signature it is refused.
func TestCallbackKinds(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a token":                      `{"project_id":91348,"token":"c8175453","token_created_at":"2024-04-24T13:30:00+0000","request":{"action":"create","status":"success","id":"1"},"customer":{"id":"1"}}`,
		"a recurring payment":          `{"project_id":91348,"recurring":{"id":1001,"status":"active","currency":"EUR","amount":1000},"customer":{"id":"1"}}`,
		"a recurring one of a payment": `{"project_id":91348,"payment":{"id":"order-1"},"recurring":{"id":1001,"status":"cancelled"}}`,
		"redirect data":                `{"project_id":91348,"payment":{"id":"order-1"},"redirect_data":{"method":"GET","body":[],"encrypted":[],"url":"https://a.example/"}}`,
		"redirect data, by general":    `{"general":{"project_id":91348,"payment_id":"order-1"},"redirect_data":{"url":"https://a.example/"}}`,
		"redirect data of a payment":   `{"project_id":91348,"payment":{"id":"order-1","type":"purchase","status":"awaiting redirect result"},"redirect_data":{"url":"https://a.example/"}}`,
		"a 3-D Secure page":            `{"project_id":91348,"payment":{"id":"order-1","type":"purchase","status":"awaiting 3ds result"},"acs":{"pa_req":"x"}}`,
		"an invoice":                   `{"project_id":91348,"invoice":{"id":7,"status":"sent"}}`,
		"a purchase":                   `{"project_id":91348,"payment":{"id":"order-1","type":"purchase","status":"success"},"operation":{"id":1,"type":"sale","status":"success"}}`,
		"a purchase, by its operation": `{"project_id":91348,"payment":{"id":"order-1","status":"success"},"operation":{"id":1,"type":"sale","status":"success"}}`,
		"a recurring operation":        `{"project_id":91348,"payment":{"id":"order-1","status":"decline"},"operation":{"id":1,"type":"recurring","status":"decline"}}`,
		"a verified card":              `{"project_id":91348,"payment":{"id":"order-1","type":"card_verify","status":"success"},"operation":{"id":1,"type":"account verification","status":"success"}}`,
		"a purchase that is refunded":  `{"project_id":91348,"payment":{"id":"order-1","status":"refunded"},"operation":{"id":1,"type":"refund","status":"success"}}`,
		"a purchase without any type":  `{"project_id":91348,"payment":{"id":"order-1","status":"success"}}`,
		"an id that is not ours":       `{"project_id":91348,"payment":{"id":"` + strings.Repeat("p", 256) + `","status":"success"}}`,
		"an id with a semicolon":       `{"project_id":91348,"payment":{"id":"a;b","status":"success"}}`,
		"a token with a uuid":          `{"project_id":91348,"uuid":"u-1","token":"c8175453"}`,
		"an invoice with a uuid":       `{"project_id":91348,"uuid":"u-1","invoice":{"id":7}}`,
		"redirect data with a uuid":    `{"project_id":91348,"uuid":"u-1","redirect_data":{"url":"https://a.example/"}}`,
		"a purchase with a uuid":       `{"project_id":91348,"uuid":"u-1","payment":{"id":"order-1","type":"purchase"}}`,
		"a token of a payout":          `{"project_id":91348,"token":"c8175453","operation":{"id":1,"type":"payout"}}`,
		"redirect data of a payout":    `{"project_id":91348,"payment":{"id":"order-1","type":"payout"},"redirect_data":{"url":"https://a.example/"}}`,
		"a 3-D Secure page of one":     `{"project_id":91348,"payment":{"id":"order-1","type":"payout"},"acs":{"pa_req":"x"}}`,
		"a payment that is null":       `{"payment":null}`,
		"a payment that is a text":     `{"payment":"text"}`,
		"an id that is an object":      `{"payment":{"id":{"a":1},"status":"success"}}`,
		"an empty payment":             `{"payment":{"id":null,"status":null},"operation":null}`,
		"nothing":                      `{}`,
	} {
		handler, log, got := logged(t, func() string {
			return signed(t, `{"project_id":91348,"payment":{"id":"order-1","type":"purchase","status":"success"}}`)
		})
		handler.Ref = nil
		require.Equal(t, http.StatusOK, served(handler, signed(t, text)), name)
		require.Empty(t, *got, name)
		require.Equal(t, 1, strings.Count(log.String(), `msg="ecommpay callback"`), "%s: %s", name, log)
		require.Contains(t, log.String(), "http_status=200", name)
		require.NotContains(t, log.String(), "c8175453")

		cb, err := handler.client.ParseCallback(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(signed(t, text))))
		if refused, ok := errors.AsType[*CallbackError](err); ok {
			require.ErrorIs(t, err, ErrNoPayment, name)
			require.Equal(t, http.StatusOK, refused.HTTPStatus, name)
		} else {
			require.Equal(t, "order-1", cb.PaymentID, name)
		}

		for _, forged := range []string{text, strings.Replace(signed(t, text), `"signature":"`, `"signature":"A`, 1)} {
			log.Reset()
			require.Equal(t, http.StatusForbidden, served(handler, forged), name)
			require.Contains(t, log.String(), `level=WARN msg="ecommpay callback" outcome=forged http_status=403 reason=`, name)
		}
		require.Empty(t, *got, name)
	}
}

// TestCallbackRefusalsInTheLog: one record with the reason, and nothing of the request.
func TestCallbackRefusalsInTheLog(t *testing.T) {
	t.Parallel()
	handler, log, got := logged(t, func() string { return statusOf(t, "success", "") })
	body := resultCallback(t, "success")
	for name, test := range map[string]struct {
		change func(*http.Request)
		code   int
		reason string
	}{
		"GET":         {func(r *http.Request) { r.Method = http.MethodGet }, 405, "the method is not POST"},
		"compressed":  {func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415, "its body is encoded (Content-Encoding): it must be sent plain"},
		"too large":   {func(r *http.Request) { r.ContentLength = maxMessage + 1 }, 413, "it is larger than 256 KiB"},
		"read before": {func(r *http.Request) { _, _ = io.ReadAll(r.Body) }, 400, "the body was read before the handler: the signature is that of its bytes, so put them back into Request.Body"},
		"read by ParseForm": {func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			_ = r.ParseForm()
		}, 400, "the body was read before the handler"},
		"read in part": {func(r *http.Request) { _, _ = io.ReadFull(r.Body, make([]byte, 9)) }, 400, "the body was read before the handler"},
		"not JSON": {func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("4444555566661111")), 16
		}, 400, "malformed message: it is not an object"},
		"cut": {func(r *http.Request) { r.Body = io.NopCloser(failingReader{}) }, 400, "its body could not be read: reset"},
	} {
		log.Reset()
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		test.change(r)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Equal(t, test.code, w.Code, name)
		require.Contains(t, log.String(), `level=WARN msg="ecommpay callback" outcome=refused`, name)
		require.Contains(t, log.String(), test.reason, name)
		require.NotContains(t, log.String(), "cosmoshop", name)
		require.NotContains(t, log.String(), "4444555566661111", name)
	}
	for _, encoding := range []string{"identity", "Identity, IDENTITY", ""} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Encoding", encoding)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code, encoding)
	}
	require.Len(t, *got, 1)
}

// leakingStore fails where it is told to.
type leakingStore struct {
	payneteasy.MemoryCallbackStore
	begin, end error
}

func (s *leakingStore) Begin(ctx context.Context, order string) (string, error) {
	if s.begin != nil {
		return "", s.begin
	}
	return s.MemoryCallbackStore.Begin(ctx, order)
}

func (s *leakingStore) End(ctx context.Context, order, told string) error {
	if s.end != nil {
		return s.end
	}
	return s.MemoryCallbackStore.End(ctx, order, told)
}

// TestCallbackFailuresInTheLog: store, functions and question are told apart, each with its cause, without numbers of
// cards.
func TestCallbackFailuresInTheLog(t *testing.T) {
	t.Parallel()
	leaks := func(what string) error {
		return errors.New(what + ": card 4444 5555 6666 1111, token c8175453f68ec7c8fb3f052b8d786c661261efebcb91155327a6c7b8f8e66359, jane@example.com")
	}
	says := func() string { return statusOf(t, "success", "") }
	handler, log, _ := logged(t, func() string { return says() })
	store := &leakingStore{}
	handler.Store = store
	var handle, ref error
	handler.handle = func(context.Context, payneteasy.News, *Callback) error { return handle }
	handler.Ref = func(context.Context, *Callback) (PayoutRef, error) { return registration(t).Ref(), ref }
	for _, test := range []struct {
		fails, repair func()
		code          int
		says, reason  string
	}{
		{func() { store.begin = leaks("no connection") }, func() { store.begin = nil }, 503, `level=ERROR msg="ecommpay callback" outcome="the store failed"`, "no connection: card [redacted]"},
		{func() { ref = leaks("no table") }, func() { ref = nil }, 503, `level=ERROR msg="ecommpay callback" outcome="the order could not be looked up"`, "no table: card [redacted]"},
		{func() { ref = errors.Join(ErrMismatch, leaks("not ours")) }, func() { ref = nil }, 409, `outcome="not the same order"`, "not ours: card [redacted]"},
		{func() { says = func() string { return "{}" } }, func() { says = func() string { return statusOf(t, "success", "") } }, 503, `level=WARN msg="ecommpay callback" outcome="the status could not be asked"`, `status \"cosmoshop_payout_1323\": failed`},
		{func() { handle = leaks("books closed") }, func() { handle = nil }, 500, `level=WARN msg="ecommpay callback" outcome="the function failed"`, "books closed: card [redacted]"},
		{func() { store.end = leaks("gone") }, func() { store.end = nil }, 503, `level=ERROR msg="ecommpay callback" outcome="the store failed"`, "gone: card [redacted]"},
	} {
		log.Reset()
		test.fails()
		require.Equal(t, test.code, served(handler, resultCallback(t, "success")), test.says)
		test.repair()
		require.Equal(t, 1, strings.Count(log.String(), "ecommpay callback"), log.String())
		require.Contains(t, log.String(), test.says)
		require.Contains(t, log.String(), test.reason)
		for _, secret := range []string{"1111", "c8175453", "jane@"} {
			require.NotContains(t, log.String(), secret, test.says)
		}
	}
}

// TestCallbackSlowBody: the request's context ends the reading of a body whose sender is silent.
func TestCallbackSlowBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		silent, sender := io.Pipe()
		defer func() { _ = sender.Close() }()
		r := httptest.NewRequest(http.MethodPost, "/", silent).WithContext(ctx)
		_, err := testClient(t, "").ParseCallback(r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		synctest.Wait()
	})
}
