package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestResultOfEntry: what a journal says of a line.
func TestResultOfEntry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		entry  payneteasy.Entry
		result batchResult
	}{
		{"sending", payneteasy.Entry{State: payneteasy.StateSending}, resultUnknown},
		{"unknown", payneteasy.Entry{State: payneteasy.StateUnknown}, resultUnknown},
		{"held", payneteasy.Entry{State: payneteasy.StateHeld}, resultHeld},
		{"not sent", payneteasy.Entry{State: payneteasy.StateNotSent}, resultNotSent},
		{"rejected", payneteasy.Entry{State: payneteasy.StateRejected}, resultRejected},
		{"accepted", payneteasy.Entry{State: payneteasy.StateAccepted}, resultProcessing},
		{"approved", payneteasy.Entry{State: payneteasy.StateFinal, Status: "approved"}, resultPaid},
		{"a reversal", payneteasy.Entry{State: payneteasy.StateFinal, Status: "approved", TransactionType: "reversal"}, resultLook},
		{"another amount", payneteasy.Entry{State: payneteasy.StateFinal, Status: "approved", AmountDiffers: true}, resultLook},
		{"declined", payneteasy.Entry{State: payneteasy.StateFinal, Status: "declined"}, resultNotPaid},
		{"filtered", payneteasy.Entry{State: payneteasy.StateFinal, Status: "filtered"}, resultNotPaid},
		{"error", payneteasy.Entry{State: payneteasy.StateFinal, Status: "error"}, resultLook},
		{"contradicted", payneteasy.Entry{State: payneteasy.StateFinal, Status: "approved", Was: "declined"}, resultLook},
		{"two orders", payneteasy.Entry{State: payneteasy.StateFinal, Status: "approved", OtherOrders: "7"}, resultLook},
		{"settled as paid", payneteasy.Entry{State: payneteasy.StateSettled, Verdict: payneteasy.VerdictPaid}, resultPaid},
		{"settled as not paid", payneteasy.Entry{State: payneteasy.StateSettled, Verdict: payneteasy.VerdictNotPaid}, resultNotPaid},
		{"settled as not sent", payneteasy.Entry{State: payneteasy.StateSettled, Verdict: payneteasy.VerdictNotSent}, resultNotSent},
	} {
		test.entry.ClientOrderID = "a"
		if test.entry.OrderID == "" {
			test.entry.OrderID = "1"
		}
		require.Equal(t, test.result, resultOfEntry(test.entry, note{}).result, test.name)
	}
}

func TestResultOfError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err    error
		result batchResult
	}{
		{&payneteasy.Error{Outcome: payneteasy.OutcomeNotSent}, resultNotSent},
		{&payneteasy.Error{Outcome: payneteasy.OutcomeRejected}, resultRejected},
		{&payneteasy.Error{Outcome: payneteasy.OutcomeUnknown}, resultUnknown},
		{&payneteasy.Error{Outcome: payneteasy.OutcomeUnknown, Err: payneteasy.ErrHeld}, resultHeld},
		{&payneteasy.WaitError{Err: payneteasy.ErrContradicted}, resultLook},
		{&payneteasy.WaitError{Err: payneteasy.ErrSeveralOrders}, resultLook},
		{errors.New("the journal is full"), resultUnknown},
	} {
		require.Equal(t, test.result, resultOfError(test.err).result, test.err)
	}
}

// TestExit: the status is that of the worst line.
func TestExit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		results []batchResult
		exit    int
	}{
		{[]batchResult{resultPaid}, exitDone},
		{[]batchResult{resultPaid, resultNotPaid}, exitRejected},
		{[]batchResult{resultRejected, resultPaid}, exitRejected},
		{[]batchResult{resultNotPaid, resultNotSent}, exitNotSent},
		{[]batchResult{resultNotSent, resultProcessing, resultPaid}, exitTimedOut},
		{[]batchResult{resultProcessing, resultHeld}, exitUnknown},
		{[]batchResult{resultLook, resultPaid}, exitUnknown},
		{[]batchResult{resultFound}, exitUnknown},
		{[]batchResult{resultUnknown}, exitUnknown},
	} {
		b := new(batch)
		for _, r := range test.results {
			b.results = append(b.results, lineResult{result: r})
		}
		require.Equal(t, test.exit, b.exit(), test.results)
	}
}

// TestNotes: the last of an id counts, and a torn one hurts nobody.
func TestNotes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n, err := openNotes(dir)
	require.NoError(t, err)
	require.NoError(t, n.add(note{ClientOrderID: "a", Message: "no\nmoney"}))
	require.NoError(t, n.add(note{ClientOrderID: "a", Code: "7"}))
	require.NoError(t, n.close())
	path := filepath.Join(dir, notesName)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(content, `{"client_orderid":"b"`...), 0o600))
	n, err = openNotes(dir)
	require.NoError(t, err)
	require.NoError(t, n.add(note{ClientOrderID: "c"}))
	require.NoError(t, n.close())
	n, err = openNotes(dir)
	require.NoError(t, err)
	require.Equal(t, map[string]note{
		"a": {ClientOrderID: "a", Code: "7"}, "c": {ClientOrderID: "c"},
	}, n.known)
	require.NoError(t, n.close())
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	for said, written := range map[string]string{
		"": "", "declined": "declined", "=HYPERLINK(1)": "'=HYPERLINK(1)", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1", "a=1": "a=1",
	} {
		require.Equal(t, written, plainText(said))
	}
}

// TestDecimal: sums are exact, whatever their currency's digits, and readable.
func TestDecimal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		minor    int64
		currency string
		text     string
	}{
		{0, "USD", "0.00"},
		{7, "USD", "0.07"},
		{1042, "USD", "10.42"},
		{123456789012, "USD", "1,234,567,890.12"},
		{100000, "USD", "1,000.00"},
		{99999, "USD", "999.99"},
		{500, "JPY", "500"},
		{1234567, "JPY", "1,234,567"},
		{1, "KWD", "0.001"},
		{1234567, "KWD", "1,234.567"},
	} {
		require.Equal(t, test.text, decimal(test.minor, test.currency))
	}
}
