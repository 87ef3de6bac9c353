package payneteasy_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestWaitErrors checks which errors the error of Wait matches, for each way in which a wait can end.
func TestWaitErrors(t *testing.T) {
	t.Parallel()
	const (
		open   = "processing"
		closed = "approved"
		lost   = ""
		denied = "denied"
	)
	var (
		timeout, canceled, deadline = payneteasy.ErrWaitTimeout, context.Canceled, context.DeadlineExceeded
		failed, forbidden           = errors.New("the connection is lost"), payneteasy.ErrInvalidControl
		unwritten, unread           = errors.New("the disk is full"), errors.New("the disk is gone")
		all                         = []error{timeout, canceled, deadline, failed, forbidden, unwritten, unread}
	)
	for name, test := range map[string]struct {
		answers     []string // the last answer is repeated
		get, update error
		cancel      bool          // when the last answer comes
		deadline    time.Duration // of the context (MaxWait is a minute)
		want        []error
	}{
		"an end":                {answers: []string{open, closed}},
		"an end, and cancelled": {answers: []string{open, closed}, cancel: true},
		"no end":                {answers: []string{open}, want: []error{timeout}},
		"no end, and no answer": {answers: []string{open, lost}, want: []error{timeout, failed}},
		"cancelled":             {answers: []string{open, open}, cancel: true, want: []error{canceled}},
		"cancelled, and no answer": {
			answers: []string{open, lost}, cancel: true,
			want: []error{canceled, failed},
		},
		"deadline": {
			answers: []string{open}, deadline: 20 * time.Second,
			want: []error{deadline},
		},
		"deadline, and no answer": {
			answers: []string{open, lost}, deadline: 20 * time.Second,
			want: []error{deadline, failed},
		},
		"no retry":      {answers: []string{open, denied}, want: []error{forbidden}},
		"unwritten end": {answers: []string{closed}, update: unwritten, want: []error{unwritten}},
		"unwritten end, and cancelled": {
			answers: []string{closed}, update: unwritten, cancel: true,
			want: []error{canceled, unwritten},
		},
		"unwritten": {
			answers: []string{open}, update: unwritten,
			want: []error{timeout, unwritten},
		},
		"unwritten, and no answer": {
			answers: []string{open, lost}, update: unwritten,
			want: []error{timeout, unwritten, failed},
		},
		"unwritten, and cancelled": {
			answers: []string{open, open}, update: unwritten, cancel: true,
			want: []error{canceled, unwritten},
		},
		"unwritten, cancelled, and no answer": {
			answers: []string{open, lost}, update: unwritten, cancel: true,
			want: []error{canceled, unwritten, failed},
		},
		"unwritten, and the deadline": {
			answers: []string{open}, update: unwritten, deadline: 20 * time.Second,
			want: []error{deadline, unwritten},
		},
		"unwritten, and no retry": {
			answers: []string{open, denied}, update: unwritten,
			want: []error{forbidden, unwritten},
		},
		"unread": {answers: []string{open}, get: unread, want: []error{unread}},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.deadline > 0 {
				ctx, cancel = context.WithTimeout(ctx, test.deadline)
				defer cancel()
			}
			asked := 0
			config := configFor(t, "http://localhost/paynet",
				&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
					now := test.answers[min(asked, len(test.answers)-1)]
					asked++
					if test.cancel && asked == len(test.answers) {
						cancel()
					}
					switch now {
					case lost:
						return nil, failed
					case denied:
						return saying(req, 200, form, "type=error\n&error-message=INVALID_CONTROL_CODE\n"), nil
					}
					return saying(req, 200, form, state(now, "stage")), nil
				})})
			journal := &failingJournal{}
			config.Journal = journal
			client := newClient(t, config)
			journalWith(t, client, journal, withOrder("accepted", "open", ""))
			entry := stored(t, journal)
			journal.get, journal.update = test.get, test.update
			_, err := client.Wait(ctx, entry, &payneteasy.WaitOptions{MaxWait: time.Minute})
			var matched []error
			for _, one := range all {
				if errors.Is(err, one) {
					matched = append(matched, one)
				}
			}
			require.ElementsMatch(t, test.want, matched, "%s: %v", name, err)
			if test.want == nil {
				require.NoError(t, err, name)
				return
			}
			require.NotContains(t, err.Error(), "\n", name)
			require.Equal(t, 1, strings.Count(err.Error(), "payneteasy:"), "%s: %v", name, err)
		})
	}
}
