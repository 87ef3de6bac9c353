package payneteasy_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestWaitPace checks the times of the questions. The first is asked immediately, then every 3 to 5 s for five minutes,
// then every 5 to 10 minutes, and a last time after an hour. The intervals are random, so both halves of the range must
// occur.
func TestWaitPace(t *testing.T) {
	t.Parallel()
	waiting(t, func(time.Duration) string { return state("processing", "payout_processing") },
		func(t *testing.T, client *payneteasy.Client, clock *pollClock) {
			entry, err := client.Wait(t.Context(), known(client), nil)
			require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
			require.Equal(t, payneteasy.StatusProcessing, entry.Status)
			require.Equal(t, time.Hour, time.Since(clock.began))
			require.Zero(t, clock.polls[0])
			require.Equal(t, time.Hour, clock.polls[len(clock.polls)-1])
			low, high := 0, 0
			for i, at := range clock.polls[1 : len(clock.polls)-1] {
				pause := at - clock.polls[i]
				if clock.polls[i] < 5*time.Minute {
					require.GreaterOrEqual(t, pause, 3*time.Second)
					require.LessOrEqual(t, pause, 5*time.Second)
					if pause < 4*time.Second {
						low++
					} else {
						high++
					}
					continue
				}
				require.GreaterOrEqual(t, pause, 5*time.Minute)
				require.LessOrEqual(t, pause, 10*time.Minute)
			}
			require.Greater(t, low, 10)
			require.Greater(t, high, 10)
		})
}

func TestWaitEndsFinal(t *testing.T) {
	t.Parallel()
	for code, decision := range map[payneteasy.StatusCode]payneteasy.Decision{
		payneteasy.StatusApproved: payneteasy.DecisionPaid, payneteasy.StatusDeclined: payneteasy.DecisionNotPaid,
		payneteasy.StatusFiltered: payneteasy.DecisionNotPaid, payneteasy.StatusError: payneteasy.DecisionReview,
	} {
		waiting(t, func(elapsed time.Duration) string {
			if elapsed < 20*time.Second {
				return state("unknown", "payout_unknown")
			}
			return state(string(code), "payout_done")
		}, func(t *testing.T, client *payneteasy.Client, _ *pollClock) {
			entry, err := client.Wait(t.Context(), known(client), nil)
			require.NoError(t, err)
			require.Equal(t, code, entry.Status)
			require.Equal(t, decision, entry.Decision())
		})
	}
}

// TestWaitIgnoresTheStage checks that a stage that looks final does not end Wait.
func TestWaitIgnoresTheStage(t *testing.T) {
	t.Parallel()
	waiting(t, func(time.Duration) string { return state("processing", "payout_approved") },
		func(t *testing.T, client *payneteasy.Client, _ *pollClock) {
			_, err := client.Wait(t.Context(), known(client), &payneteasy.WaitOptions{MaxWait: time.Minute})
			require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		})
}

// TestWaitContinuesAfterFailures checks that Wait continues after outages, errors, "not found", and replies about other
// orders.
func TestWaitContinuesAfterFailures(t *testing.T) {
	t.Parallel()
	failures := []string{
		"", "type=error\n&error-message=Order+not+found\n", "type=validation-error\n&error-code=1\n",
		"<html>502</html>",
		strings.Replace(state("declined", "x"), "payout-0001", "payout-0002", 1),
		strings.Replace(state("declined", "x"), "6982864", "7", 1),
		"type=status-response\n&merchant-order-id=payout-0001\n&status=error\n&error-message=not+found",
	}
	n := 0
	waiting(t, func(elapsed time.Duration) string {
		if elapsed < 30*time.Minute {
			n++
			return failures[n%len(failures)]
		}
		return state("approved", "payout_approved")
	}, func(t *testing.T, client *payneteasy.Client, _ *pollClock) {
		entry, err := client.Wait(t.Context(), known(client), nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		require.Greater(t, n, 60)
	})
}

// TestWaitTimeoutError checks that a timeout error has the last status and the last failure.
func TestWaitTimeoutError(t *testing.T) {
	t.Parallel()
	waiting(t, func(elapsed time.Duration) string {
		if elapsed == 0 {
			return state("processing", "payout_processing")
		}
		return "type=error\n&serial-number=00-9\n&error-message=Try+later\n"
	}, func(t *testing.T, client *payneteasy.Client, _ *pollClock) {
		entry, err := client.Wait(t.Context(), known(client), &payneteasy.WaitOptions{MaxWait: time.Minute})
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		var waited *payneteasy.WaitError
		require.ErrorAs(t, err, &waited)
		require.Equal(t, entry, waited.Entry)
		require.Equal(t, payneteasy.StatusProcessing, entry.Status)
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "00-9", failed.SerialNumber)
		require.Equal(t, payneteasy.DecisionPending, payneteasy.DecisionOf(err))
		for _, part := range []string{"after 1m0s", `"payout-0001", which is pending`, "Try later"} {
			require.ErrorContains(t, err, part)
		}
	})
}

func TestWaitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	waiting(t, func(time.Duration) string { return state("processing", "payout_processing") },
		func(t *testing.T, client *payneteasy.Client, clock *pollClock) {
			ctx, cancel := context.WithTimeout(t.Context(), 17*time.Second)
			defer cancel()
			entry, err := client.Wait(ctx, known(client), nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.NotErrorIs(t, err, payneteasy.ErrWaitTimeout)
			require.Equal(t, payneteasy.StatusProcessing, entry.Status)
			require.Equal(t, 17*time.Second, time.Since(clock.began))

			cancel()
			_, err = client.Wait(ctx, known(client), nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
}

// TestWaitGivesUpAtOnce checks that Wait ends immediately after a failure that a retry cannot fix.
func TestWaitGivesUpAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		config := gateway.Config()
		config.ControlKey = payneteasy.NewSecret("another")
		began := time.Now()
		client := newClient(t, config)
		_, err := client.Wait(t.Context(), known(client), nil)
		require.ErrorIs(t, err, payneteasy.ErrInvalidControl)

		config = gateway.Config()
		config.Login, config.StatusV4 = "another", true
		client = newClient(t, config)
		_, err = client.Wait(t.Context(), known(client), nil)
		require.ErrorIs(t, err, payneteasy.ErrAccessDenied)
		require.Zero(t, time.Since(began))
		require.Equal(t, 1, strings.Count(err.Error(), "HTTP 403"), "said once: %v", err)
	})
}

// TestWaitProgress checks which answers are reported: the first status, each change of status or stage, the first
// redirect-to, and failures.
func TestWaitProgress(t *testing.T) {
	t.Parallel()
	script := []string{
		state("processing", "a"), state("processing", "a"), state("processing", "b"),
		"type=error\n&error-message=Try later\n", state("processing", "b", "&redirect-to=https://x.example/\n"),
		state("processing", "b", "&redirect-to=https://x.example/\n"), state("unknown", "b"), state("approved", "c"),
	}
	n := -1
	waiting(t, func(time.Duration) string { n++; return script[n] },
		func(t *testing.T, client *payneteasy.Client, _ *pollClock) {
			var seen []string
			_, err := client.Wait(t.Context(), known(client),
				&payneteasy.WaitOptions{OnProgress: func(p payneteasy.Progress) {
					if p.Err != nil {
						seen = append(seen, "failed")
						return
					}
					seen = append(seen,
						fmt.Sprintf("%s %s %s %s", p.Status.Status, p.Status.OrderStage, p.Status.RedirectTo,
							p.Entry.Decision()))
				}})
			require.NoError(t, err)
			require.Equal(t, []string{
				"processing a  pending", "processing b  pending", "failed", "processing b https://x.example/ pending",
				"unknown b  pending", "approved c  paid",
			}, seen)
		})
}

// TestWaitOptions checks that the options of a call override the configuration, which overrides the platform's advice.
func TestWaitOptions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := &pollClock{began: time.Now(), answer: func(time.Duration) string { return state("processing", "x") }}
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: clock})
		config.Wait = payneteasy.WaitOptions{
			MinInterval: 10 * time.Second, MaxInterval: 10 * time.Second,
			MaxWait: time.Minute,
		}
		client := newClient(t, config)
		for _, test := range []struct {
			options payneteasy.WaitOptions
			polls   int
		}{
			{payneteasy.WaitOptions{}, 7},
			{payneteasy.WaitOptions{MaxWait: 30 * time.Second}, 4},
			{payneteasy.WaitOptions{MaxInterval: time.Second}, 61},
			{payneteasy.WaitOptions{MinInterval: 20 * time.Second}, 4},
			{payneteasy.WaitOptions{SlowAfter: 30 * time.Second, SlowMaxInterval: time.Second}, 34},
		} {
			clock.polls = nil
			_, err := client.Wait(t.Context(), known(client), &test.options)
			require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
			require.Len(t, clock.polls, test.polls, "%+v", test.options)
		}
		_, err := client.Wait(t.Context(), known(client), &payneteasy.WaitOptions{MinInterval: 2, MaxInterval: 1})
		require.ErrorContains(t, err, "WaitOptions.MaxInterval is below MinInterval")
		_, err = client.Wait(t.Context(), known(client), &payneteasy.WaitOptions{MaxWait: -1})
		require.ErrorContains(t, err, "WaitOptions.MaxWait is negative")
	})
}

// TestWaitByClientOrderIDAlone checks that Wait finds the order by its amount, over real TLS on pipes.
func TestWaitByClientOrderIDAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		client := newClient(t, gateway.Config())
		req := request(t)
		payout, err := client.Payout(t.Context(), req)
		require.NoError(t, err)
		began := time.Now()
		entry, err := client.Wait(t.Context(), client.NewEntry(req.Ref()), nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		require.Equal(t, payout.OrderID, entry.OrderID())
		require.GreaterOrEqual(t, time.Since(began), 3*time.Second)

		other := req.Ref()
		other.Amount, err = payneteasy.ParseAmount("10.43", "USD")
		require.NoError(t, err)
		_, err = client.Wait(t.Context(), client.NewEntry(other), &payneteasy.WaitOptions{MaxWait: time.Minute})
		require.ErrorIs(t, err, payneteasy.ErrOrderMismatch)
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)

		other.Amount = payneteasy.Amount{}
		_, err = client.Wait(t.Context(), client.NewEntry(other), nil)
		require.ErrorContains(t, err, "give OrderID or Amount")
	})
}

// TestWaitPinsItsOrder checks that Wait keeps asking about the order that it found by client_orderid. A second order of
// the same ID makes it a review.
func TestWaitPinsItsOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := []string{}
		config := configFor(t, "http://localhost/paynet",
			&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
				require.NoError(t, req.ParseForm())
				asked = append(asked, req.PostForm.Get("orderid"))
				id := req.PostForm.Get("orderid")
				switch {
				case len(asked) == 1:
					return saying(req, 200, form, strings.Replace(state("processing", "x"), "6982864", "7", 1)), nil
				case len(asked) == 2:
					return saying(req, 200, form, strings.Replace(state("declined", "x"), "6982864", "8", 1)), nil
				case len(asked) < 5:
					return saying(req, 200, form, strings.Replace(state("processing", "x"), "6982864", id, 1)), nil
				}
				return saying(req, 200, form, strings.Replace(state("approved", "x"), "6982864", id, 1)), nil
			})})
		client := newClient(t, config)
		entry, err := client.Wait(t.Context(), about(t, client), nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		require.Equal(t, "7", entry.OrderID())
		require.Equal(t, []string{"", "7", "7", "7", "7"}, asked)

		entry, err = refreshed(t.Context(), client, entry, "8")
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionReview, entry.Decision())
	})
}

// TestInterval checks that the interval follows the platform's advice unless the merchant sets it.
func TestInterval(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wait      payneteasy.WaitOptions
		age       time.Duration
		low, high time.Duration
	}{
		"at first":         {payneteasy.WaitOptions{}, 0, 3 * time.Second, 5 * time.Second},
		"for five minutes": {payneteasy.WaitOptions{}, 5*time.Minute - 1, 3 * time.Second, 5 * time.Second},
		"then slowly":      {payneteasy.WaitOptions{}, 5 * time.Minute, 5 * time.Minute, 10 * time.Minute},
		"and forever":      {payneteasy.WaitOptions{}, 1000 * time.Hour, 5 * time.Minute, 10 * time.Minute},
		"the merchant's": {
			payneteasy.WaitOptions{MinInterval: time.Second, MaxInterval: 2 * time.Second},
			0,
			time.Second, 2 * time.Second,
		},
		"a high one end": {
			payneteasy.WaitOptions{MinInterval: 9 * time.Second},
			0, 9 * time.Second,
			9 * time.Second,
		},
		"a low one end": {payneteasy.WaitOptions{MaxInterval: time.Second}, 0, time.Second, time.Second},
		"slowly, the merchant's": {
			payneteasy.WaitOptions{SlowAfter: time.Second, SlowMinInterval: 6, SlowMaxInterval: 8}, time.Second, 6, 8,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 100 {
				got := test.wait.Interval(test.age)
				require.GreaterOrEqual(t, got, test.low)
				require.LessOrEqual(t, got, test.high)
			}
		})
	}
}
