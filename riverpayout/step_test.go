package riverpayout

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestStep: what a job does next about each kind of entry, before and after its news was told.
func TestStep(t *testing.T) {
	t.Parallel()
	orders := func(all ...payneteasy.Order) payneteasy.Entry {
		return payneteasy.Entry{Send: payneteasy.SendAccepted, Orders: all}
	}
	one := func(end payneteasy.End) payneteasy.Entry { return orders(payneteasy.Order{ID: "1", End: end}) }
	sent := func(send payneteasy.Send, isNotKnown bool) payneteasy.Entry {
		return payneteasy.Entry{Send: send, NotKnown: isNotKnown}
	}
	settled := func(e payneteasy.Entry, decision payneteasy.Decision) payneteasy.Entry {
		e.Settlement = payneteasy.Settlement{Decision: decision, Reason: "manager"}
		return e
	}
	alarmed := one(payneteasy.EndPaid)
	alarmed.Alarm = payneteasy.CauseChanged
	for name, test := range map[string]struct {
		entry        payneteasy.Entry
		untold, told step
	}{
		"created":                  {sent(payneteasy.SendCreated, false), stepSend, stepSend},
		"sending":                  {sent(payneteasy.SendSending, false), stepAsk, stepAsk},
		"unknown":                  {sent(payneteasy.SendUnknown, false), stepAsk, stepAsk},
		"not sent":                 {sent(payneteasy.SendNotSent, false), stepSend, stepDone},
		"refused":                  {sent(payneteasy.SendRefused, false), stepAsk, stepAsk},
		"refused for a parameter":  {sent(payneteasy.SendRefusedParameter, false), stepAsk, stepAsk},
		"denied":                   {sent(payneteasy.SendDenied, false), stepAsk, stepAsk},
		"rejected":                 {sent(payneteasy.SendRefused, true), stepTell, stepDone},
		"rejected for a parameter": {sent(payneteasy.SendRefusedParameter, true), stepTell, stepDone},
		"denied, and no order":     {sent(payneteasy.SendDenied, true), stepSend, stepDone},
		"held":                     {sent(payneteasy.SendUnknown, true), stepTell, stepAsk},
		"open":                     {one(payneteasy.EndOpen), stepAsk, stepAsk},
		"paid":                     {one(payneteasy.EndPaid), stepTell, stepDone},
		"declined":                 {one(payneteasy.EndDeclined), stepTell, stepDone},
		"reversed":                 {one(payneteasy.EndReversed), stepTell, stepDone},
		"error":                    {one(payneteasy.EndFailed), stepTell, stepDone},
		"another amount":           {one(payneteasy.EndPaidOther), stepTell, stepDone},
		"unclear":                  {one(payneteasy.EndUnclear), stepTell, stepAsk},
		"contradicted":             {alarmed, stepTell, stepDone},
		"settled as not sent": {
			settled(sent(payneteasy.SendUnknown, true), payneteasy.DecisionNotSent), stepTell, stepDone,
		},
		"denied and settled": {
			settled(sent(payneteasy.SendDenied, true), payneteasy.DecisionNotSent), stepTell, stepDone,
		},
		"settled as paid": {settled(one(payneteasy.EndOpen), payneteasy.DecisionPaid), stepTell, stepDone},
		"several orders, one of them open": {
			orders(payneteasy.Order{ID: "1", End: payneteasy.EndPaid},
				payneteasy.Order{ID: "2", End: payneteasy.EndOpen}),
			stepTell, stepAsk,
		},
		"several orders, all of them ended": {
			orders(payneteasy.Order{ID: "1", End: payneteasy.EndPaid},
				payneteasy.Order{ID: "2", End: payneteasy.EndDeclined}),
			stepTell, stepDone,
		},
		"reversed, and seen approved once": {
			orders(payneteasy.Order{ID: "1", End: payneteasy.EndReversed, Doubt: time.Unix(1, 0)}), stepTell, stepAsk,
		},
	} {
		test.entry.Seq = 2
		require.Equal(t, test.untold, stepOf(test.entry), name)
		test.entry.Told.Seq = 2
		require.Equal(t, test.told, stepOf(test.entry), name)
	}
}
