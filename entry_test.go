package payneteasy

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// paidEntry returns a paid entry, as most stored entries are.
func paidEntry(t *testing.T) Entry {
	t.Helper()
	at := time.Date(2024, 2, 3, 12, 0, 0, 123456000, time.UTC)
	amount := mustAmount(t, "10.42", "USD")
	return Entry{
		ClientOrderID: "payout-0001", Attempt: "5f2e91c07a3b0001", Revision: 3, Command: "payout",
		BaseURL: ConnPaySandbox, Login: "TestMerchant",
		Endpoint: EndpointID(39915), Amount: amount, Window: 2 * time.Minute, Began: at, Changed: at.Add(time.Minute),
		Send: "accepted", Orders: []Order{{ID: "6982864", End: "paid", Paid: amount}}, Booked: DecisionPaid,
		Status: StatusApproved, TransactionType: "payout", SerialNumber: "00000000-0000-0000-0000-0000004f0b6e", Seq: 2,
		Told: Told{Seq: 2},
	}
}

// TestEntryJSON checks that zero values are not stored, except those that queries need. A stored entry is read back
// unchanged.
func TestEntryJSON(t *testing.T) {
	t.Parallel()
	always := []string{"amount", "client_orderid", "decision", "endpoint", "revision", "send", "version"}
	paid := paidEntry(t)
	for name, test := range map[string]struct {
		entry Entry
		keys  []string // further keys
	}{
		"the fewest fields": {Entry{ClientOrderID: "payout-0001", Send: "created"}, nil},
		"a paid payout": {paid, []string{
			"attempt", "began", "base_url", "booked", "changed", "command", "login", "orders", "seq", "serial_number",
			"status", "told",
			"transaction_type", "window",
		}},
		"held": {
			Entry{
				ClientOrderID: "payout-0001", Send: "unknown", NotKnown: true,
				Settlement: Settlement{Reason: "none"}, Alarm: CauseFreed,
			},
			[]string{"alarm", "not_known", "settlement"},
		},
	} {
		stored, err := json.Marshal(test.entry)
		require.NoError(t, err, name)
		var keys map[string]any
		require.NoError(t, json.Unmarshal(stored, &keys), name)
		require.ElementsMatch(t, append(test.keys, always...), slices.Collect(maps.Keys(keys)), name)
		var read Entry
		require.NoError(t, json.Unmarshal(stored, &read), name)
		require.Equal(t, test.entry, read, name)
	}
	stored, err := json.Marshal(paid)
	require.NoError(t, err)
	require.Less(t, len(stored), 650)
}

// TestEntryOfAnotherVersion checks that an entry of another version is refused, even if only one value in it is new.
func TestEntryOfAnotherVersion(t *testing.T) {
	t.Parallel()
	entry := paidEntry(t)
	entry.Alarm = CauseChanged
	entry.Settlement = Settlement{
		Decision: DecisionPaid, Reason: "the manager",
		Orders: []Order{{ID: "1", End: "declined"}},
	}
	stored, err := json.Marshal(entry)
	require.NoError(t, err)
	const unknown = `the entry of "payout-0001" has values that this program does not know (`
	for _, test := range []struct{ old, new, says string }{
		{`"version":1`, `"version":2`, `the entry of "payout-0001" has version 2, and this program reads version 1`},
		{`"version":1,`, ``, `has version 0`},
		{`"client_orderid":"payout-0001"`, `"ClientOrderID":"payout-0001"`, "the entry has no client_orderid"},
		{`"decision":"review"`, `"decision":"paid"`, `is stored as "paid", but its facts mean "review"`},
		{`"decision":"review"`, `"decision":"postponed"`, `is stored as "postponed"`},
		{`"send":"accepted"`, `"send":"postponed"`, unknown + `send "postponed")`},
		{`"send":"accepted",`, ``, unknown + `send "")`},
		{`"end":"paid"`, `"end":"postponed"`, unknown + `end "postponed")`},
		{`"end":"declined"`, `"end":"postponed"`, unknown + `end "postponed")`},
		{`"booked":"paid"`, `"booked":"postponed"`, unknown + `booked "postponed")`},
		{`"alarm":"changed"`, `"alarm":"postponed"`, unknown + `alarm "postponed")`},
		{`"settlement":{"decision":"paid"`, `"settlement":{"decision":"postponed"`, unknown +
			`settlement "postponed")`},
	} {
		changed := strings.Replace(string(stored), test.old, test.new, 1)
		require.NotEqual(t, string(stored), changed, test.old)
		read := Entry{ClientOrderID: "before"}
		require.ErrorContains(t, json.Unmarshal([]byte(changed), &read), test.says, test.old)
		require.Equal(t, Entry{ClientOrderID: "before"}, read, test.old)
	}
}
