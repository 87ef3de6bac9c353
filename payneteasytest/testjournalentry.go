package payneteasytest

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// journalEntry has every field set except those that would decide, so that Send decides. Its times have microseconds.
// Clock readings and zones do not survive storage, and need not.
func journalEntry(id string, send string, revision int) payneteasy.Entry {
	amount, _ := payneteasy.ParseAmount("10.42", "USD") // a valid constant
	at := time.Date(2024, 2, 3, 4, 5, 6, 789012000, time.FixedZone("", 3*3600))
	return payneteasy.Entry{
		ClientOrderID: id, Attempt: "5f2e91c07a3b", Revision: revision, Command: "payout",
		BaseURL: "https://gateway.example/paynet", Login: "TestMerchant", Endpoint: payneteasy.EndpointGroupID(1144),
		Amount: amount, Window: 2 * time.Minute, Began: at, Changed: at.Add(time.Second), Send: send,
		Status: "processing", TransactionType: "payout", SerialNumber: "00-1", Seq: 3,
		Told: payneteasy.Told{
			Seq:    2,
			Claims: []payneteasy.TakenBackClaim{{OrderID: "6982864", Kind: "reversal", Amount: amount, Since: at}},
			Doubts: []payneteasy.TakenBackClaim{{OrderID: "6982860", Kind: "chargeback", Amount: amount, Since: at}},
		},
	}
}

// fullEntry has every field set.
func fullEntry(id string, revision int) payneteasy.Entry {
	e := journalEntry(id, "unknown", revision)
	e.ClaimedOrderID = "6982865"
	e.NotKnown, e.Booked, e.Alarm = true, payneteasy.DecisionPaid, payneteasy.CauseChanged
	e.Orders = []payneteasy.Order{
		{
			ID: "6982864", End: "reversed", Paid: e.Amount, TakenBack: e.Amount,
			Doubt: e.Began.Add(time.Minute),
		}, {ID: "6982860", End: "open"},
	}
	e.Telling = payneteasy.Telling{Seq: 3, By: "0a1b2c", Since: e.Began.Add(time.Hour)}
	e.Settlement = payneteasy.Settlement{
		Decision: payneteasy.DecisionReversed, Paid: e.Amount, TakenBack: e.Amount, Reason: "héllo \"world\"\n",
		At: e.Began, Orders: e.Orders[:1], Overtaken: true,
	}
	return e
}

// same compares entries in their stored form. Times are equal if they are the same instant.
func same(a, b payneteasy.Entry) bool {
	return bytes.Equal(stored(a), stored(b))
}

func stored(e payneteasy.Entry) []byte {
	for _, at := range []*time.Time{&e.Began, &e.Changed, &e.Settlement.At, &e.Telling.Since} {
		*at = at.UTC()
	}
	for _, orders := range []*[]payneteasy.Order{&e.Orders, &e.Settlement.Orders} {
		*orders = slices.Clone(*orders)
		for i := range *orders {
			(*orders)[i].Doubt = (*orders)[i].Doubt.UTC()
		}
	}
	for _, claims := range []*[]payneteasy.TakenBackClaim{&e.Told.Claims, &e.Told.Doubts} {
		*claims = slices.Clone(*claims)
		for i := range *claims {
			(*claims)[i].Since = (*claims)[i].Since.UTC()
		}
	}
	encoded, err := json.Marshal(e)
	if err != nil {
		return []byte(err.Error())
	}
	return encoded
}

// entriesOfEachKind returns at least one entry of each decision.
func entriesOfEachKind() []payneteasy.Entry {
	entry := func(send string, change func(*payneteasy.Entry)) payneteasy.Entry {
		e := journalEntry("", send, 1)
		change(&e)
		return e
	}
	order := func(end string) func(*payneteasy.Entry) {
		return func(e *payneteasy.Entry) {
			e.Orders = []payneteasy.Order{{ID: "6982864", End: end}}
		}
	}
	settled := func(d payneteasy.Decision) func(*payneteasy.Entry) {
		return func(e *payneteasy.Entry) { e.Settlement = payneteasy.Settlement{Decision: d, Reason: "told"} }
	}
	nothing := func(*payneteasy.Entry) {}
	notKnown := func(e *payneteasy.Entry) { e.NotKnown = true }
	return []payneteasy.Entry{
		entry("created", nothing),
		entry("sending", nothing), entry("unknown", nothing),
		entry("refused", nothing),
		entry("accepted", order("open")), entry("unknown", notKnown),
		entry("accepted", order("failed")),
		entry("accepted", order("paid")),
		entry("accepted", order("declined")),
		entry("accepted", order("reversed")),
		entry("unknown", settled(payneteasy.DecisionPaid)),
		entry("unknown", settled(payneteasy.DecisionNotPaid)),
		entry("unknown", settled(payneteasy.DecisionNotSent)), entry("not sent", nothing),
		entry("denied", notKnown),
	}
}
