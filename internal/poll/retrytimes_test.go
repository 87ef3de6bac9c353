package poll

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRetryTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var times RetryTimes
		require.Zero(t, times.Left("a"))
		times.Note("a", 0)
		times.Note("a", 20*time.Second)
		times.Note("b", time.Minute)
		<-time.After(5 * time.Second)
		require.Equal(t, 15*time.Second, times.Left("a"))
		times.Note("a", 3*time.Second) // the latest counts
		require.Equal(t, 3*time.Second, times.Left("a"))
		times.Note("a", 0)
		require.Zero(t, times.Left("a"))
		require.Equal(t, 55*time.Second, times.Left("b"))
		for i := range 3 * minTimes {
			times.Note(strconv.Itoa(i), time.Second)
			<-time.After(time.Millisecond)
		}
		require.LessOrEqual(t, len(times.until), minTimes+1)
		require.Positive(t, times.Left("b"))
	})
}

// TestRetryTimesOfMany checks that all times are rarely scanned, however many there are.
func TestRetryTimesOfMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var times RetryTimes
		const orders = 20_000
		for i := range orders {
			times.Note(strconv.Itoa(i), time.Minute)
		}
		require.Len(t, times.until, orders)
		require.GreaterOrEqual(t, times.full, orders/2, "or each call would look through all of them")
	})
}
