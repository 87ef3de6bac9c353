package ecommpay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// busyPlatform answers every call with one refusal that has a Retry-After, and records when it was asked for a status.
type busyPlatform struct {
	status     int
	body       string
	retryAfter []string
	asked      []time.Time
}

func (b *busyPlatform) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/status") {
		b.asked = append(b.asked, time.Now())
	}
	return &http.Response{
		StatusCode: b.status, Request: r, ContentLength: int64(len(b.body)),
		Body: io.NopCloser(strings.NewReader(b.body)),
		Header: http.Header{
			"Content-Type": {"application/json"}, "Retry-After": b.retryAfter,
			"Date": {"Thu, 01 Jan 2026 00:00:00 GMT"},
		},
	}, nil
}

func (b *busyPlatform) client(t *testing.T) *Client {
	t.Helper()
	client, err := NewClient(Config{
		ProjectID: 91348, SecretKey: payneteasy.NewSecret("secret"), BaseURL: "https://platform.example",
		HTTPClient: &http.Client{Transport: b},
	})
	require.NoError(t, err)
	return client
}

func (b *busyPlatform) requireRests(t *testing.T, least time.Duration) {
	t.Helper()
	require.GreaterOrEqual(t, len(b.asked), 2)
	for i, at := range b.asked[1:] {
		require.GreaterOrEqual(t, at.Sub(b.asked[i]), least, "question %d of %v", i+1, b.asked)
	}
}

const notFound = `{"status":"error","code":"3061","message":"Transaction not found"}`

// TestRetryAfter checks that two questions about a payment are at least as far apart as the first reply asks. It holds
// in every method that polls, no matter how often a callback wakes it.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, failed := range []struct {
		status int
		body   string
	}{
		{429, ""},
		{503, ""},
		{500, ""},
		{502, "<html>"},
		{504, ""},
		{408, ""},
		{425, ""},
		{404, notFound},
		{302, ""},
		{200, notFound},
		{200, ""},
		{429, `{"status":"error","code":"429","message":"Too many requests"}`},
	} {
		for name, ask := range map[string]func(t *testing.T, client *Client) error{
			"Wait": func(t *testing.T, client *Client) error {
				_, err := client.Wait(t.Context(), registration(t).Ref(), &WaitOptions{MaxWait: 4 * time.Minute})
				return err
			},
			"woken Wait": func(t *testing.T, client *Client) error {
				for i := range 200 {
					time.AfterFunc(time.Duration(i)*time.Second, func() { client.Wake(registration(t).PaymentID) })
				}
				_, err := client.Wait(t.Context(), registration(t).Ref(), &WaitOptions{MaxWait: 4 * time.Minute})
				return err
			},
			"Payout.Register, and again": func(t *testing.T, client *Client) error {
				began, payout := time.Now(), client.NewPayout(registration(t))
				err := ErrWaitTimeout
				for time.Since(began) < 4*time.Minute && errors.Is(err, ErrWaitTimeout) {
					_, err = payout.Register(t.Context(), &WaitOptions{MaxWait: 5 * time.Second})
				}
				return err
			},
			"Payout.Wait, and again": func(t *testing.T, client *Client) error {
				began, payout := time.Now(), client.ResumePayout(registration(t), nil)
				err := ErrWaitTimeout
				for time.Since(began) < 4*time.Minute && errors.Is(err, ErrWaitTimeout) {
					_, err = payout.Wait(t.Context(), &WaitOptions{MaxWait: 40 * time.Second})
				}
				return err
			},
		} {
			t.Run(fmt.Sprintf("%s %d %s", name, failed.status, failed.body), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					platform := &busyPlatform{status: failed.status, body: failed.body, retryAfter: []string{"25"}}
					err := ask(t, platform.client(t))
					// a registration: nothing is asked then
					if payneteasy.DecisionOf(err) == payneteasy.DecisionRefused {
						return
					}
					require.ErrorIs(t, err, ErrWaitTimeout)
					platform.requireRests(t, 25*time.Second)
				})
			})
		}
	}
}

// TestRetryAfterAfterRegistration checks that no call of the client asks about a registration before its Retry-After.
// The case of the ID does not count.
func TestRetryAfterAfterRegistration(t *testing.T) {
	t.Parallel()
	register := func(ctx context.Context, client *Client) error {
		_, err := client.RegisterPayout(ctx, registration(t))
		return err
	}
	wait := func(ctx context.Context, client *Client) error {
		ref := registration(t).Ref()
		ref.PaymentID = strings.ToUpper(ref.PaymentID)
		_, err := client.Wait(ctx, ref, nil)
		return err
	}
	registerPayout := func(ctx context.Context, client *Client) error {
		_, err := client.NewPayout(registration(t)).Register(ctx, nil)
		return err
	}
	resume := func(ctx context.Context, client *Client) error {
		_, err := client.ResumePayout(registration(t), nil).Wait(ctx, nil)
		return err
	}
	for name, calls := range map[string][]func(context.Context, *Client) error{
		"Payout.Register":                        {registerPayout},
		"RegisterPayout, then Client.Wait":       {register, wait},
		"RegisterPayout, then ResumePayout.Wait": {register, resume},
		"RegisterPayout again, then Client.Wait": {register, register, wait},
		"RegisterPayout, then Payout.Register":   {register, registerPayout},
	} {
		synctest.Test(t, func(t *testing.T) {
			platform := &busyPlatform{status: 429, retryAfter: []string{"25"}}
			client := platform.client(t)
			began := time.Now()
			var err error
			for _, call := range calls {
				err = call(t.Context(), client)
			}
			require.Error(t, err, name)
			require.Equal(t, 25*time.Second, platform.asked[0].Sub(began), name)
			platform.requireRests(t, 25*time.Second)
		})
	}
}

// TestRetryAfterForms checks the forms that every call of this module accepts. They are seconds, or a date by the
// reply's own clock, and at most a minute.
func TestRetryAfterForms(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		values []string
		want   time.Duration
	}{
		"none": {nil, 0}, "seconds": {[]string{"7"}, 7 * time.Second}, "an hour": {[]string{"3600"}, time.Minute},
		"negative": {[]string{"-7"}, 0},
		"date":     {[]string{"Thu, 01 Jan 2026 00:00:20 GMT"}, 20 * time.Second},
		"RFC 850":  {[]string{"Thursday, 01-Jan-26 00:00:20 GMT"}, 20 * time.Second},
		"asctime":  {[]string{"Thu Jan  1 00:00:20 2026"}, 20 * time.Second},
		"past":     {[]string{"Wed, 31 Dec 2025 23:59:50 GMT"}, 0},
		"two":      {[]string{"7", "30"}, 30 * time.Second}, "words": {[]string{"soon"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &busyPlatform{status: 503, retryAfter: test.values}
				_, err := platform.client(t).Status(t.Context(), registration(t).Ref())
				var failed *Error
				require.ErrorAs(t, err, &failed)
				require.Equal(t, test.want, failed.RetryAfter)
				if test.want > 0 {
					require.ErrorContains(t, err, "; ask again after "+test.want.String())
				}
				require.Len(t, platform.asked, 1)

				_, err = platform.client(t).Wait(t.Context(), registration(t).Ref(),
					&WaitOptions{MaxWait: 3 * time.Minute})
				require.ErrorIs(t, err, ErrWaitTimeout)
				// the last interval is cut short if no reply forbids it
				platform.asked = platform.asked[1 : len(platform.asked)-1]
				platform.requireRests(t, max(test.want, 3*time.Second))
			})
		})
	}
}

// TestRetryAfterAndTheCallback checks that a page from a callback does not wait for the status. For an end from a
// callback, the status is asked as soon as the platform allows it.
func TestRetryAfterAndTheCallback(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &busyPlatform{status: 429, retryAfter: []string{"50"}}
		client := platform.client(t)
		began := time.Now()
		time.AfterFunc(time.Second, func() { client.Wake(registration(t).PaymentID) })
		time.AfterFunc(2*time.Second, func() {
			client.sessions.put(
				&Session{
					PaymentID: registration(t).PaymentID, UUID: "0f8fad5b-d9cb-469f-a165-70867728950e",
					ExpiresAt: time.Now().Add(time.Hour),
				})
			client.Wake(registration(t).PaymentID)
		})
		session, err := client.NewPayout(registration(t)).Register(t.Context(), nil)
		require.NoError(t, err)
		require.NotNil(t, session)
		require.Equal(t, 2*time.Second, time.Since(began))
		require.Empty(t, platform.asked)

		began = time.Now() // 48 seconds of the registration's time are left
		time.AfterFunc(49*time.Second, func() { client.Wake(registration(t).PaymentID) })
		ctx, cancel := context.WithTimeout(t.Context(), 99*time.Second)
		defer cancel()
		_, err = client.Wait(ctx, registration(t).Ref(), &WaitOptions{MinInterval: time.Hour, MaxWait: 2 * time.Hour})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, []time.Time{began.Add(48 * time.Second), began.Add(98 * time.Second)}, platform.asked)
	})
}
