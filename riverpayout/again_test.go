package riverpayout_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestRunsAgain: whatever state a job finds when it runs again, it never sends a payout that may have been sent.
func TestRunsAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state  string
		sent   bool // before, by a process that died then
		orders int
		ledger string // or nothing: it is asked about still
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

// states are what a process that died may leave of a payout.
var states = map[string]func(e *payneteasy.Entry, orderID string){
	"sending": func(*payneteasy.Entry, string) {},
	"not sent": func(e *payneteasy.Entry, _ string) {
		e.Send, e.Booked = payneteasy.SendNotSent, payneteasy.DecisionNotSent
	},
	"unknown":           func(e *payneteasy.Entry, _ string) { e.Send = payneteasy.SendUnknown },
	"held":              func(e *payneteasy.Entry, _ string) { e.Send, e.NotKnown = payneteasy.SendUnknown, true },
	"refused":           func(e *payneteasy.Entry, _ string) { e.Send = payneteasy.SendRefused },
	"denied":            func(e *payneteasy.Entry, _ string) { e.Send = payneteasy.SendDenied },
	"rejected":          func(e *payneteasy.Entry, _ string) { gone(e, payneteasy.SendRefused) },
	"denied, not known": func(e *payneteasy.Entry, _ string) { gone(e, payneteasy.SendDenied) },
	"accepted": func(e *payneteasy.Entry, orderID string) {
		e.Send, e.Orders = payneteasy.SendAccepted, []payneteasy.Order{{ID: orderID, End: payneteasy.EndOpen}}
	},
	"paid": func(e *payneteasy.Entry, orderID string) {
		e.Send, e.Booked = payneteasy.SendAccepted, payneteasy.DecisionPaid
		e.Orders = []payneteasy.Order{{ID: orderID, End: payneteasy.EndPaid, Paid: e.Amount}}
	},
	"settled as paid":     func(e *payneteasy.Entry, _ string) { settled(e, payneteasy.DecisionPaid) },
	"settled as not paid": func(e *payneteasy.Entry, _ string) { settled(e, payneteasy.DecisionNotPaid) },
	"settled as not sent": func(e *payneteasy.Entry, _ string) { settled(e, payneteasy.DecisionNotSent) },
}

// gone is a refusal of which the gateway has no order.
func gone(e *payneteasy.Entry, send payneteasy.Send) {
	e.Send, e.NotKnown, e.Booked = send, true, payneteasy.DecisionRejected
}

func settled(e *payneteasy.Entry, decision payneteasy.Decision) {
	e.Send, e.NotKnown, e.Booked = payneteasy.SendUnknown, true, decision
	e.Settlement = payneteasy.Settlement{Decision: decision, Reason: "manager", At: e.Began}
}

// reach leaves p-1 as a process that died at this point has left it.
func (f *fleet) reach(state string, sent bool) {
	f.t.Helper()
	orderID := ""
	if sent { // without the journal
		client, err := payneteasy.NewClient(f.gateway.Config())
		require.NoError(f.t, err)
		payout, err := client.Payout(f.t.Context(), requestOf(refOf(f.t, "p-1"), paid))
		require.NoError(f.t, err)
		orderID = payout.OrderID
	}
	if state == "" {
		return
	}
	config := f.gateway.Config()
	journal := f.merchant.Journal()
	entry := f.merchant.Client().NewEntry(refOf(f.t, "p-1"))
	entry.BaseURL, entry.Login, entry.Endpoint, entry.Send = f.base, config.Login, config.Endpoint, payneteasy.SendSending
	entry, err := journal.Begin(f.t.Context(), entry)
	require.NoError(f.t, err)
	before := entry.Decision()
	states[state](&entry, orderID)
	entry.Revision++
	if entry.Decision() != before {
		entry.Seq++
	}
	require.NoError(f.t, journal.Update(f.t.Context(), entry))
}

// TestTwoRunsAtOnce of one payout, in two processes, as when a job is rescued while its process lives: they load at the same
// time, and hear at the same time that it is final. There is one order and one booking.
func TestTwoRunsAtOnce(t *testing.T) {
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

// anyJob lets each of a payout's jobs work it.
func (f *fleet) anyJob() {
	f.t.Helper()
	_, err := f.pool.Exec(f.t.Context(), "UPDATE riverpayout_payout SET job = NULL")
	require.NoError(f.t, err)
}

// rendezvous lets the first two that come wait for one another.
type rendezvous struct {
	once sync.Once
	pair chan struct{}
	come atomic.Int32
}

func (r *rendezvous) meet() {
	r.once.Do(func() { r.pair = make(chan struct{}) })
	switch r.come.Add(1) {
	case 1:
		select {
		case <-r.pair:
		case <-time.After(patience):
		}
	case 2:
		close(r.pair)
	}
}

// meeting lets two status questions be asked at the same time.
type meeting struct {
	base http.RoundTripper
	at   *rendezvous
}

func (m *meeting) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Path, "/status/") {
		m.at.meet()
	}
	return m.base.RoundTrip(req)
}

// TestEnqueueOnce: a second time is refused, in the same transaction, in another and at the same time, and spoils nothing.
func TestEnqueueOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	tx, err := f.pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.merchant.Enqueue(t.Context(), tx, refOf(t, "p-1")))
	require.ErrorIs(t, f.merchant.Enqueue(t.Context(), tx, refOf(t, "p-1")), riverpayout.ErrEnqueued)
	second := make(chan error, 1)
	go func() { second <- f.enqueueAgain() }() // waits for the first, or comes after it
	require.NoError(t, tx.Commit(t.Context()))
	require.ErrorIs(t, <-second, riverpayout.ErrEnqueued)
	f.accounts["p-1"] = paid
	f.work().until(river.EventKindJobCompleted, 1)
	require.ErrorIs(t, f.enqueueAgain(), riverpayout.ErrEnqueued)
	require.Equal(t, map[string]string{"p-1": "paid"}, f.ledger())
	require.Len(t, f.gateway.Orders(), 1)
}

// TestEnqueueRolledBack: what the merchant takes back was never there.
func TestEnqueueRolledBack(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	err := pgx.BeginFunc(t.Context(), f.pool, func(tx pgx.Tx) error {
		require.NoError(t, f.merchant.Enqueue(t.Context(), tx, refOf(t, "p-1")))
		return errors.New("no money in the ledger")
	})
	require.EqualError(t, err, "no money in the ledger")
	var rows int
	require.NoError(t, f.pool.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM river_job) + (SELECT count(*) FROM riverpayout_payout)").Scan(&rows))
	require.Zero(t, rows)
	f.enqueue(paid, "p-1") // so the id is not used up
}

func TestEnqueueRefuses(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "", nil)
	known := refOf(t, "p-1")
	known.OrderID = "77"
	for want, ref := range map[string]payneteasy.OrderRef{
		`riverpayout: enqueue "": client_orderid is required`:                                                          refOf(t, ""),
		`riverpayout: enqueue "p-1": amount is required`:                                                               {ClientOrderID: "p-1"},
		`riverpayout: enqueue "p-1": it has an order id already: it was sent`:                                          known,
		`riverpayout: enqueue "p\xff": client_orderid is not UTF-8, or has a NUL`:                                      refOf(t, "p\xff"),
		`riverpayout: enqueue "p\x001": client_orderid is not UTF-8, or has a NUL`:                                     refOf(t, "p\x001"),
		fmt.Sprintf(`riverpayout: enqueue %q: client_orderid is longer than 128 characters`, strings.Repeat("p", 129)): refOf(t, strings.Repeat("p", 129)),
	} {
		require.EqualError(t, pgx.BeginFunc(t.Context(), f.pool, func(tx pgx.Tx) error { return f.merchant.Enqueue(t.Context(), tx, ref) }), want)
	}
	require.EqualError(t, f.merchant.Enqueue(t.Context(), nil, refOf(t, "p-1")), `riverpayout: enqueue "p-1": the transaction is nil`)
}

// TestTwoMerchants with the same ClientOrderIDs in one database, worked by one process.
func TestTwoMerchants(t *testing.T) {
	t.Parallel()
	one := newFleet(t, "", nil)
	two := newFleet(t, one.url, nil)
	one.enqueue(paid, "p-1", "p-2")
	two.enqueue(declined, "p-1")
	one.work(two.merchant).until(river.EventKindJobCompleted, 3)
	require.Equal(t, map[string]string{"p-1": "paid", "p-2": "paid"}, one.ledger())
	require.Equal(t, map[string]string{"p-1": "not paid"}, two.ledger())
	require.Len(t, one.gateway.Orders(), 2)
	require.Len(t, two.gateway.Orders(), 1)
	_, err := two.merchant.Journal().Get(context.Background(), "p-2")
	require.ErrorIs(t, err, payneteasy.ErrNoEntry)
}
