package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func request(body io.Reader, length int64) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.ContentLength = length
	return r
}

// TestReadBody checks the limit, and a body that is shorter than its Content-Length.
func TestReadBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request *http.Request
		body    string
		err     error
	}{
		"whole":               {request(strings.NewReader("12345678"), 8), "12345678", nil},
		"of unknown length":   {request(strings.NewReader("12345678"), -1), "12345678", nil},
		"none":                {request(http.NoBody, 0), "", nil},
		"announced too large": {request(strings.NewReader("1"), 9), "", ErrTooLarge},
		"too large":           {request(strings.NewReader("123456789"), -1), "", ErrTooLarge},
		"another's limit": {
			request(http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("1234")), 3), 4), "", ErrTooLarge,
		},
		"read before":  {request(strings.NewReader(""), 8), "", ErrReadBefore},
		"read in part": {request(strings.NewReader("5678"), 8), "5678", ErrReadBefore},
		"broken":       {request(io.MultiReader(strings.NewReader("12"), broken{}), -1), "12", io.ErrUnexpectedEOF},
	} {
		body, err := ReadBody(test.request, 8)
		require.Equal(t, test.body, string(body), name)
		require.ErrorIs(t, err, test.err, name)
		require.Equal(t, test.err == nil, err == nil, name)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestReadBodyContext checks that reading ends with the context while the sender is silent. What has arrived is read,
// even if the context has already ended.
func TestReadBodyContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(t.Context())
		silent, sender := io.Pipe()
		time.AfterFunc(time.Hour, func() { cancel(why) })
		began := time.Now()
		_, err := ReadBody(request(silent, -1).WithContext(ctx), 8)
		require.ErrorIs(t, err, why)
		require.Equal(t, time.Hour+time.Second, time.Since(began))
		synctest.Wait()
		_, err = sender.Write([]byte("late"))
		require.ErrorIs(t, err, io.ErrClosedPipe)

		body, err := ReadBody(request(strings.NewReader("12"), 2).WithContext(ctx), 8)
		require.NoError(t, err)
		require.Equal(t, "12", string(body))
	})
}

// TestReadLargeBody checks that a body of unknown length is read up to the limit and no further.
func TestReadLargeBody(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	for _, size := range []int{64<<10 - 1, 64 << 10, 64<<10 + 1, limit, limit + 1, 2 * limit} {
		whole := strings.Repeat("x", size)
		from := strings.NewReader(whole)
		body, err := ReadBody(request(from, -1), limit)
		if size > limit {
			require.ErrorIs(t, err, ErrTooLarge)
			require.Equal(t, size-limit-1, from.Len())
			continue
		}
		require.NoError(t, err)
		require.Equal(t, len(whole), len(body))
	}
}
