package batch

import (
	"cmp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestCorrectedLines checks that a line that was sent and then changed is a fault. The fault says what happened to the
// first payout, and never advises a second payment of one debt.
func TestCorrectedLines(t *testing.T) {
	t.Parallel()
	const (
		onlyAnother = "; do not pay this debt again under a new id"
		again       = "; to pay this debt again, add a line with a new id"
	)
	order := func(end string) []payneteasy.Order { return []payneteasy.Order{{ID: "7", End: end}} }
	for _, test := range []struct {
		orders  []payneteasy.Order
		entry   payneteasy.Entry
		outcome string
		newID   string
	}{
		{order("paid"), payneteasy.Entry{}, "and is paid", onlyAnother},
		{order("reversed"), payneteasy.Entry{}, "and is reversed", onlyAnother},
		{order("declined"), payneteasy.Entry{Status: "declined"}, "and is not paid (declined)", again},
		{order("declined"), payneteasy.Entry{Status: "filtered"}, "and is not paid (filtered)", again},
		{
			order("declined"),
			payneteasy.Entry{Alarm: payneteasy.CauseChanged},
			"and may be paid (a person must look: changed)", onlyAnother,
		},
		{order("open"), payneteasy.Entry{}, "and is in progress", onlyAnother},
		{nil, payneteasy.Entry{}, "and may be paid (it is unknown)", onlyAnother},
		{nil, payneteasy.Entry{Send: "denied"}, "and may be paid (it is refused)", onlyAnother},
		{nil, payneteasy.Entry{NotKnown: true}, "and may be paid (a person must look: held)", onlyAnother},
		{
			nil,
			payneteasy.Entry{Settlement: payneteasy.Settlement{Decision: payneteasy.DecisionPaid}},
			"and is paid", onlyAnother,
		},
		{
			nil,
			payneteasy.Entry{Settlement: payneteasy.Settlement{Decision: payneteasy.DecisionNotPaid}},
			"and is not paid", again,
		},
	} {
		entry := test.entry
		entry.ClientOrderID, entry.Attempt, entry.Command, entry.Orders = "x1", "1", "payout", test.orders
		entry.Send = cmp.Or(entry.Send, "unknown")
		entry.Began = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
		told := func(line string) (faults []string) {
			for _, fault := range correctedFaults(t, entry, line) {
				faults = append(faults, fault.String())
			}
			return faults
		}
		when := " on 29 Nov 2026"
		if test.orders != nil {
			when += " as order 7"
		}
		amount := "2:4: x1: amount is 31.00 USD, and x1 was sent" + when + ", of 30.00 USD, " + test.outcome +
			": restore the line" + test.newID
		differs := func(to string) string {
			return "2:14: x1: account_number differs: x1 was sent" + when + ", to another " + to + ", " + test.outcome +
				": restore the line" + test.newID
		}
		account, name := differs("account"), differs("name or bank, or with the account written in another way")
		require.Equal(t, []string{amount}, told("x1,31.00,USD,1234567890,J. Doe"))
		require.Equal(t, []string{account}, told("x1,30.00,USD,1234567891,J. Doe"))
		require.Equal(t, []string{name}, told("x1,30.00,USD,1234567890,Jane"))
		require.Equal(t, []string{name}, told("x1,30.00,USD,01234567890,J. Doe"))
		require.Equal(t, []string{amount, account}, told("x1,31.00,USD,1234567891,J. Doe"))
		require.Empty(t, told("x1,30.00,USD,1234567890,J. Doe"))
		entry.Command = "payout-form"
		require.Equal(t, []string{
			"2:1: client_orderid x1 was sent" + when + " by payout-form, " + test.outcome + ": remove the line" +
				test.newID,
		}, told("x1,31.00,USD,1234567891,J. Doe"))
	}
}

// correctedFaults returns the faults of a file with one line, whose ID has an entry of 30 USD in the journal.
func correctedFaults(t *testing.T, entry payneteasy.Entry, line string) []fileFault {
	t.Helper()
	client, err := payneteasy.NewClient(payneteasytest.NewGateway(t).Config())
	require.NoError(t, err)
	s := newStore(t)
	entry.Revision = 1
	entry.Amount, err = payneteasy.ParseAmount("30", "USD")
	require.NoError(t, err)
	err = s.Journal.Put(t.Context(), entry)
	require.NoError(t, err)
	sent := map[string]string{"account_number": "1234567890", "account_name": "J. Doe"}
	require.NoError(t, s.Destinations.Remember("x1", s.Destinations.Of(sent)))
	file := readPayouts([]byte(goodHeader+line+"\n"), client, s.Destinations.Of)
	require.Empty(t, file.faults)
	_, err = plan(t.Context(), file, s)
	require.NoError(t, err)
	return file.faults
}

// TestExit checks that a batch ends with the status of its worst line, at any position.
func TestExit(t *testing.T) {
	t.Parallel()
	for i, worse := range exit.Decisions {
		for _, better := range exit.Decisions[i:] {
			for _, results := range [][]lineResult{
				{{decision: worse}, {decision: better}}, {{decision: better}, {decision: worse}},
			} {
				require.Equal(t, exit.Of(worse), (&Batch{results: results}).Exit(), results)
			}
		}
	}
}
