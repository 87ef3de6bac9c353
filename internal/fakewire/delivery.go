package fakewire

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Delivery calls a merchant back until the answer is 200.
type Delivery struct {
	Client   *http.Client
	Attempts int
	Pause    func(attempt int) time.Duration // before an attempt, counted from 1
}

// Run calls, and notes the HTTP status (0 without an answer) and the error of each attempt.
func (d Delivery) Run(
	ctx context.Context, request func(context.Context) (*http.Request, error), note func(status int, err error),
) {
	for attempt := range d.Attempts {
		if attempt > 0 && !Sleep(ctx, d.Pause(attempt)) {
			return
		}
		status, err := d.call(ctx, request)
		note(status, err)
		if status == http.StatusOK {
			return
		}
	}
}

func (d Delivery) call(
	ctx context.Context, request func(context.Context) (*http.Request, error),
) (status int, err error) {
	req, err := request(ctx)
	if err != nil {
		return 0, err
	}
	resp, err := d.Client.Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<16) // its content is ignored
	return resp.StatusCode, resp.Body.Close()
}
