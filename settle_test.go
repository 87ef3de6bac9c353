package payneteasy_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestSettlementFaults checks that all faults are reported together, before the gateway is asked or anything is stored.
func TestSettlementFaults(t *testing.T) {
	t.Parallel()
	usd := func(text string) payneteasy.Amount { return amountOf(t, text, "USD") }
	const paid, taken = "Settlement.Paid ", "Settlement.TakenBack "
	for name, test := range map[string]struct {
		settlement payneteasy.Settlement
		faults     []string
	}{
		"nothing": {
			payneteasy.Settlement{},
			[]string{`Settlement.Decision is not "paid", "not paid", "reversed" or "not sent"`, noReason},
		},
		"another decision": {
			of(isReview),
			[]string{`Settlement.Decision is not "paid", "not paid", "reversed" or "not sent"`},
		},
		"no reason":            {payneteasy.Settlement{Decision: isPaid, Reason: " \n"}, []string{noReason}},
		"paid":                 {of(isPaid), nil},
		"paid, another amount": {of(isPaid, usd("20.00")), nil},
		"paid, another currency": {
			of(isPaid, amountOf(t, "10.42", "EUR")),
			[]string{paid + "is not in USD, the currency that was asked for"},
		},
		"paid and taken back": {
			of(isPaid, usd("10.42"), usd("1.00")),
			[]string{taken + `cannot be used with "paid"`},
		},
		"not paid":                 {of(isNotPaid), nil},
		"not paid, with an amount": {of(isNotPaid, usd("10.42")), []string{paid + `cannot be used with "not paid"`}},
		"not paid, with amounts": {
			of(isNotPaid, usd("10.42"), usd("1.00")),
			[]string{paid + `cannot be used with "not paid"`, taken + `cannot be used with "not paid"`},
		},
		"not sent, with amounts": {
			of(isNotSent, usd("10.42"), usd("1.00")),
			[]string{paid + `cannot be used with "not sent"`, taken + `cannot be used with "not sent"`},
		},
		"reversed":         {of(isReversed), nil},
		"reversed in part": {of(isReversed, payneteasy.Amount{}, usd("1.00")), nil},
		"reversed, all":    {of(isReversed, payneteasy.Amount{}, usd("10.42")), nil},
		"reversed, more": {
			of(isReversed, payneteasy.Amount{}, usd("10.43")),
			[]string{taken + "is more than was paid (10.42 USD): correct it, or give the amount that was paid"},
		},
		"reversed, more of more": {of(isReversed, usd("10.43"), usd("10.43")), nil},
		"reversed, more than paid": {
			of(isReversed, usd("5.00"), usd("10.42")),
			[]string{taken + "is more than was paid (5.00 USD): correct it, or give the amount that was paid"},
		},
		"reversed, other currency": {
			of(isReversed, payneteasy.Amount{}, amountOf(t, "1.00", "EUR")),
			[]string{taken + "is not in USD, the currency that was asked for"},
		},
		"reversed, both currencies": {
			of(isReversed, amountOf(t, "10", "JPY"), amountOf(t, "1.00", "EUR")),
			[]string{paid + "is not in USD, the currency that was asked for", taken +
				"is not in USD, the currency that was asked for"},
		},
	} {
		asked := 0
		transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			asked++
			return saying(req, 200, form,
				"type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&status=error\n"), nil
		})
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
		journal := &payneteasytest.MemoryJournal{}
		config.Journal = journal
		client := newClient(t, config)
		journalWith(t, client, journal, withOrder("accepted", "failed", ""))
		before := stored(t, journal)
		_, err := client.Settle(t.Context(), before, test.settlement)
		if test.faults == nil {
			require.NoError(t, err, name)
			require.Equal(t, test.settlement.Decision, stored(t, journal).Decision(), name)
			continue
		}
		var invalid *payneteasy.ValidationError
		require.ErrorAs(t, err, &invalid, name)
		var faults []string
		for _, fault := range invalid.Faults {
			faults = append(faults, fault.Field+" "+fault.Rule)
		}
		require.Equal(t, test.faults, faults, name)
		require.Equal(t, before, stored(t, journal), name)
		require.Zero(t, asked, name)
	}
}

const noReason = "Settlement.Reason is missing: write who confirmed it, and how"

// of returns a settlement with the amounts paid and taken back.
func of(d payneteasy.Decision, amounts ...payneteasy.Amount) payneteasy.Settlement {
	s := settlement(d)
	for i, amount := range amounts {
		*[]*payneteasy.Amount{&s.Paid, &s.TakenBack}[i] = amount
	}
	return s
}

func amountOf(t *testing.T, text, currency string) payneteasy.Amount {
	t.Helper()
	amount, err := payneteasy.ParseAmount(text, currency)
	require.NoError(t, err)
	return amount
}

// TestSettlementFieldsOfTheCaller checks that Settle ignores the caller's time and orders, and takes the entry's.
func TestSettlementFieldsOfTheCaller(t *testing.T) {
	t.Parallel()
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: failing{http.ErrServerClosed}})
	client := newClient(t, config)
	entry := about(t, client)
	entry.Orders = []payneteasy.Order{{ID: "6982864", End: "failed"}}
	word := settlement(isNotPaid)
	word.At, word.Overtaken, word.Orders = time.Unix(1, 0), true, []payneteasy.Order{{ID: "1", End: "paid"}}
	settled, err := client.Settle(t.Context(), entry, word)
	require.NoError(t, err)
	require.Equal(t, isNotPaid, settled.Decision())
	require.Equal(t, entry.Orders, settled.Settlement.Orders)
	require.False(t, settled.Settlement.Overtaken)
	require.WithinDuration(t, time.Now(), settled.Settlement.At, time.Hour)
}

// TestSettleAnEarlierAttempt checks that a person who has seen one attempt cannot settle the next attempt.
func TestSettleAnEarlierAttempt(t *testing.T) {
	for _, decision := range []payneteasy.Decision{
		payneteasy.DecisionNotSent, payneteasy.DecisionNotPaid,
		payneteasy.DecisionPaid,
	} {
		t.Run(string(decision), func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					gateway.AllowDoublePayouts()
					client := newClient(t, config)
					heldPayout(t, gateway, client)
					seen := stored(t, journal)
					_, err := client.Settle(t.Context(), seen, settlement(payneteasy.DecisionNotSent))
					require.NoError(t, err)
					heldPayout(t, gateway, client) // the next attempt
					again := stored(t, journal)
					_, err = client.Settle(t.Context(), seen, settlement(decision))
					require.ErrorIs(t, err, payneteasy.ErrConflict)
					require.Equal(t, again, stored(t, journal))
					_, err = client.Settle(t.Context(), again, settlement(decision))
					require.NoError(t, err)
				})
		})
	}
}

// TestSettleWithANewOrder checks that a settlement covers only the orders that the person has seen. If an order was
// found later, also by Settle's own question, the person must look first.
func TestSettleWithANewOrder(t *testing.T) {
	for name, asked := range map[string]bool{"found since": false, "found by Settle": true} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					gateway.SetAccount("1234567890", payneteasytest.Stuck())
					gateway.FailNext(payneteasytest.LoseReply())
					client := newClient(t, config)
					_, err := client.Payout(t.Context(), request(t))
					requireOneOutcome(t, err, payneteasy.DecisionUnknown)
					seen := stored(t, journal)
					if !asked {
						_, err = client.Resolve(t.Context(), seen)
						require.NoError(t, err)
					}
					<-time.After(time.Hour)
					entry, err := client.Settle(t.Context(), seen, settlement(payneteasy.DecisionNotPaid))
					require.ErrorIs(t, err, payneteasy.ErrConflict)
					require.Equal(t, payneteasy.DecisionPending, entry.Decision())
					require.Equal(t, entry, stored(t, journal))
					require.Equal(t, gateway.Orders()[0].OrderID, entry.OrderID())
					_, err = client.Settle(t.Context(), entry, settlement(payneteasy.DecisionNotPaid))
					require.NoError(t, err)
				})
		})
	}
}

// TestSettleWhatCanBeBooked checks that Settle stores an answer that can be booked, and returns ErrConflict. The person
// has not seen it. Then nothing is left to settle.
func TestSettleWhatCanBeBooked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		send  string
		end   string // the end seen before, or ""
		reply string
		is    payneteasy.Decision
	}{
		"review: error, then paid": {"accepted", "failed", "&status=approved\n", isPaid},
		"review: error, then declined": {
			"accepted", "failed", "&status=declined\n",
			isNotPaid,
		},
		"pending, then paid":      {"accepted", "open", "&status=approved\n", isPaid},
		"unknown, then declined":  {"unknown", "", "&status=declined\n", isNotPaid},
		"refused, then paid":      {"refused", "", "&status=approved\n", isPaid},
		"refused, then not known": {"refused parameter", "", "", payneteasy.DecisionRejected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
				if test.reply == "" {
					return saying(req, 200, form, "type=error\n&error-message=Order not found\n"), nil
				}
				return saying(req, 200, form,
					"type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n&amount=10.42\n"+
						"&currency=USD\n"+test.reply), nil
			})
			client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: transport}))
			seen := about(t, client)
			seen.Attempt, seen.Send, seen.ClaimedOrderID = "1", test.send, ""
			if test.end != "" {
				seen.Orders = []payneteasy.Order{{ID: "6982864", End: test.end}}
			}
			require.True(t, seen.IsOpen())
			now, err := client.Settle(t.Context(), seen, settlement(isReversed))
			require.ErrorIs(t, err, payneteasy.ErrConflict)
			require.ErrorContains(t, err, `look at "payout-0001" again: it is `+string(test.is))
			require.Equal(t, test.is, now.Decision())
			again, err := client.Settle(t.Context(), now, settlement(isReversed))
			require.NotErrorIs(t, err, payneteasy.ErrConflict)
			require.ErrorContains(t, err, `refused: "payout-0001" is `+string(test.is)+
				" already: book it, do not settle it")
			require.Equal(t, now, again)
		})
	}
}

// TestSettleWithinTheWindow checks that no settlement permits a second payout during the window if no order is known.
// The first payout may still arrive.
func TestSettleWithinTheWindow(t *testing.T) {
	for _, send := range []string{
		"sending", "unknown", "refused",
		"denied",
	} {
		t.Run(send, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					client := newClient(t, config)
					journalWith(t, client, journal, func(e *payneteasy.Entry) { e.Send, e.Attempt = send, "1" })
					before := stored(t, journal)
					for _, decision := range []payneteasy.Decision{isNotPaid, isNotSent} {
						_, err := client.Settle(t.Context(), before, settlement(decision))
						require.ErrorContains(t, err, `"payout-0001" may still be on its way: settle it after `)
						require.Equal(t, before, stored(t, journal))
					}
					<-time.After(before.Window - time.Second)
					_, err := client.Settle(t.Context(), before, settlement(isNotPaid))
					require.Error(t, err)
					<-time.After(time.Second)
					// The others are rejected by now.
					if send == "sending" || send == "unknown" {
						_, err = client.Settle(t.Context(), before, settlement(isNotPaid))
						require.NoError(t, err)
					}
				})
		})
	}
}

// conflictingJournal makes a change of another process just before the settlement is stored, once.
type conflictingJournal struct {
	*payneteasytest.MemoryJournal
	change func(*payneteasy.Entry)
}

func (j *conflictingJournal) Put(ctx context.Context, entry payneteasy.Entry) error {
	if change := j.change; change != nil && entry.Settlement.Decision != "" {
		j.change = nil
		now, _, err := j.Get(ctx, entry.ClientOrderID)
		if err != nil {
			return err
		}
		change(&now)
		now.Revision++
		if err := j.MemoryJournal.Put(ctx, now); err != nil {
			return err
		}
	}
	return j.MemoryJournal.Put(ctx, entry)
}

// TestSettleWithAConcurrentChange checks that a concurrent change does not undo a settlement, unless the change is new
// to the person.
func TestSettleWithAConcurrentChange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*payneteasy.Entry)
		stale  bool
	}{
		"what was told": {func(e *payneteasy.Entry) { e.Told.Seq = e.Seq }, false},
		"an end": {
			func(e *payneteasy.Entry) { e.Orders = []payneteasy.Order{{ID: e.OrderID(), End: "paid"}} },
			true,
		},
	} {
		says := "&status=error\n" + ofPayout
		memory := &payneteasytest.MemoryJournal{}
		journal := &conflictingJournal{memory, test.change}
		client := clientOf(t, journal, &says)
		journalWith(t, client, memory, withOrder("accepted", "failed", ""))
		seen := stored(t, memory)
		seen.Attempt = "1"
		seen.Revision++
		require.NoError(t, memory.Put(t.Context(), seen))
		_, err := client.Settle(t.Context(), stored(t, memory), settlement(isPaid))
		if test.stale {
			require.ErrorIs(t, err, payneteasy.ErrConflict, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, isPaid, stored(t, memory).Decision())
	}
}

// TestSettleUnknownOrder checks that an order that the journal does not know cannot be settled.
func TestSettleUnknownOrder(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		memory *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		_, err := client.Settle(t.Context(), about(t, client), settlement(isPaid))
		require.ErrorIs(t, err, payneteasy.ErrNoEntry)
		_, _, err = memory.Get(t.Context(), "payout-0001")
		require.ErrorIs(t, err, payneteasy.ErrNoEntry)
	})
}
