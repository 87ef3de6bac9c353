package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// grace is how long ReadBody goes on after its context has ended. A caller may disconnect right after its last byte.
const grace = time.Second

var (
	// ErrTooLarge says that a body is larger than the limit. At most one byte more than the limit was read.
	ErrTooLarge = errors.New("the body is too large")

	// ErrReadBefore says that a body is shorter than its Content-Length, and that no error of the connection explains
	// it.
	ErrReadBefore = errors.New("the body was read before the handler")
)

// ReadBody reads at most limit bytes of a request's body. It ends one second after the request's context, even if the
// sender is silent. With ErrReadBefore it returns the rest of the body.
func ReadBody(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, ErrTooLarge
	}
	body, err := readAll(r, limit+1)
	var limited *http.MaxBytesError
	switch {
	case int64(len(body)) > limit, errors.As(err, &limited):
		return nil, ErrTooLarge
	case errors.Is(err, http.ErrBodyReadAfterClose), err == nil && int64(len(body)) < r.ContentLength:
		return body, ErrReadBefore
	}
	return body, err
}

func readAll(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	size := max(r.ContentLength, 0)
	ctx := r.Context()
	if ctx.Done() == nil {
		return readTo(r.Body, size, limit)
	}
	type result struct {
		body []byte
		err  error
	}
	read := make(chan result, 1)
	go func(from io.Reader) {
		body, err := readTo(from, size, limit)
		read <- result{body, err}
	}(r.Body)
	select {
	case done := <-read:
		return done.body, done.err
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case done := <-read:
		return done.body, done.err
	case <-timer.C:
		go func(body io.Closer) { _ = body.Close() }(r.Body) // ends the read, and can block as long as the read
		return nil, context.Cause(ctx)
	}
}

func readTo(from io.Reader, size, limit int64) ([]byte, error) {
	const usual = 64 << 10
	var b bytes.Buffer
	b.Grow(int(size) + bytes.MinRead) // one allocation if the size is known
	n, err := b.ReadFrom(io.LimitReader(from, min(usual, limit)))
	if err == nil && n == usual {
		b.Grow(int(max(limit-usual, 0)) + bytes.MinRead) // and one more if it is not
		_, err = b.ReadFrom(io.LimitReader(from, limit-usual))
	}
	return b.Bytes(), err
}
