package riverpayout

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestStep checks the next step for each kind of entry, before and after its news was told.
func TestStep(t *testing.T) {
	t.Parallel()
	orders := func(all ...payneteasy.Order) payneteasy.Entry {
		return payneteasy.Entry{Send: "accepted", Orders: all}
	}
	one := func(end string) payneteasy.Entry { return orders(payneteasy.Order{ID: "1", End: end}) }
	sent := func(send string, isNotKnown bool) payneteasy.Entry {
		return payneteasy.Entry{Send: send, NotKnown: isNotKnown}
	}
	settled := func(e payneteasy.Entry, decision payneteasy.Decision) payneteasy.Entry {
		e.Settlement = payneteasy.Settlement{Decision: decision, Reason: "manager"}
		return e
	}
	alarmed := one("paid")
	alarmed.Alarm = payneteasy.CauseChanged
	for name, test := range map[string]struct {
		entry        payneteasy.Entry
		untold, told step
	}{
		"created":                  {sent("created", false), stepSend, stepSend},
		"sending":                  {sent("sending", false), stepAsk, stepAsk},
		"unknown":                  {sent("unknown", false), stepAsk, stepAsk},
		"not sent":                 {sent("not sent", false), stepSend, stepDone},
		"refused":                  {sent("refused", false), stepAsk, stepAsk},
		"refused for a parameter":  {sent("refused parameter", false), stepAsk, stepAsk},
		"denied":                   {sent("denied", false), stepAsk, stepAsk},
		"rejected":                 {sent("refused", true), stepTell, stepDone},
		"rejected for a parameter": {sent("refused parameter", true), stepTell, stepDone},
		"denied, and no order":     {sent("denied", true), stepSend, stepDone},
		"held":                     {sent("unknown", true), stepTell, stepAsk},
		"open":                     {one("open"), stepAsk, stepAsk},
		"paid":                     {one("paid"), stepTell, stepDone},
		"declined":                 {one("declined"), stepTell, stepDone},
		"reversed":                 {one("reversed"), stepTell, stepDone},
		"error":                    {one("failed"), stepTell, stepDone},
		"another amount":           {one("paid other"), stepTell, stepDone},
		"unclear":                  {one("unclear"), stepTell, stepAsk},
		"contradicted":             {alarmed, stepTell, stepDone},
		"settled as not sent": {
			settled(sent("unknown", true), payneteasy.DecisionNotSent), stepTell, stepDone,
		},
		"denied and settled": {
			settled(sent("denied", true), payneteasy.DecisionNotSent), stepTell, stepDone,
		},
		"settled as paid": {settled(one("open"), payneteasy.DecisionPaid), stepTell, stepDone},
		"several orders, one of them open": {
			orders(payneteasy.Order{ID: "1", End: "paid"},
				payneteasy.Order{ID: "2", End: "open"}),
			stepTell, stepAsk,
		},
		"several orders, all of them ended": {
			orders(payneteasy.Order{ID: "1", End: "paid"},
				payneteasy.Order{ID: "2", End: "declined"}),
			stepTell, stepDone,
		},
		"reversed, and seen approved once": {
			orders(payneteasy.Order{ID: "1", End: "reversed", Doubt: time.Unix(1, 0)}), stepTell, stepAsk,
		},
	} {
		test.entry.Seq = 2
		require.Equal(t, test.untold, stepOf(test.entry), name)
		test.entry.Told.Seq = 2
		require.Equal(t, test.told, stepOf(test.entry), name)
	}
}
