package order

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSend checks that a call has one outcome. An order that was there before cannot be told apart from the call's own.
func TestSend(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		before Send
		fact   Fact
		after  Send
	}{
		{Created, Cancelled{}, SendNotSent},
		{Sending, Cancelled{}, Sending},
		{SendUnknown, Cancelled{}, SendUnknown},
		{Denied, Cancelled{}, Denied},
		{Sending, Called{Send: Denied}, Denied},
		{Denied, Called{Send: SendUnknown}, Denied},
		{Sending, Found{"7"}, SendUnknown},
		{Denied, Found{"7"}, Denied},
		{Created, Found{"7"}, SendUnknown},
		{Created, status("7", EndPaid, asked), SendUnknown},
	} {
		require.Equal(t, test.after, Next(Record{Send: test.before}, test.fact).Send, "%s, then %#v", test.before,
			test.fact)
	}
}

// TestBegin checks that a new attempt keeps nothing from the earlier one, and needs an ID that is free or created.
func TestBegin(t *testing.T) {
	t.Parallel()
	held := Next(Record{Send: Sending}, NotKnown{})
	_, ok := Begin(held, Record{Send: Sending})
	require.False(t, ok)
	for _, before := range []Record{Next(held, word(NotSent, Amount{})), {Send: Created}} {
		for _, send := range []Send{Created, Sending} {
			r, ok := Begin(before, Record{Send: send})
			require.True(t, ok)
			require.Equal(t, Record{Send: send}, r)
		}
	}
}

// TestOrderBeforeSending checks that an order of a payout that has not begun means another program has sent it.
func TestOrderBeforeSending(t *testing.T) {
	t.Parallel()
	r := Next(Record{Send: Created}, status("7", EndPaid, asked))
	require.Equal(t, Review, Decide(r))
	require.Equal(t, CauseElsewhere, Why(r))
}

// TestSettleable checks that a person can only decide how a payout ended.
func TestSettleable(t *testing.T) {
	t.Parallel()
	held := Next(Record{Send: Sending}, NotKnown{})
	for _, d := range decisions {
		require.Equal(t, slices.Contains([]Decision{Paid, NotPaid, Reversed, NotSent}, d), held.Settleable(d), d)
	}
}

// TestSharedOrders checks that Next does not change its argument.
func TestSharedOrders(t *testing.T) {
	t.Parallel()
	before := Next(Record{Send: Sending}, status("7", Open, Amount{}))
	Next(before, status("7", EndPaid, asked))
	Next(before, status("8", EndPaid, asked))
	require.Equal(t, []Order{{ID: "7", End: Open}}, before.Orders)
	settled := Next(before, word(Paid, asked))
	Next(settled, status("7", EndDeclined, Amount{}))
	require.Equal(t, []Order{{ID: "7", End: Open}}, settled.Settled.Orders)
}
