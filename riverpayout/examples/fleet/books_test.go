package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

func cents(t *testing.T, minor int64) payneteasy.Amount {
	t.Helper()
	amount, err := payneteasy.AmountFromMinor(minor, currency)
	require.NoError(t, err)
	return amount
}

// TestDifferences checks that every kind of difference between the books is found.
func TestDifferences(t *testing.T) {
	t.Parallel()
	paid := func(id string, minor int64) line { return line{id, outcomePaid, cents(t, minor)} }
	for name, test := range map[string]struct {
		change func(*books)
		want   []string
	}{
		"nothing": {func(*books) {}, nil},
		"a ledger line too many": {
			func(b *books) { b.ledger = append(b.ledger, b.ledger[0]) },
			[]string{"p-1: the ledger has it 2 times"},
		},
		"a ledger line too few": {
			func(b *books) { b.ledger = b.ledger[:1] },
			[]string{"p-2: the ledger has it 0 times"},
		},
		"a cent too few": {
			func(b *books) { b.ledger[1] = paid("p-2", 2041) },
			[]string{"p-2: the ledger has 20.41 USD, and 20.42 USD is owed"},
		},
		"cents that cancel out": {
			func(b *books) { b.journal[0], b.journal[1] = paid("p-1", 1041), paid("p-2", 2043) },
			[]string{
				"p-1: the journal has 10.41 USD, and 10.42 USD is owed",
				"p-2: the journal has 20.43 USD, and 20.42 USD is owed",
			},
		},
		"paid twice": {
			func(b *books) { b.gateway = append(b.gateway, b.gateway[1]) },
			[]string{"p-2: the gateway has it 2 times"},
		},
		"another outcome": {
			func(b *books) { b.ledger[0].outcome = outcomeNotPaid },
			[]string{`p-1: the ledger has "not paid", and the gateway has "paid"`},
		},
		"unknown": {
			func(b *books) { b.gateway = append(b.gateway, paid("p-3", 1)) },
			[]string{"p-3: the gateway has it, but no debt has this ID"},
		},
		"not in the journal": {
			func(b *books) { b.journal = nil },
			[]string{"p-1: the journal has it 0 times", "p-2: the journal has it 0 times"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both := func() []line { return []line{paid("p-1", 1042), paid("p-2", 2042)} }
			b := books{
				debts: []line{{"p-1", "", cents(t, 1042)}, {"p-2", "", cents(t, 2042)}}, gateway: both(),
				journal: both(), ledger: both(),
			}
			test.change(&b)
			require.Equal(t, test.want, b.differences())
			var out bytes.Buffer
			require.Equal(t, test.want == nil, newScreen(&out).verdict(b, 2))
			for _, difference := range test.want {
				require.Contains(t, out.String(), "\n"+difference+"\n")
			}
			require.Equal(t, test.want != nil, bytes.Contains(out.Bytes(), []byte("NOT BALANCED: ")), out.String())
		})
	}
}

// TestLastLines checks that a reversal replaces one payment, and that the result of a review replaces the review. Both
// must have the same debt and amount.
func TestLastLines(t *testing.T) {
	t.Parallel()
	paid, reversed := line{"p-1", outcomePaid, cents(t, 1042)}, line{"p-1", outcomeReversed, cents(t, 1042)}
	other, less := line{"p-2", outcomePaid, cents(t, 1042)}, line{"p-1", outcomeReversed, cents(t, 1041)}
	require.Equal(t, []line{other, reversed}, lastLines([]line{paid, other, reversed}))
	require.Equal(t, []line{paid, reversed}, lastLines([]line{paid, paid, reversed}), "booked twice")
	require.Equal(t, []line{paid, less}, lastLines([]line{paid, less}))
	review := line{"p-1", outcomeReview, cents(t, 1042)}
	require.Equal(t, []line{paid}, lastLines([]line{review, paid}))
	require.Equal(t, []line{review, review}, lastLines([]line{review, review}), "booked twice")
	require.Equal(t, []line{paid, review}, lastLines([]line{paid, review}), "contradicted")
}
