package batch

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// planOf returns the plan of a file. Some of its payouts are already in the store, and the first of them was sent the
// given time ago.
func planOf(t *testing.T, content string, sent ...sentBefore) *Batch {
	t.Helper()
	client, err := payneteasy.NewClient(payneteasytest.NewGateway(t).Config())
	require.NoError(t, err)
	s := newStore(t)
	for _, p := range sent {
		amount, err := payneteasy.ParseAmount(p.amount, "USD")
		require.NoError(t, err)
		entry := payneteasy.Entry{
			ClientOrderID: p.id, Attempt: "1", Revision: 1, Command: "payout", Amount: amount,
			Began: now.Add(-p.ago), Send: p.send, NotKnown: p.notKnown,
		}
		if p.end != "" {
			entry.Orders = []payneteasy.Order{{ID: "1", End: p.end}}
		}
		err = s.Journal.Put(t.Context(), entry)
		require.NoError(t, err)
		require.NoError(t,
			s.Destinations.Remember(p.id,
				s.Destinations.Of(map[string]string{"account_number": p.account, "account_name": "J. Doe"})))
	}
	file := readPayouts([]byte(content), client, s.Destinations.Of)
	b, err := plan(t.Context(), file, s)
	require.NoError(t, err)
	require.Empty(t, file.faults)
	require.NoError(t, b.warn(t.Context(), now))
	return b
}

type sentBefore struct {
	id, amount, account string
	ago                 time.Duration
	send                string
	notKnown            bool
	end                 string
}

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// told returns the texts of the warnings, by kind.
func told(b *Batch) map[string][]string {
	texts := map[string][]string{}
	for _, w := range b.warnings {
		for _, g := range w.Groups {
			texts[w.Kind] = append(texts[w.Kind], g.Text)
		}
		if w.More > 0 {
			texts[w.Kind] = append(texts[w.Kind], fmt.Sprintf("and %d more", w.More))
		}
	}
	return texts
}

func readFile(t *testing.T, content string, ignored ...string) *payoutFile {
	t.Helper()
	client, err := payneteasy.NewClient(payneteasytest.NewGateway(t).Config())
	require.NoError(t, err)
	return readPayouts([]byte(content), client,
		func(map[string]string) store.DestinationSum { return store.DestinationSum{} }, ignored...)
}

const goodHeader = "client_orderid,amount,currency,account_number,account_name\n"

// newStore returns a store in its own directory.
func newStore(t *testing.T) *store.Store {
	t.Helper()
	e := profile.NewInvocation([]string{"PAYNETEASY_STATE_DIR=" + t.TempDir()}, nil,
		terminal.NewOutput(io.Discard, io.Discard, nil))
	s, err := store.Open(e, payneteasytest.NewGateway(t).Config())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
