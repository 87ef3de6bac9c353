package riverpayout_test

import (
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestRerun checks that a job that runs again never sends a payout that may have been sent, whatever state it finds.
func TestRerun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state  string
		sent   bool // before, by a process that then died
		orders int
		ledger string // or empty, if the job still asks about it
	}{
		"created":                              {"", false, 1, "paid"},
		"not sent":                             {"not sent", false, 1, "paid"},
		"sending, and it arrived":              {"sending", true, 1, "paid"},
		"sending, and nothing left":            {"sending", false, 0, ""},
		"unknown, and it arrived":              {"unknown", true, 1, "paid"},
		"unknown, and it did not":              {"unknown", false, 0, ""},
		"accepted":                             {"accepted", true, 1, "paid"},
		"held, and it arrived":                 {"held", true, 1, "review, paid"},
		"held":                                 {"held", false, 0, "review"},
		"paid":                                 {"paid", true, 1, "paid"},
		"refused":                              {"refused", false, 0, ""},
		"refused, and it arrived":              {"refused", true, 1, "paid"},
		"denied":                               {"denied", false, 0, ""},
		"denied, and it arrived":               {"denied", true, 1, "paid"},
		"rejected":                             {"rejected", false, 0, "rejected"},
		"denied, and the gateway has no order": {"denied, not known", false, 1, "paid"},
		"settled as paid":                      {"settled as paid", true, 1, "paid"},
		"settled as not paid":                  {"settled as not paid", false, 0, "not paid"},
		"settled as not sent: once is all":     {"settled as not sent", false, 0, "not sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, "", func(c *riverpayout.Config) {
				c.Gateway.Wait.SlowMinInterval, c.Gateway.Wait.SlowMaxInterval = time.Millisecond, time.Millisecond
			})
			f.enqueue(paid, "p-1")
			f.reach(test.state, test.sent)
			crew := f.work()
			ledger := map[string]string{}
			if test.ledger == "" {
				crew.until(river.EventKindJobSnoozed, 2)
				require.NotEqual(t, payneteasy.DecisionPaid, f.entry("p-1").Decision())
			} else {
				ledger["p-1"] = test.ledger
				f.untilBooked(ledger)
				if test.ledger != "review" {
					crew.until(river.EventKindJobCompleted, 1)
				}
			}
			require.Equal(t, ledger, f.ledger())
			require.Len(t, f.gateway.Orders(), test.orders)
		})
	}
}

// TestConcurrentRuns lets two processes run jobs of one payout, as when a job is rescued while its process is alive.
// Both load it at the same time, and both learn at the same time that it is final. There is one order and one booking.
func TestConcurrentRuns(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]string{"from the start": "", "when it is asked about": "accepted"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loading, asking := &rendezvous{}, &rendezvous{}
			slowly := func(c *riverpayout.Config) {
				c.MaxWorkers = 1 // so that each process takes one of the two
				c.Gateway.HTTPClient.Transport = &meeting{base: c.Gateway.HTTPClient.Transport, at: asking}
			}
			f := newFleet(t, "", slowly)
			f.gateway.SetAccount(paid, payneteasytest.Script{{Status: "approved"}})
			other := f.twin(slowly)
			f.before = loading.meet
			f.enqueue(paid, "p-1")
			f.reach(state, state != "")
			_, err := f.pool.Exec(t.Context(), `INSERT INTO river_job (args, kind, max_attempts, queue, priority)
				SELECT args, kind, max_attempts, queue, priority FROM river_job`)
			require.NoError(t, err)
			f.anyJob()
			both(f.work(), other.work()).until(river.EventKindJobCompleted, 2)
			require.Len(t, f.gateway.Orders(), 1)
			require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
		})
	}
}
