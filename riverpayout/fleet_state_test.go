package riverpayout_test

import (
	"errors"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// states are the states in which a dead process may leave a payout.
var states = map[string]func(e *payneteasy.Entry, orderID string){
	"sending": func(*payneteasy.Entry, string) {},
	"not sent": func(e *payneteasy.Entry, _ string) {
		e.Send, e.Booked = "not sent", payneteasy.DecisionNotSent
	},
	"unknown":           func(e *payneteasy.Entry, _ string) { e.Send = "unknown" },
	"held":              func(e *payneteasy.Entry, _ string) { e.Send, e.NotKnown = "unknown", true },
	"refused":           func(e *payneteasy.Entry, _ string) { e.Send = "refused" },
	"denied":            func(e *payneteasy.Entry, _ string) { e.Send = "denied" },
	"rejected":          func(e *payneteasy.Entry, _ string) { gone(e, "refused") },
	"denied, not known": func(e *payneteasy.Entry, _ string) { gone(e, "denied") },
	"accepted": func(e *payneteasy.Entry, orderID string) {
		e.Send, e.Orders = "accepted", []payneteasy.Order{{ID: orderID, End: "open"}}
	},
	"paid": func(e *payneteasy.Entry, orderID string) {
		e.Send, e.Booked = "accepted", payneteasy.DecisionPaid
		e.Orders = []payneteasy.Order{{ID: orderID, End: "paid", Paid: e.Amount}}
	},
	"settled as paid":     func(e *payneteasy.Entry, _ string) { settled(e, payneteasy.DecisionPaid) },
	"settled as not paid": func(e *payneteasy.Entry, _ string) { settled(e, payneteasy.DecisionNotPaid) },
	"settled as not sent": func(e *payneteasy.Entry, _ string) { settled(e, payneteasy.DecisionNotSent) },
}

// gone is a refused payout of which the gateway has no order.
func gone(e *payneteasy.Entry, send string) {
	e.Send, e.NotKnown, e.Booked = send, true, payneteasy.DecisionRejected
}

func settled(e *payneteasy.Entry, decision payneteasy.Decision) {
	e.Send, e.NotKnown, e.Booked = "unknown", true, decision
	e.Settlement = payneteasy.Settlement{Decision: decision, Reason: "manager", At: e.Began}
}

// reach leaves p-1 in the state in which a process that died at this point leaves it.
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
	entry.BaseURL, entry.Login, entry.Endpoint, entry.Send = f.base, config.Login, config.Endpoint,
		"sending"
	entry.Attempt = "5f2e91c07a3b"
	f.begin(&entry)
	before := entry.Decision()
	states[state](&entry, orderID)
	entry.Revision++
	if entry.Decision() != before {
		entry.Seq++
	}
	require.NoError(f.t, journal.Put(f.t.Context(), entry))
}

// begin stores an entry as the first of an attempt.
func (f *fleet) begin(entry *payneteasy.Entry) {
	f.t.Helper()
	stored, now, err := f.merchant.Journal().Get(f.t.Context(), entry.ClientOrderID)
	if !errors.Is(err, payneteasy.ErrNoEntry) {
		require.NoError(f.t, err)
	}
	entry.Revision, entry.Began = stored.Revision+1, now
	entry.Seq, entry.Told = stored.Seq+entry.Seq, stored.Told
	require.NoError(f.t, f.merchant.Journal().Put(f.t.Context(), *entry))
}

// age moves the begin of all payouts into the past.
func (f *fleet) age(interval string) {
	f.t.Helper()
	_, err := f.pool.Exec(f.t.Context(), `UPDATE riverpayout_payout SET began = began - $1::interval,
		entry = jsonb_set(entry, '{began}', to_jsonb(began - $1::interval))`, interval)
	require.NoError(f.t, err)
}

// anyJob lets any of a payout's jobs work it.
func (f *fleet) anyJob() {
	f.t.Helper()
	_, err := f.pool.Exec(f.t.Context(), "UPDATE riverpayout_payout SET job = NULL")
	require.NoError(f.t, err)
}
