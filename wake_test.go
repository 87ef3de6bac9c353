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

// sleepyOrder is a gateway with one order, which stays processing until the test changes it. It counts questions.
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

// asleep runs a test in virtual time with a Wait in its slow phase, whose next question is minutes away.
func asleep(
	t *testing.T,
	test func(t *testing.T, client *payneteasy.Client, order *sleepyOrder, woken <-chan payneteasy.Entry),
) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		order := &sleepyOrder{status: "processing"}
		client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: order}))
		woken := make(chan payneteasy.Entry, 1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			entry, _ := client.Wait(ctx, client.NewEntry(ref()), nil)
			woken <- entry
		}()
		<-time.After(10 * time.Minute)
		synctest.Wait()
		for len(order.questions()) > 0 && time.Since(order.questions()[len(order.questions())-1]) < time.Second {
			<-time.After(time.Second)
		}
		test(t, client, order, woken)
	})
}

// TestCallbackWakesAWait checks that a callback makes a Wait ask now, which would have asked minutes later.
func TestCallbackWakesAWait(t *testing.T) {
	asleep(t, func(t *testing.T, client *payneteasy.Client, order *sleepyOrder, woken <-chan payneteasy.Entry) {
		order.become("approved")
		handler := client.CallbackHandler(nil)
		began := time.Now()
		require.Equal(t, http.StatusForbidden, calledBack(handler, "control", "x"))
		synctest.Wait()
		require.Empty(t, woken, "a forged callback wakes no Wait")
		require.Equal(t, http.StatusOK, calledBack(handler))
		require.Equal(t, isPaid, (<-woken).Decision())
		require.Zero(t, time.Since(began))
	})
}

// TestWake checks that Wake causes one question, only for waits of this order, and that the schedule then continues.
func TestWake(t *testing.T) {
	asleep(t, func(t *testing.T, client *payneteasy.Client, order *sleepyOrder, woken <-chan payneteasy.Entry) {
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
		require.Len(t, order.questions(), before+1, "the next question comes 5 to 10 minutes later")
		<-time.After(5*time.Minute + time.Second)
		synctest.Wait()
		require.Len(t, order.questions(), before+2)

		// A thousand calls of Wake a second cause only five questions a second.
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

// TestWakeWithoutAWait checks that Wake does nothing without a Wait, and that a later Wait is not affected.
func TestWakeWithoutAWait(t *testing.T) {
	t.Parallel()
	receiver(t).Wake("payout-0001")
}
