package payneteasy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// TestFactsOfAStatus checks what the client reads from a status about an order of 10.42 USD.
func TestFactsOfAStatus(t *testing.T) {
	t.Parallel()
	asked, at := mustAmount(t, "10.42", "USD"), time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)
	usd := func(minor int64) order.Amount { return order.Amount{Minor: minor, Currency: "USD"} }
	none := order.Amount{}
	for _, test := range []struct {
		name   string
		fields string // fields of the status, without the IDs
		end    order.End
		paid   order.Amount
		back   order.Amount
	}{
		{"processing", "status=processing&amount=10.42&currency=USD", order.Open, none, none},
		{"a status that is not documented", "status=on_hold&amount=10.42&currency=USD", order.Open, none, none},
		{"approved", "status=approved&amount=10.42&currency=USD", order.EndPaid, usd(1042), none},
		{"approved, in capitals", "status=APPROVED&amount=10.42&currency=USD", order.EndPaid, usd(1042), none},
		{
			"approved, as a payout", "status=approved&transaction-type=payout&amount=10.42&currency=USD", order.EndPaid,
			usd(1042), none,
		},
		{"approved, without an amount", "status=approved", order.EndPaid, usd(1042), none},
		{"approved of another amount", "status=approved&amount=5.00&currency=USD", order.EndPaidOther, usd(500), none},
		{
			"approved of another currency", "status=approved&amount=10.42&currency=EUR", order.EndPaidOther,
			order.Amount{Minor: 1042, Currency: "EUR"},
			none,
		},
		{
			"approved of less than was requested", "status=approved&amount=5.00&initial-amount=10.42&currency=USD",
			order.EndPaidOther, usd(500), none,
		},
		{
			"approved, requested was another", "status=approved&amount=10.42&initial-amount=20.00&currency=USD",
			order.EndPaidOther, usd(1042), none,
		},
		{"approved of an unreadable amount", "status=approved&amount=ten&currency=USD", order.EndPaidOther, none, none},
		{
			"approved, with an unreadable initial amount",
			"status=approved&amount=10.42&initial-amount=ten&currency=USD",
			order.EndPaidOther, none, none,
		},
		{"approved without a currency", "status=approved&amount=10.42", order.EndPaidOther, none, none},
		{
			"reversed in part", "status=approved&amount=10.42&currency=USD&total-reversal-amount=3.00",
			order.EndReversed,
			usd(1042), usd(300),
		},
		{
			"no reversal yet", "status=approved&amount=10.42&currency=USD&total-reversal-amount=0.00", order.EndPaid,
			usd(1042), none,
		},
		{
			"a reversal", "status=approved&transaction-type=reversal&amount=10.42&currency=USD", order.EndReversed,
			none,
			usd(1042),
		},
		{
			"a partial reversal",
			"status=approved&transaction-type=reversal&amount=3.00&currency=USD&total-reversal-amount=5.00",
			order.EndReversed, none, usd(500),
		},
		{"a reversal of no amount", "status=approved&transaction-type=reversal", order.EndReversed, none, none},
		{
			"a refund", "status=approved&transaction-type=refund&amount=1.00&currency=USD", order.EndReversed, none,
			usd(100),
		},
		{
			"a chargeback", "status=approved&transaction-type=chargeback&amount=10.42&currency=USD", order.EndReversed,
			none, usd(1042),
		},
		{
			"a cancel", "status=approved&transaction-type=cancel&amount=10.42&currency=USD", order.EndReversed, none,
			usd(1042),
		},
		{"a void", "status=approved&transaction-type=void", order.EndReversed, none, none},
		{
			"a retrieval", "status=approved&transaction-type=retrieval&amount=10.42&currency=USD", order.EndUnclear,
			none,
			none,
		},
		{"a fraud notice", "status=approved&transaction-type=fraud", order.EndUnclear, none, none},
		{"a dispute", "status=approved&transaction-type=dispute", order.EndUnclear, none, none},
		{"declined", "status=declined&amount=10.42&currency=USD", order.EndDeclined, none, none},
		{"filtered", "status=filtered", order.EndDeclined, none, none},
		{"error", "status=error", order.EndFailed, none, none},
		{"a reversal that is processing", "status=processing&transaction-type=reversal", order.Open, none, none},
	} {
		fact := statusOf(t, test.fields).fact(Entry{Amount: asked}, at, time.Second)
		require.Equal(t, order.Seen{
			Order: order.Order{ID: "7", End: test.end, Paid: test.paid, TakenBack: test.back}, Asked: at,
			Interval: time.Second,
		}, fact, test.name)
	}
	require.Equal(t, order.TakeBackFailed{ID: "7"},
		statusOf(t, "status=declined&transaction-type=reversal").fact(Entry{Amount: asked}, at, time.Second))
	require.Equal(t, order.TakeBackFailed{ID: "7"},
		statusOf(t, "status=error&transaction-type=chargeback").fact(Entry{Amount: asked}, at, time.Second))
}

// statusOf returns the status of order 7 with these fields.
func statusOf(t *testing.T, fields string) *Status {
	t.Helper()
	decoded, isJSON, err := decodeReply("text/html", []byte("merchant-order-id=x&paynet-order-id=7&"+fields), true)
	require.NoError(t, err)
	require.False(t, isJSON)
	return newStatus(&call{clientOrderID: "x"}, decoded)
}

// TestAnswers checks how an answer changes an entry that may have changed since the question.
func TestAnswers(t *testing.T) {
	t.Parallel()
	client := testClient(t)
	sent := client.NewEntry(OrderRef{ClientOrderID: "x", Amount: mustAmount(t, "10.42", "USD")})
	sent.Attempt = "one"
	refused, denied := sent, sent
	refused.Send, denied.Send = "refused", "denied"
	parameter := sent
	parameter.Send = "refused parameter"
	sending := sent
	sending.Send = "sending"
	later := sent
	later.Attempt = "another"
	accepted := later.merge(order.Called{Send: order.Accepted, OrderID: "7"})
	paid := sent.merge(order.Seen{Order: order.Order{ID: "7", End: order.EndPaid, Paid: sent.Amount.minorUnits()}})
	ended := paid
	ended.Status = StatusApproved
	windowless, timeless := sent, sent
	windowless.Window, timeless.Began = 0, time.Time{}
	processing := statusOf(t, "status=processing&amount=10.42&currency=USD")
	declined := statusOf(t, "status=declined&amount=10.42&currency=USD")
	approved := statusOf(t, "status=approved&amount=10.42&currency=USD")
	const over, early = time.Hour, time.Second
	for _, test := range []struct {
		name  string
		about Entry
		entry Entry
		a     Answer
		age   time.Duration
		want  Decision
		cause Cause
		err   error
	}{
		{"not known, early", sent, sent, Answer{NotKnown: true}, early, DecisionUnknown, "", nil},
		{"not known after the window", sent, sent, Answer{NotKnown: true}, over, DecisionReview, CauseHeld, nil},
		{"not known, never recorded", sending, sending, Answer{NotKnown: true}, over, DecisionReview, CauseHeld, nil},
		{
			"not known, while this client sends it", sending, sending,
			Answer{NotKnown: true, sending: true},
			over,
			DecisionUnknown, "", nil,
		},
		{
			"not known, asked before the refusal", sending, refused,
			Answer{NotKnown: true},
			over, DecisionRefused, "",
			nil,
		},
		{
			"not known, after the refusal, early", refused, refused,
			Answer{NotKnown: true},
			early, DecisionRefused, "",
			nil,
		},
		{
			"not known, after the refusal and the window", refused, refused,
			Answer{NotKnown: true},
			over,
			DecisionRejected, "", nil,
		},
		{"not known, after the 403 page", denied, denied, Answer{NotKnown: true}, over, DecisionRejected, "", nil},
		{
			"not known, after a refused parameter", parameter, parameter,
			Answer{NotKnown: true},
			early, DecisionRejected,
			"", nil,
		},
		{"not known, of an earlier attempt", sent, later, Answer{NotKnown: true}, over, DecisionUnknown, "", nil},
		{
			"an order of an earlier attempt", sent, later,
			Answer{Status: approved},
			over, DecisionReview, CauseEarlier,
			nil,
		},
		{
			"an order of the attempt that was begun since", sent, accepted,
			Answer{Status: approved},
			early, DecisionPaid,
			"", nil,
		},
		{
			"an order of an attempt that was not known", client.NewEntry(sent.Ref()), later,
			Answer{Status: approved},
			early, DecisionPaid, "", nil,
		},
		{"an order", sent, sent, Answer{Status: approved}, early, DecisionPaid, "", nil},
		{"an order that a refusal hid", refused, refused, Answer{Status: approved}, early, DecisionPaid, "", nil},
		{"another end since", sent, paid, Answer{Status: declined}, early, DecisionPaid, "", ErrConflict},
		{"another end", paid, paid, Answer{Status: declined}, early, DecisionReview, CauseChanged, nil},
		{"the same end since", sent, paid, Answer{Status: approved}, early, DecisionPaid, "", nil},
		{"not known, of an order that was seen", paid, paid, Answer{NotKnown: true}, over, DecisionPaid, "", nil},
		{
			"not known, of an entry without a window", windowless, windowless,
			Answer{NotKnown: true},
			over,
			DecisionUnknown, "", nil,
		},
		{
			"not known, of an entry that began at no time", timeless, timeless,
			Answer{NotKnown: true},
			over,
			DecisionUnknown, "", nil,
		},
		{"a late processing", ended, ended, Answer{Status: processing}, early, DecisionPaid, "", nil},
		{"no answer", sent, sent, Answer{}, over, DecisionUnknown, "", ErrOrderMismatch},
	} {
		test.a.about, test.a.interval, test.a.Asked = test.about, time.Second, time.Now()
		after, news, err := test.a.Apply(test.entry, test.age)
		require.ErrorIs(t, err, test.err, test.name)
		require.Equal(t, test.want, after.Decision(), test.name)
		require.Equal(t, test.cause, after.Cause(), test.name)
		require.Equal(t, after.Seq > test.entry.Seq, news.Decision != "", test.name)
		if after.Revision == test.entry.Revision {
			require.Equal(t, test.entry, after, test.name)
		} else {
			require.Equal(t, test.entry.Revision+1, after.Revision, test.name)
		}
	}
	late, _, err := Answer{Status: processing, about: ended}.Apply(ended, early)
	require.NoError(t, err)
	require.Equal(t, ended, late, "a late processing changes nothing, not even the status for people")
	other := sent
	other.ClientOrderID = "y"
	_, _, err = Answer{Status: approved, about: sent}.Apply(other, over)
	require.ErrorIs(t, err, ErrOrderMismatch)
}

// TestWord checks that a code is shown unchanged unless it may hold secret data. The word "reversal" in it is never
// lost.
func TestWord(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"": "", "approved": "approved", "chain_declined": "chain_declined",
		"Reversal v2.1 (partial)": "Reversal v2.1 (partial)",
		"wallet@example":          redacted, "4444333322221111": redacted, "reversal 4444333322221111": "reversal",
	} {
		require.Equal(t, want, word(code))
	}
}
