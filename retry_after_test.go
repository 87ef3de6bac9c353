package payneteasy_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestRetryAfterOfEveryFailedQuestion checks that the next question waits as long as the reply asks. This holds in
// every method that polls, also for a failure that Status does not retry.
func TestRetryAfterOfEveryFailedQuestion(t *testing.T) {
	t.Parallel()
	for _, failed := range []struct {
		status int
		body   string
	}{
		{429, "busy"},
		{503, "busy"},
		{500, "busy"},
		{502, "busy"},
		{504, "busy"},
		{408, "busy"},
		{425, "busy"},
		{404, "busy"},
		{302, ""},
		{200, orderNotFound},
		{200, "type=error\n&error-message=Too many requests\n"},
		{200, ""},
		{429, orderNotFound},
	} {
		for name, ask := range map[string]func(t *testing.T, client *payneteasy.Client) error{
			"Wait": func(t *testing.T, client *payneteasy.Client) error {
				_, err := client.Wait(t.Context(), known(client), &payneteasy.WaitOptions{MaxWait: 4 * time.Minute})
				return err
			},
			"woken Wait": func(t *testing.T, client *payneteasy.Client) error {
				for i := range 200 {
					time.AfterFunc(time.Duration(i)*time.Second, func() { client.Wake(ref().ClientOrderID) })
				}
				_, err := client.Wait(t.Context(), known(client), &payneteasy.WaitOptions{MaxWait: 4 * time.Minute})
				return err
			},
			"Resolve": func(t *testing.T, client *payneteasy.Client) error {
				_, err := client.Resolve(t.Context(), about(t, client))
				return err
			},
		} {
			t.Run(fmt.Sprintf("%s %d %s", name, failed.status, failed.body), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					gateway := &busyGateway{status: failed.status, body: failed.body, retryAfter: "25"}
					err := ask(t, gateway.client(t))
					gateway.requireRests(t, 25*time.Second)
					if _, ok := err.(*payneteasy.WaitError); ok { //nolint:errorlint // its Failure is an *Error too
						require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
					}
					if failed.body == orderNotFound { // orderNotFound is an answer, not a failure
						return
					}
					var told *payneteasy.Error
					require.ErrorAs(t, err, &told)
					require.Equal(t, 25*time.Second, told.RetryAfter)
				})
			})
		}
	}
}

// TestRetryAfterBeyondMaxWait checks that Wait still lasts until MaxWait, without another question.
func TestRetryAfterBeyondMaxWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := &busyGateway{status: 429, retryAfter: "30"}
		began := time.Now()
		client := gateway.client(t)
		_, err := client.Wait(t.Context(), known(client), &payneteasy.WaitOptions{MaxWait: 20 * time.Second})
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		require.Equal(t, 20*time.Second, time.Since(began))
		require.Len(t, gateway.asked, 1)
	})
}

// TestRetryAfterHoldsNoOrder checks that an order is held only after a last question. If a reply forbids that question
// until after Config.ResolveWindow, the entry is not changed.
func TestRetryAfterHoldsNoOrder(t *testing.T) {
	t.Parallel()
	for after, held := range map[string]bool{"0": true, "59": true, "7": false, "3600": false} {
		synctest.Test(t, func(t *testing.T) {
			journal := &payneteasytest.MemoryJournal{}
			gateway := &busyGateway{status: 200, body: orderNotFound, retryAfter: after}
			config := configFor(t, "http://localhost/paynet", &http.Client{Transport: inProcess{gateway}})
			config.Journal, config.ResolveWindow, config.Timeout = journal, 59*time.Second, 30*time.Second
			client := newClient(t, config)
			began := time.Now()
			entry, err := client.Resolve(t.Context(), about(t, client))
			require.Equal(t, 59*time.Second, time.Since(began))
			if held {
				require.NoError(t, err, after)
				require.Equal(t, payneteasy.CauseHeld, entry.Cause(), after)
				require.Equal(t, entry, stored(t, journal))
				return
			}
			require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
			require.Equal(t, payneteasy.DecisionUnknown, entry.Decision())
			_, _, err = journal.Get(t.Context(), entry.ClientOrderID)
			require.ErrorIs(t, err, payneteasy.ErrNoEntry)
		})
	}
}

// TestRetryAfterEndsWithTheContext checks that the caller's context ends the pause.
func TestRetryAfterEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := &busyGateway{status: 404, retryAfter: "45"}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		client := gateway.client(t)
		_, err := client.Wait(ctx, known(client), nil)
		require.ErrorIs(t, err, ctx.Err())
		require.Equal(t, 10*time.Second, time.Since(began))
		require.Len(t, gateway.asked, 1)
	})
}

// TestRetryAfterBeyondTheDeadline checks that a question ends immediately if Retry-After is after the context's
// deadline. So a callback is answered with 503 immediately too.
func TestRetryAfterBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := &busyGateway{status: 503, retryAfter: "45"}
		client := gateway.client(t)
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		began := time.Now()
		_, err := client.Status(ctx, ref())
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, 503, failed.HTTPStatus)
		require.Equal(t, 45*time.Second, failed.RetryAfter)
		require.ErrorContains(t, err, "; ask again after 45s")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, ctx.Err())
		require.Zero(t, time.Since(began))

		longer, cancel := context.WithTimeout(t.Context(), 46*time.Second)
		defer cancel()
		_, err = client.Status(longer, ref())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 45*time.Second, time.Since(began))
		require.Len(t, gateway.asked, 3)
	})
}

// TestRetryAfterOfAPayout checks that no method asks about a payout's order before the Retry-After of the payout's
// reply.
func TestRetryAfterOfAPayout(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(t *testing.T, client *payneteasy.Client) error{
		"Wait": func(t *testing.T, client *payneteasy.Client) error {
			_, err := client.Wait(t.Context(), about(t, client), nil)
			return err
		},
		"Resolve": func(t *testing.T, client *payneteasy.Client) error {
			_, err := client.Resolve(t.Context(), about(t, client))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gateway := payneteasytest.NewPipeGateway(t)
				gateway.FailNext(payneteasytest.TooManyRequests(20 * time.Second).AfterAcceptance())
				client := newClient(t, gateway.Config())
				_, err := client.Payout(t.Context(), request(t))
				requireOneOutcome(t, err, payneteasy.DecisionUnknown)
				began := time.Now()
				require.NoError(t, ask(t, client))
				require.Equal(t, 20*time.Second, time.Since(began))
				require.Equal(t, 1, gateway.StatusCalls())
			})
		})
	}
}

// TestLastQuestionIsAskedAgain checks that a question which fails at the end of Config.ResolveWindow is retried, unless
// its reply asks for a longer pause.
func TestLastQuestionIsAskedAgain(t *testing.T) {
	t.Parallel()
	for after, want := range map[string]time.Duration{"": 2*time.Minute + 5*time.Second, "60": 2 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			config := configFor(t, "http://localhost/paynet",
				&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
					if time.Since(began) != 2*time.Minute {
						return saying(req, 200, form, orderNotFound), nil
					}
					resp := saying(req, 503, form, "busy")
					resp.Header.Set("Retry-After", after)
					return resp, nil
				})})
			client := newClient(t, config)
			entry, err := client.Resolve(t.Context(), about(t, client))
			require.Equal(t, after == "", entry.Cause() == payneteasy.CauseHeld, "%v", err)
			require.LessOrEqual(t, time.Since(began), want)
		})
	}
}
