package poll

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var rests RetryTimes
		require.Zero(t, rests.Left("a"))
		rests.Note("a", 0)
		rests.Note("a", 20*time.Second)
		rests.Note("b", time.Minute)
		<-time.After(5 * time.Second)
		require.Equal(t, 15*time.Second, rests.Left("a"))
		rests.Note("a", 3*time.Second) // the latest counts
		require.Equal(t, 3*time.Second, rests.Left("a"))
		rests.Note("a", 0)
		require.Zero(t, rests.Left("a"))
		require.Equal(t, 55*time.Second, rests.Left("b"))
		for i := range 3 * minRests {
			rests.Note(strconv.Itoa(i), time.Second)
			<-time.After(time.Millisecond)
		}
		require.LessOrEqual(t, len(rests.until), minRests+1)
		require.Positive(t, rests.Left("b"))
	})
}

// TestRetryTimesOfMany: those that are not over are looked through rarely, however many there are.
func TestRetryTimesOfMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var rests RetryTimes
		const orders = 20_000
		for i := range orders {
			rests.Note(strconv.Itoa(i), time.Minute)
		}
		require.Len(t, rests.until, orders)
		require.GreaterOrEqual(t, rests.full, orders/2, "or each call would look through all of them")
	})
}
