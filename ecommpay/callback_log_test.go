package ecommpay

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// TestCallbackRefusalLog checks that a refusal writes one record with the reason, and no part of the request.
func TestCallbackRefusalLog(t *testing.T) {
	t.Parallel()
	handler, log, got := logged(t, func() string { return statusOf(t, "success", "") })
	body := resultCallback(t, "success")
	for name, test := range map[string]struct {
		change func(*http.Request)
		code   int
		reason string
	}{
		"GET": {func(r *http.Request) { r.Method = http.MethodGet }, 405, "the method is not POST"},
		"compressed": {
			func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415,
			"its body is encoded (Content-Encoding): it must be sent plain",
		},
		"too large": {func(r *http.Request) { r.ContentLength = maxMessage + 1 }, 413, "it is larger than 256 KiB"},
		"read before": {
			func(r *http.Request) { _, _ = io.ReadAll(r.Body) }, 400,
			"the body was read before the handler: the signature covers its bytes, so put them back into " +
				"Request.Body",
		},
		"read by ParseForm": {func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			_ = r.ParseForm()
		}, 400, "the body was read before the handler"},
		"read in part": {
			func(r *http.Request) { _, _ = io.ReadFull(r.Body, make([]byte, 9)) }, 400,
			"the body was read before the handler",
		},
		"not JSON": {func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("4444555566661111")), 16
		}, 400, "malformed message: it is not an object"},
		"cut": {
			func(r *http.Request) { r.Body = io.NopCloser(failingReader{}) }, 400,
			"its body could not be read: reset",
		},
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

// leakingStore fails at the given place.
type leakingStore struct {
	webhook.MemoryStore
	begin, end error
}

func (s *leakingStore) Begin(ctx context.Context, order string) (string, error) {
	if s.begin != nil {
		return "", s.begin
	}
	return s.MemoryStore.Begin(ctx, order)
}

func (s *leakingStore) End(ctx context.Context, order, told string) error {
	if s.end != nil {
		return s.end
	}
	return s.MemoryStore.End(ctx, order, told)
}

// TestCallbackFailureLog checks that the log distinguishes failures of the store, the functions and the question. Each
// has its cause, without card numbers.
func TestCallbackFailureLog(t *testing.T) {
	t.Parallel()
	leaks := func(what string) error {
		return errors.New(what +
			": card 4444 5555 6666 1111, token c8175453f68ec7c8fb3f052b8d786c661261efebcb91155327a6c7b8f8e66359, " +
			"jane@example.com")
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
		{
			func() { store.begin = leaks("no connection") }, func() { store.begin = nil }, 503,
			`level=ERROR msg="ecommpay callback" outcome="the store failed"`, "no connection: card [redacted]",
		},
		{
			func() { ref = leaks("no table") }, func() { ref = nil }, 503,
			`level=ERROR msg="ecommpay callback" outcome="the order could not be looked up"`,
			"no table: card [redacted]",
		},
		{
			func() { ref = errors.Join(ErrMismatch, leaks("not ours")) }, func() { ref = nil }, 409,
			`outcome="not the same order"`, "not ours: card [redacted]",
		},
		{
			func() { says = func() string { return "{}" } },
			func() { says = func() string { return statusOf(t, "success", "") } }, 503,
			`level=WARN msg="ecommpay callback" outcome="the status could not be asked"`,
			`status \"cosmoshop_payout_1323\": failed`,
		},
		{
			func() { handle = leaks("books closed") }, func() { handle = nil }, 500,
			`level=WARN msg="ecommpay callback" outcome="the function failed"`, "books closed: card [redacted]",
		},
		{
			func() { store.end = leaks("gone") }, func() { store.end = nil }, 503,
			`level=ERROR msg="ecommpay callback" outcome="the store failed"`, "gone: card [redacted]",
		},
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
