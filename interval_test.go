package payneteasy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestInterval is the platform's advice unless the merchant says otherwise.
func TestInterval(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wait      payneteasy.WaitOptions
		age       time.Duration
		low, high time.Duration
	}{
		"at first":               {payneteasy.WaitOptions{}, 0, 3 * time.Second, 5 * time.Second},
		"for five minutes":       {payneteasy.WaitOptions{}, 5*time.Minute - 1, 3 * time.Second, 5 * time.Second},
		"then slowly":            {payneteasy.WaitOptions{}, 5 * time.Minute, 5 * time.Minute, 10 * time.Minute},
		"and for ever":           {payneteasy.WaitOptions{}, 1000 * time.Hour, 5 * time.Minute, 10 * time.Minute},
		"the merchant's":         {payneteasy.WaitOptions{MinInterval: time.Second, MaxInterval: 2 * time.Second}, 0, time.Second, 2 * time.Second},
		"a high one end":         {payneteasy.WaitOptions{MinInterval: 9 * time.Second}, 0, 9 * time.Second, 9 * time.Second},
		"a low one end":          {payneteasy.WaitOptions{MaxInterval: time.Second}, 0, time.Second, time.Second},
		"slowly, the merchant's": {payneteasy.WaitOptions{SlowAfter: time.Second, SlowMinInterval: 6, SlowMaxInterval: 8}, time.Second, 6, 8},
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
