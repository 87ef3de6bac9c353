package payneteasy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// flood returns a body of size letters.
func flood(size int64) io.Reader { return io.LimitReader(letters{}, size) }

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// TestFloods checks that a handler neither keeps a request that is too large nor reads it to its end. The test does not
// run in parallel, because it counts allocations.
func TestFloods(t *testing.T) {
	client := receiver(t)
	handler := client.CallbackHandler(nil)
	redirects := client.RedirectHandler(func(*http.Request, *payneteasy.Redirect) string { return "/" })
	const huge = 64 << 20
	chunked := func() *http.Request {
		r := callbackPOST("", "")
		r.Body, r.ContentLength = io.NopCloser(flood(huge)), -1
		return r
	}
	announced := func() *http.Request {
		r := chunked()
		r.ContentLength = huge
		return r
	}
	understated := func() *http.Request {
		r := chunked()
		r.ContentLength = 10
		return r
	}
	many := strings.Repeat("a=b&", 10_000)
	long := strings.Repeat("%ff", 80_000)
	for name, test := range map[string]struct {
		request func() *http.Request
		status  int
	}{
		"64 MiB, chunked":     {chunked, 413},
		"64 MiB, announced":   {announced, 413},
		"64 MiB, understated": {understated, 413},
		"10,000 parameters":   {func() *http.Request { return callbackGET(many) }, 400},
		"10,000 in the body":  {func() *http.Request { return callbackPOST("", many) }, 400},
		"not UTF-8":           {func() *http.Request { return callbackPOST("", "a="+long) }, 400},
	} {
		for _, h := range []http.Handler{handler, redirects} {
			r := test.request()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			status := served(h, r)
			runtime.ReadMemStats(&after)
			require.Equal(t, test.status, status, name)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20), name)
		}
	}

	// A network client that announces 64 MiB and waits for "100 Continue" does not get it.
	server := httptest.NewServer(handler)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, flood(huge))
	require.NoError(t, err)
	r.ContentLength = huge
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Expect", "100-continue")
	transport := &http.Transport{ExpectContinueTimeout: 1 << 40}
	defer transport.CloseIdleConnections()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	resp, err := transport.RoundTrip(r)
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
}
