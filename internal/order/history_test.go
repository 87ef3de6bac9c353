package order

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func status(id string, end End, paid Amount) Seen {
	return Seen{Order: Order{ID: id, End: end, Paid: paid}, Asked: noon, Interval: interval}
}

func takenBack(id string, back Amount) Seen {
	return Seen{Order: Order{ID: id, End: EndReversed, TakenBack: back}, Asked: noon, Interval: interval}
}

func at(asked time.Duration, fact Seen) Seen {
	fact.Asked = noon.Add(asked)
	return fact
}

func word(d Decision, paid Amount) Settled { return Settled{Settlement{Decision: d, Paid: paid}} }

func reversal(back Amount) Settled {
	return Settled{Settlement{Decision: Reversed, Paid: asked, TakenBack: back}}
}

// history is a list of facts, and its result.
type history struct {
	name  string
	facts []Fact
	is    Decision
	why   Cause
	paid  Amount
	back  Amount
}

// created begins a history before the intent.
type created struct{}

func (created) apply(r *Record) { *r = Record{Send: Created} }

// begun is the next attempt if it may begin.
type begun struct{}

func (begun) apply(r *Record) { *r, _ = Begin(*r, Record{Send: Sending}) }

// record is the record of the history. It starts with the intent of a payout of 10.42.
func (h history) record() Record {
	r := Record{Send: Sending}
	for _, f := range h.facts {
		r = Next(r, f)
	}
	return r
}

var none Amount

var histories = []history{
	{"a crash before the call ended", nil, Unknown, "", none, none},
	{"accepted", []Fact{Called{Send: Accepted, OrderID: "7"}}, Pending, "", none, none},
	{
		"accepted and approved",
		[]Fact{Called{Send: Accepted, OrderID: "7"}, status("7", EndPaid, asked)},
		Paid, "", asked, none,
	},
	{
		"approved before the call ended",
		[]Fact{status("7", EndPaid, asked), Called{Send: Accepted, OrderID: "7"}},
		Paid, "", asked, none,
	},
	{"a late processing", []Fact{status("7", EndPaid, asked), status("7", Open, none)}, Paid, "", asked, none},
	{"unknown", []Fact{Called{Send: SendUnknown}}, Unknown, "", none, none},
	{"unknown, with an order id", []Fact{Called{Send: SendUnknown, OrderID: "7"}}, Pending, "", none, none},
	{"unknown and not known", []Fact{Called{Send: SendUnknown}, NotKnown{}}, Review, CauseHeld, none, none},
	{
		"held, then found",
		[]Fact{Called{Send: SendUnknown}, NotKnown{}, status("7", EndPaid, asked)},
		Paid, "", asked, none,
	},
	{"refused", []Fact{Called{Send: SendRefused}}, Refused, "", none, none},
	{"refused and not known", []Fact{Called{Send: Denied}, NotKnown{}}, Rejected, "", none, none},
	{"not known before the refusal", []Fact{NotKnown{}, Called{Send: Denied}}, Refused, "", none, none},
	{
		"refused, and accepted anyway",
		[]Fact{Called{Send: SendRefused}, status("7", EndPaid, asked)},
		Paid, "", asked, none,
	},
	{
		"rejected, then found",
		[]Fact{Called{Send: SendRefused}, NotKnown{}, status("7", EndPaid, asked)},
		Review, CauseFreed, asked, none,
	},
	{"not sent", []Fact{Called{Send: SendNotSent}}, NotSent, "", none, none},
	{
		"not sent, then found",
		[]Fact{Called{Send: SendNotSent}, status("7", Open, none)},
		Review, CauseFreed, none, none,
	},
	{
		"an order before it was sent",
		[]Fact{Found{"7"}, status("7", EndPaid, asked)},
		Review, CauseElsewhere, asked, none,
	},
	{
		"an earlier attempt was accepted",
		[]Fact{Called{Send: Accepted, OrderID: "6", Earlier: true}},
		Review, CauseEarlier, none, none,
	},
	{
		"an earlier attempt may have been",
		[]Fact{Called{Send: SendUnknown, Earlier: true}},
		Review, CauseEarlier, none, none,
	},
	{"an earlier attempt was refused", []Fact{Called{Send: SendRefused, Earlier: true}}, Unknown, "", none, none},
	{
		"two orders, one seen by a callback",
		[]Fact{status("7", EndPaid, asked), status("8", Open, none), Called{Send: Accepted, OrderID: "8"}},
		Review, CauseSeveral, asked, none,
	},
	{"two orders", []Fact{status("7", Open, none), status("8", EndDeclined, none)}, Review, CauseSeveral, none, none},
	{"declined", []Fact{status("7", EndDeclined, none)}, NotPaid, "", none, none},
	{
		"declined, then approved",
		[]Fact{status("7", EndDeclined, none), status("7", EndPaid, asked)},
		Review, CauseChanged, asked, none,
	},
	{"error", []Fact{status("7", EndFailed, none)}, Review, CauseError, none, none},
	{"error, then approved", []Fact{status("7", EndFailed, none), status("7", EndPaid, asked)}, Paid, "", asked, none},
	{"another amount", []Fact{status("7", EndPaidOther, other)}, Review, CauseAmount, other, none},
	{
		"another amount, then the right one",
		[]Fact{status("7", EndPaidOther, other), status("7", EndPaid, asked)},
		Paid, "", asked, none,
	},
	{"no readable amount", []Fact{status("7", EndPaidOther, none)}, Review, CauseNoAmount, none, none},
	{
		"paid, then another amount",
		[]Fact{status("7", EndPaid, asked), status("7", EndPaidOther, other)},
		Review, CauseAmount, other, none,
	},
	{
		"a dispute",
		[]Fact{status("7", EndPaid, asked), status("7", EndUnclear, none)},
		Review, CauseUnclear, asked, none,
	},
	{
		"a dispute, then approved",
		[]Fact{status("7", EndPaid, asked), status("7", EndUnclear, none), status("7", EndPaid, asked)},
		Review, CauseUnclear, asked, none,
	},
	{"only a dispute", []Fact{status("7", EndUnclear, none)}, Review, CauseUnclear, none, none},
	{"only a failed reversal", []Fact{TakeBackFailed{"7"}}, Review, CauseUnclear, none, none},
	{"paid, and a failed reversal", []Fact{status("7", EndPaid, asked), TakeBackFailed{"7"}}, Paid, "", asked, none},
	{
		"paid, then no readable amount",
		[]Fact{status("7", EndPaid, asked), status("7", EndPaidOther, none)},
		Review, CauseNoAmount, none, none,
	},
	{
		"reversed of another amount",
		[]Fact{Seen{Order: Order{ID: "7", End: EndReversed, Paid: other, TakenBack: part}}},
		Reversed, "", other, part,
	},
	{"reversed in part", []Fact{status("7", EndPaid, asked), takenBack("7", part)}, Reversed, "", asked, part},
	{"reversed in two parts", []Fact{takenBack("7", part), takenBack("7", other)}, Reversed, "", asked, other},
	{"a late reply of the first part", []Fact{takenBack("7", other), takenBack("7", part)}, Reversed, "", asked, other},
	{"only a reversal", []Fact{takenBack("7", none)}, Reversed, "", asked, none},
	{
		"a reversal of another id",
		[]Fact{status("7", EndPaid, asked), takenBack("8", part)},
		Review, CauseReversalID, asked, part,
	},
	{
		"an open order and another's reversal",
		[]Fact{status("7", Open, none), takenBack("8", part)},
		Review, CauseReversalID, none, part,
	},
	{"approved again, once", []Fact{takenBack("7", asked), status("7", EndPaid, asked)}, Reversed, "", asked, asked},
	{
		"approved again, in two questions at least WaitOptions.MinInterval (3 s) apart",
		[]Fact{takenBack("7", asked), status("7", EndPaid, asked), at(interval, status("7", EndPaid, asked))},
		Review, CauseChanged, asked, asked,
	},
	{
		"approved again, in two questions less than that apart",
		[]Fact{takenBack("7", asked), status("7", EndPaid, asked), at(interval-1, status("7", EndPaid, asked))},
		Reversed, "", asked, asked,
	},
	{
		"a lagging approval between",
		[]Fact{
			takenBack("7", asked), status("7", EndPaid, asked), takenBack("7", asked),
			at(interval, status("7", EndPaid, asked)),
		},
		Reversed, "", asked, asked,
	},
	{"held, settled as paid", []Fact{NotKnown{}, word(Paid, other)}, Paid, "", other, none},
	{
		"held, settled as paid, then processing",
		[]Fact{NotKnown{}, word(Paid, asked), status("7", Open, none)},
		Review, CauseChanged, none, none,
	},
	{
		"held, settled as paid, then approved",
		[]Fact{NotKnown{}, word(Paid, asked), status("7", EndPaid, asked)},
		Review, CauseChanged, asked, none,
	},
	{
		"held, settled as not paid, then declined",
		[]Fact{NotKnown{}, word(NotPaid, none), status("7", EndDeclined, none)},
		Review, CauseChanged, none, none,
	},
	{"held, settled as not sent", []Fact{NotKnown{}, word(NotSent, none)}, NotSent, "", none, none},
	{
		"settled as not sent, then unknown",
		[]Fact{NotKnown{}, word(NotSent, none), Called{Send: SendUnknown}},
		Review, CauseFreed, none, none,
	},
	{
		"settled as not sent, then found",
		[]Fact{NotKnown{}, word(NotSent, none), status("7", Open, none)},
		Review, CauseFreed, none, none,
	},
	{
		"not sent, begun again, and the first call was accepted",
		[]Fact{Called{Send: SendNotSent}, begun{}, Called{Send: Accepted, OrderID: "6", Earlier: true}},
		Review, CauseEarlier, none, none,
	},
	{
		"not sent, begun again, and a question finds the first order",
		[]Fact{Called{Send: SendNotSent}, begun{}, status("6", Open, none)},
		Pending, "", none, none,
	},
	{
		"not sent, begun again, not sent, and a question finds the first order",
		[]Fact{Called{Send: SendNotSent}, begun{}, Called{Send: SendNotSent}, status("6", Open, none)},
		Review, CauseFreed, none, none,
	},
	{"not begun", []Fact{created{}}, Pending, "", none, none},
	{"not begun, cancelled", []Fact{created{}, Cancelled{"a mistake"}}, NotSent, "", none, none},
	{"not begun, cancelled, begun again", []Fact{created{}, Cancelled{"a mistake"}, begun{}}, Unknown, "", none, none},
	{
		"not begun, cancelled, then found",
		[]Fact{created{}, Cancelled{"a mistake"}, status("7", Open, none)},
		Review, CauseFreed, none, none,
	},
	{"not begun, then found", []Fact{created{}, status("7", EndPaid, asked)}, Review, CauseElsewhere, asked, none},
	{"rejected, cancelled", []Fact{Called{Send: Denied}, NotKnown{}, Cancelled{"a mistake"}}, NotSent, "", none, none},
	{"cancelled while it is being sent: refused", []Fact{Cancelled{"a mistake"}}, Unknown, "", none, none},
	{
		"settled as not sent without an answer: refused",
		[]Fact{Called{Send: SendUnknown}, word(NotSent, none)},
		Unknown, "", none, none,
	},
	{
		"settled as paid, then reversed",
		[]Fact{status("7", EndFailed, none), word(Paid, asked), takenBack("7", part)},
		Reversed, "", asked, part,
	},
	{
		"settled as paid, then declined",
		[]Fact{status("7", EndFailed, none), word(Paid, asked), status("7", EndDeclined, none)},
		Review, CauseChanged, none, none,
	},
	{
		"settled as paid, approved of another",
		[]Fact{status("7", EndFailed, none), word(Paid, other), status("7", EndPaid, asked)},
		Review, CauseChanged, asked, none,
	},
	{
		"settled as paid of another amount",
		[]Fact{status("7", EndFailed, none), word(Paid, other), status("7", EndPaidOther, other)},
		Paid, "", other, none,
	},
	{
		"settled as paid, then a second order",
		[]Fact{status("7", EndFailed, none), word(Paid, asked), status("8", Open, none)},
		Review, CauseSeveral, none, none,
	},
	{
		"settled as not paid, then declined",
		[]Fact{status("7", Open, none), word(NotPaid, none), status("7", EndDeclined, none)},
		NotPaid, "", none, none,
	},
	{
		"settled as not paid, then approved",
		[]Fact{status("7", Open, none), word(NotPaid, none), status("7", EndPaid, asked)},
		Review, CauseChanged, asked, none,
	},
	{
		"settled as reversed, then reversed of more",
		[]Fact{status("7", EndFailed, none), reversal(part), takenBack("7", other)},
		Reversed, "", asked, other,
	},
	{
		"settled as reversed, then reversed of less",
		[]Fact{status("7", EndFailed, none), reversal(other), takenBack("7", part)},
		Review, CauseChanged, asked, part,
	},
	{
		"settled as reversed, then declined",
		[]Fact{
			Seen{Order: Order{ID: "7", End: EndFailed, TakenBack: part}},
			reversal(part),
			status("7", EndDeclined, none),
		},
		Review, CauseChanged, none, part,
	},
	{"settled what can be booked", []Fact{status("7", EndDeclined, none), word(Paid, asked)}, NotPaid, "", none, none},
	{
		"settled twice",
		[]Fact{status("7", EndFailed, none), word(Paid, asked), status("7", EndDeclined, none), word(NotPaid, none)},
		NotPaid, "", none, none,
	},
	{
		"settled as paid, paid, and reversed again",
		[]Fact{
			takenBack("7", part), status("7", EndPaid, asked), status("7", EndFailed, none), word(Paid, asked),
			status("7", EndPaid, asked), takenBack("7", part),
		},
		Reversed, "", asked, part,
	},
}

// TestHistories checks the results of histories.
func TestHistories(t *testing.T) {
	t.Parallel()
	for _, h := range histories {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			r := h.record()
			require.Equal(t, h.is, Decide(r))
			require.Equal(t, h.why, Why(r))
			paid, back := r.Amounts(asked)
			require.Equal(t, h.paid, paid)
			require.Equal(t, h.back, back)
		})
	}
}
