package payneteasy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLearn: what a status may change in a journal entry.
func TestLearn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		entry    Entry
		status   Status
		want     State
		wantCode StatusCode
	}{
		{"an unknown order is found", Entry{State: StateUnknown}, Status{Status: "processing", OrderID: "7"}, StateAccepted, "processing"},
		{"a held order turns up", Entry{State: StateHeld}, Status{Status: "processing", OrderID: "7"}, StateAccepted, "processing"},
		{"an end", Entry{State: StateAccepted, OrderID: "7"}, Status{Status: "declined", OrderID: "7"}, StateFinal, "declined"},
		{"a late processing", Entry{State: StateFinal, Status: "approved", OrderID: "7"}, Status{Status: "processing", OrderID: "7"}, StateFinal, "approved"},
		{"another end", Entry{State: StateFinal, Status: "declined", OrderID: "7"}, Status{Status: "approved", OrderID: "7"}, StateFinal, "approved"},
		{"a settled one", Entry{State: StateSettled, Verdict: VerdictNotPaid, OrderID: "7"}, Status{Status: "approved", OrderID: "7"}, StateSettled, ""},
		{"settled, and nobody knew the order", Entry{State: StateSettled, Verdict: VerdictNotPaid}, Status{Status: "approved", OrderID: "7"}, StateFinal, "approved"},
		{"with another order", Entry{State: StateAccepted, OrderID: "7", OtherOrders: "6"}, Status{Status: "approved", OrderID: "7"}, StateHeld, "approved"},
		{"another order", Entry{State: StateAccepted, OrderID: "8"}, Status{Status: "approved", OrderID: "7"}, StateAccepted, ""},
		{"the same again", Entry{State: StateAccepted, Status: "processing", OrderID: "7"}, Status{Status: "processing", OrderID: "7"}, StateAccepted, "processing"},
	} {
		before := test.entry
		changed := test.entry.learn(&test.status)
		require.Equal(t, test.want, test.entry.State, test.name)
		require.Equal(t, test.wantCode, test.entry.Status, test.name)
		require.Equal(t, before != test.entry, changed, test.name)
	}
}

// TestLearnsWhoWasWrong: that a person is contradicted is told, whatever was known before he settled it.
func TestLearnsWhoWasWrong(t *testing.T) {
	t.Parallel()
	approved := Status{Status: "approved", OrderID: "7"}
	for was, want := range map[StatusCode]StatusCode{"": "settled as not paid", "rejected": "settled as not paid", "settled as not sent": "settled as not sent"} {
		entry := Entry{State: StateSettled, Verdict: VerdictNotPaid, Was: was, OrderID: "7"}
		require.True(t, entry.learn(&approved) || was == want)
		require.Equal(t, want, entry.Was)
	}
}

// TestConclude: what a payout's own answer may change in an entry that somebody else has changed meanwhile.
func TestConclude(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		entry Entry
		came  Entry
		want  Entry
	}{
		{"accepted", Entry{State: StateSending}, Entry{State: StateAccepted, OrderID: "7"}, Entry{State: StateAccepted, OrderID: "7"}},
		{"rejected", Entry{State: StateSending}, Entry{State: StateRejected}, Entry{State: StateRejected}},
		{"held, then lost", Entry{State: StateHeld}, Entry{State: StateUnknown}, Entry{State: StateHeld}},
		{"held, then an error with an id", Entry{State: StateHeld}, Entry{State: StateUnknown, OrderID: "7"}, Entry{State: StateUnknown, OrderID: "7"}},
		{"held, then accepted", Entry{State: StateHeld}, Entry{State: StateAccepted, OrderID: "7"}, Entry{State: StateAccepted, OrderID: "7"}},
		{"seen, then lost", Entry{State: StateAccepted, OrderID: "7"}, Entry{State: StateUnknown}, Entry{State: StateAccepted, OrderID: "7"}},
		{"final, then rejected", Entry{State: StateFinal, OrderID: "7"}, Entry{State: StateRejected}, Entry{State: StateFinal, OrderID: "7"}},
		{
			"settled as not sent, then accepted",
			Entry{State: StateSettled, Verdict: VerdictNotSent},
			Entry{State: StateAccepted, OrderID: "7"},
			Entry{State: StateAccepted, Verdict: VerdictNotSent, OrderID: "7"},
		},
		{
			"settled as not sent, then rejected",
			Entry{State: StateSettled, Verdict: VerdictNotSent},
			Entry{State: StateRejected},
			Entry{State: StateSettled, Verdict: VerdictNotSent},
		},
		{
			"settled as paid, then accepted",
			Entry{State: StateSettled, Verdict: VerdictPaid},
			Entry{State: StateAccepted, OrderID: "7"},
			Entry{State: StateAccepted, Verdict: VerdictPaid, OrderID: "7"},
		},
		{
			"settled as not sent, then lost",
			Entry{State: StateSettled, Verdict: VerdictNotSent},
			Entry{State: StateUnknown},
			Entry{State: StateUnknown, Verdict: VerdictNotSent},
		},
		{
			"final, then another accepted",
			Entry{State: StateFinal, OrderID: "7"},
			Entry{State: StateAccepted, OrderID: "8"},
			Entry{State: StateHeld, OrderID: "7", OtherOrders: "8"},
		},
		{"rejected, after an earlier attempt", Entry{State: StateSending, OtherOrders: "6"}, Entry{State: StateRejected}, Entry{State: StateUnknown, OtherOrders: "6"}},
	} {
		before := test.entry
		changed := test.entry.conclude(test.came)
		require.Equal(t, test.want, test.entry, test.name)
		require.Equal(t, before != test.entry, changed, test.name)
	}
}

// TestWord: a code shows as it is, unless it may be something else; that it is a reversal's is never lost.
func TestWord(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"": "", "approved": "approved", "chain_declined": "chain_declined", "Reversal v2.1 (partial)": "Reversal v2.1 (partial)",
		"wallet@example": redacted, "4444333322221111": redacted, "reversal 4444333322221111": "reversal",
	} {
		require.Equal(t, want, word(code))
	}
}
