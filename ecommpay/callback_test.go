package ecommpay

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

func TestCallbackFields(t *testing.T) {
	t.Parallel()
	cb, err := parse(t, seedCallback(t))
	require.NoError(t, err)
	require.Equal(t, "cosmoshop_payout_1323", cb.PaymentID)
	require.Equal(t, "91348", cb.ProjectID)
	require.Equal(t, "50715", cb.RequestID)
	require.Equal(t, "payout", cb.Type)
	require.Equal(t, registration(t).Amount, cb.Amount)
	require.True(t, cb.Status.Is("awaiting payout completion"))
	require.False(t, cb.Status.Final())
	s, ok := cb.Session()
	require.True(t, ok)
	require.Equal(t, "16061314", s.CustomerID)
	link, err := testClient(t, "").PaymentPageURL(registration(t), s, nil)
	require.NoError(t, err)
	require.Contains(t, link, "uuid=Lm3V9lmykig2d51Z%2F2Yrnue9%2Bo5")

	cb, err = parse(t, resultCallback(t, "success"))
	require.NoError(t, err)
	require.Equal(t, "9007199254740993", cb.Operation.ID)
	require.Equal(t, "424242******4242", cb.AccountNumber)
	require.Len(t, cb.AccountToken.Reveal(), 64)
	require.Equal(t, time.Date(2024, 4, 24, 13, 30, 0, 0, time.UTC), cb.Operation.Date.UTC())
	require.NoError(t, cb.Refusal())
	require.Nil(t, cb.Confirmed, "nothing was confirmed")
	_, ok = cb.Session()
	require.False(t, ok)
	require.Contains(t, string(cb.Raw()), `"9007199254740993"`[1:17])
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", cb, *cb, *cb)} {
		require.NotContains(t, text, "c8175453")
		require.Contains(t, text, "cosmoshop_payout_1323")
	}
}

// TestRefusedCallbacks checks that a refused callback has a clear error that contains no part of it.
func TestRefusedCallbacks(t *testing.T) {
	t.Parallel()
	sign := func(text string) string { return signed(t, text) }
	for _, test := range []struct {
		body   string
		status int
		is     error
	}{
		{`{"signature":5}`, 400, ErrMalformed},
		{`null`, 400, ErrMalformed},
		{`not JSON`, 400, ErrMalformed},
		{``, 400, ErrMalformed},
		{strings.Repeat("[", 1000), 400, ErrMalformed},
		{`{"payment":null,"general":null,"operation":null,"errors":null,"signature":null}`, 403, ErrUnsigned},
		{`{"payment":{"id":"p","status":"success"}}`, 403, ErrUnsigned},
		{strings.Replace(resultCallback(t, "success"), "7000", "7001", 1), 403, ErrForged},
		{strings.Replace(resultCallback(t, "decline"), "decline", "success", 2), 403, ErrForged},
		{sign(`{"payment":{"type":"payout","status":"success"}}`), 400, nil},
		{sign(`{"payment":{"id":"p","status":null},"operation":{"type":"payout reversal"}}`), 400, nil},
		{sign(`{"general":{"payment_id":"p"},"uuid":"u"}`), 400, nil},
		{sign(`{"project_id":1,"payment":{"id":"p","status":"success"}}`), 400, ErrMismatch},
		{`{"payment":{"id":"p","id":"q","status":"success"},"signature":"x"}`, 400, ErrMalformed},
		{`{"a":"` + strings.Repeat("x", maxMessage) + `"}`, 413, nil},
	} {
		_, err := parse(t, test.body)
		var refused *CallbackError
		require.ErrorAs(t, err, &refused, "%.80s", test.body)
		require.Equal(t, test.status, refused.HTTPStatus, "%.80s: %v", test.body, err)
		if test.is != nil {
			require.ErrorIs(t, err, test.is)
		}
		require.NotContains(t, err.Error(), "cosmoshop")
		require.Less(t, len(err.Error()), 200)
	}
	client := testClient(t, "")
	for _, test := range []struct {
		change func(*http.Request)
		status int
	}{
		{func(r *http.Request) { r.Method = http.MethodGet }, 405},
		{func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415},
		{func(r *http.Request) { r.ContentLength = 64 << 20 }, 413},
		{func(r *http.Request) { r.Body = io.NopCloser(failingReader{}) }, 400},
		{func(r *http.Request) { r.Body = nil }, 400},
		{func(r *http.Request) { r.Header["Content-Encoding"] = []string{"identity", "deflate"} }, 415},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(resultCallback(t, "success")))
		test.change(r)
		_, err := client.ParseCallback(r)
		var refused *CallbackError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, test.status, refused.HTTPStatus)
	}
}

type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

// TestCallbackFlood checks that a body of 64 MiB, or an endless one, takes little memory.
func TestCallbackFlood(t *testing.T) { //nolint:paralleltest // it measures the heap
	handler := testClient(t, "").CallbackHandler(nil)
	body := &endless{}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 20 {
		r := httptest.NewRequest(http.MethodPost, "/", body)
		r.ContentLength = -1
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, body.read, 20*(1<<20))
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(8<<20))
}

// FuzzParseCallback checks that any callback is refused or parsed, and never causes a panic.
func FuzzParseCallback(f *testing.F) {
	f.Add([]byte(seedCallback(f)))
	f.Add([]byte(resultCallback(f, "success")))
	for _, callback := range readVectors(f).Callbacks {
		f.Add([]byte(callback.Raw))
	}
	f.Add([]byte(`{"signature":5}`))
	client := testClient(f, "")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, raw := range [][]byte{body, resign(body)} {
			cb, err := client.ParseCallback(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(raw))))
			if err != nil {
				var refused *CallbackError
				require.ErrorAs(t, err, &refused)
				continue
			}
			_ = fmt.Sprintf("%v %+v %#v", cb, cb, *cb)
			require.NotEmpty(t, cb.PaymentID)
			if s, ok := cb.Session(); ok {
				_, _ = client.PaymentPageURL(&PayoutRegistration{PaymentID: s.PaymentID}, s, nil)
			}
			_ = cb.Refusal()
		}
	})
}

// resign gives a message with a signature at its root the right signature.
func resign(body []byte) []byte {
	signature, err := (&Signer{keys: []payneteasy.Secret{payneteasy.NewSecret("secret")}}).Sign(body)
	i := strings.IndexByte(string(body), '{')
	if err != nil || i < 0 || strings.Contains(string(body), `"signature"`) {
		return body
	}
	return []byte(`{"signature":"` + signature + `",` + string(body[i+1:]))
}

// TestCallbackSlowBody checks that the end of the request's context ends the reading of a body whose sender is silent.
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
