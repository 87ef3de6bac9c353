package payneteasy_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// sleepyOrder is a gateway with one order that is processing until it is told otherwise, and that counts questions.
type sleepyOrder struct {
	mu     sync.Mutex
	status string
	asked  []time.Time
}

func (o *sleepyOrder) become(status string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status = status
}

func (o *sleepyOrder) questions() []time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]time.Time(nil), o.asked...)
}

func (o *sleepyOrder) RoundTrip(req *http.Request) (*http.Response, error) {
	o.mu.Lock()
	o.asked = append(o.asked, time.Now())
	body := state(o.status, "x")
	o.mu.Unlock()
	return constantly(answer{200, form, body, byLength}).RoundTrip(req)
}

// asleep runs a test in virtual time in which a Wait has come to its slow phase: its next question is minutes away.
func asleep(t *testing.T, test func(t *testing.T, client *payneteasy.Client, order *sleepyOrder, woken <-chan *payneteasy.Status)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		order := &sleepyOrder{status: "processing"}
		client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: order}))
		woken := make(chan *payneteasy.Status, 1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			status, _ := client.Wait(ctx, ref(), nil)
			woken <- status
		}()
		<-time.After(10 * time.Minute)
		synctest.Wait()
		for len(order.questions()) > 0 && time.Since(order.questions()[len(order.questions())-1]) < time.Second {
			<-time.After(time.Second)
		}
		test(t, client, order, woken)
	})
}

// TestACallbackWakesAWait that would have asked minutes later.
func TestACallbackWakesAWait(t *testing.T) {
	for _, skip := range []bool{false, true} {
		t.Run(map[bool]string{false: "confirmed", true: "unsafe"}[skip], func(t *testing.T) {
			asleep(t, func(t *testing.T, client *payneteasy.Client, order *sleepyOrder, woken <-chan *payneteasy.Status) {
				order.become("approved")
				handler := client.CallbackHandler(nil)
				handler.UnsafeSkipConfirm = skip
				began := time.Now()
				require.Equal(t, http.StatusForbidden, served(handler, callbackGET(callbackForm("control", "x").Encode())))
				synctest.Wait()
				require.Empty(t, woken, "a forged one wakes nobody")
				require.Equal(t, http.StatusOK, served(handler, callbackGET(callbackForm().Encode())))
				status := <-woken
				require.True(t, status.Approved())
				require.Zero(t, time.Since(began))
			})
		})
	}
}

// TestWake: one question, of this order's waiters only, and then the schedule again.
func TestWake(t *testing.T) {
	asleep(t, func(t *testing.T, client *payneteasy.Client, order *sleepyOrder, woken <-chan *payneteasy.Status) {
		before := len(order.questions())
		client.Wake("payout-0002")
		synctest.Wait()
		require.Len(t, order.questions(), before)
		client.Wake("payout-0001")
		synctest.Wait()
		require.Len(t, order.questions(), before+1)
		require.Zero(t, time.Since(order.questions()[before]))
		<-time.After(5*time.Minute - time.Second)
		synctest.Wait()
		require.Len(t, order.questions(), before+1, "the next one is 5 to 10 minutes later")
		<-time.After(5*time.Minute + time.Second)
		synctest.Wait()
		require.Len(t, order.questions(), before+2)

		// Somebody who wakes a thousand times a second gets five questions.
		before = len(order.questions())
		<-time.After(time.Second)
		for range 10_000 {
			client.Wake("payout-0001")
			<-time.After(time.Millisecond)
		}
		synctest.Wait()
		require.InDelta(t, 50, len(order.questions())-before, 2)
		require.Empty(t, woken)
	})
}

// TestWakeWithoutAWait does nothing, and is not remembered.
func TestWakeWithoutAWait(t *testing.T) {
	t.Parallel()
	receiver(t).Wake("payout-0001")
}
