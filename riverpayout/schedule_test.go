package riverpayout_test

import (
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestRetryAfter checks that a job comes back no sooner than the gateway's Retry-After, after a payout call and after a
// question.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []payneteasytest.Fault
		runs   int           // of the job
		least  time.Duration // from the start of the last run to the next run
	}{
		"of a payout": {[]payneteasytest.Fault{payneteasytest.TooManyRequests(25 * time.Second)}, 1, 25 * time.Second},
		"of a question, which is asked three times": {
			slices.Insert(slices.Repeat([]payneteasytest.Fault{payneteasytest.TooManyRequests(time.Second)}, 3), 0,
				payneteasytest.LoseReply()),
			2, 3 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", nil)
			f.gateway.FailOrder("p-1", test.faults...)
			f.enqueue(paid, "p-1")
			crew := f.work()
			var job *river.Event
			for range test.runs {
				job = <-crew.events
				require.Equal(t, river.EventKindJobSnoozed, job.Kind)
			}
			require.GreaterOrEqual(t, job.Job.ScheduledAt.Sub(*job.Job.AttemptedAt), test.least)
		})
	}
}
