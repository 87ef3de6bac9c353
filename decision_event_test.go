package payneteasy_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestDecisionEvents checks that each change of decision or cause is an event with the old and new value. The event
// comes after the entry is stored.
func TestDecisionEvents(t *testing.T) {
	for name, withJournal := range map[string]bool{"journal": true, "no journal": false} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					if !withJournal {
						config.Journal = nil
					}
					var told []payneteasy.DecisionEvent
					config.Observe = func(ctx context.Context, event payneteasy.Event) {
						if e, ok := event.(payneteasy.DecisionEvent); ok {
							told = append(told, e)
							if withJournal {
								entry, _, err := journal.Get(ctx, e.Order.ClientOrderID)
								require.NoError(t, err)
								require.Equal(t, e.To, entry.Decision(), "the entry is stored first")
								require.Equal(t, e.Began, entry.Began)
								require.Equal(t, e.Order, entry.Ref())
							}
						}
					}
					requireTold := func(want ...payneteasy.DecisionEvent) {
						t.Helper()
						for i := range told {
							told[i].Order, told[i].Began = payneteasy.OrderRef{}, time.Time{}
						}
						require.Equal(t, want, told)
						told = nil
					}
					client := newClient(t, config)
					payout, err := client.Payout(t.Context(), request(t))
					require.NoError(t, err)
					requireTold(payneteasy.DecisionEvent{To: payneteasy.DecisionPending})
					entry, err := client.Wait(t.Context(), payout.Entry, nil)
					require.NoError(t, err)
					requireTold(payneteasy.DecisionEvent{From: payneteasy.DecisionPending, To: payneteasy.DecisionPaid})
					entry, err = client.Wait(t.Context(), entry, nil)
					require.NoError(t, err)
					requireTold()
					gateway.TakeBack("payout-0001", "chargeback")
					entry, err = client.Wait(t.Context(), entry, nil)
					require.NoError(t, err)
					requireTold(
						payneteasy.DecisionEvent{From: payneteasy.DecisionPaid, To: payneteasy.DecisionReversed})
					_, err = client.Settle(t.Context(), entry, settlement(payneteasy.DecisionPaid))
					require.Error(t, err)
					requireTold()

					lost := request(t)
					lost.ClientOrderID = "payout-0002"
					gateway.FailNext(payneteasytest.ResetWithinBody())
					_, err = client.Payout(t.Context(), lost)
					requireOneOutcome(t, err, payneteasy.DecisionUnknown)
					requireTold(payneteasy.DecisionEvent{To: payneteasy.DecisionUnknown})
					failed, _ := errors.AsType[*payneteasy.Error](err)
					entry, err = client.Resolve(t.Context(), failed.Entry)
					require.NoError(t, err)
					requireTold(
						payneteasy.DecisionEvent{
							From: payneteasy.DecisionUnknown, To: payneteasy.DecisionReview,
							Cause: payneteasy.CauseHeld,
						})
					_, err = client.Settle(t.Context(), entry, settlement(payneteasy.DecisionNotSent))
					require.NoError(t, err)
					requireTold(
						payneteasy.DecisionEvent{From: payneteasy.DecisionReview, To: payneteasy.DecisionNotSent})

					_, err = client.AdoptElsewhere(t.Context(),
						payneteasy.OrderRef{ClientOrderID: "payout-0003", OrderID: "7", Amount: lost.Amount})
					require.NoError(t, err)
					requireTold(
						payneteasy.DecisionEvent{To: payneteasy.DecisionReview, Cause: payneteasy.CauseElsewhere})
				})
		})
	}
}

// TestDecisionEventsOfTwoClients checks that only the client that stored a change first emits its event.
func TestDecisionEventsOfTwoClients(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		all := observing(t, &config)
		other := newClient(t, config)
		payout, err := other.Payout(t.Context(), request(t))
		require.NoError(t, err)
		<-time.After(time.Hour) // it is paid by then
		overtaken := &overtakenJournal{Journal: journal, by: func() {
			_, err := other.Wait(t.Context(), payout.Entry, nil)
			require.NoError(t, err)
		}}
		config.Journal = overtaken
		entry, err := newClient(t, config).Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		require.Nil(t, overtaken.by)
		require.Equal(t, []string{
			"decision: pending", payoutRoute + ": pending", statusRoute + ": answered", statusRoute + ": answered",
			"decision: paid",
		}, all.words())
	})
}

// overtakenJournal calls a function before its first update.
type overtakenJournal struct {
	payneteasy.Journal
	by func()
}

func (j *overtakenJournal) Put(ctx context.Context, entry payneteasy.Entry) error {
	if by := j.by; by != nil && !isIntent(entry) {
		j.by = nil
		by()
	}
	return j.Journal.Put(ctx, entry)
}

// TestCauseEvents checks that a review with another cause is an event too.
func TestCauseEvents(t *testing.T) {
	t.Parallel()
	says := state("error", "failed")
	config := configFor(t, "http://localhost/paynet",
		&http.Client{Transport: inProcess{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer{200, form, says, byLength}.ServeHTTP(w, r)
		})}})
	all := observing(t, &config)
	client := newClient(t, config)
	entry, err := client.Wait(t.Context(), known(client), nil)
	require.NoError(t, err)
	says = strings.ReplaceAll(state("approved", "done"), "10.42", "9.42")
	_, err = client.Wait(t.Context(), entry, nil)
	require.NoError(t, err)
	decisions := eventsOf[payneteasy.DecisionEvent](all.take())
	require.Len(t, decisions, 2)
	require.Equal(t, payneteasy.CauseError, decisions[0].Cause)
	require.Equal(t, payneteasy.DecisionReview, decisions[1].From)
	require.Equal(t, payneteasy.DecisionReview, decisions[1].To)
	require.Equal(t, payneteasy.CauseAmount, decisions[1].Cause)
}

// TestCallbackEvents checks that the event of a callback has the values of its request's context.
func TestCallbackEvents(t *testing.T) {
	t.Parallel()
	var decisions []payneteasy.DecisionEvent
	var from any
	config := configFor(t, "http://localhost/paynet",
		&http.Client{Transport: constantly(answer{200, form, statusReply, byLength})})
	config.Observe = func(ctx context.Context, event payneteasy.Event) {
		if e, ok := event.(payneteasy.DecisionEvent); ok {
			decisions, from = append(decisions, e), ctx.Value(callerKey{})
		}
	}
	handler := newClient(t,
		config).CallbackHandler(func(context.Context, payneteasy.News, *payneteasy.Callback) error { return nil })
	handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
		return payneteasy.OrderRef{Amount: request(t).Amount}, nil
	}
	r := callbackGET(callbackForm().Encode())
	require.Equal(t, 200, served(handler, r.WithContext(context.WithValue(r.Context(), callerKey{}, "the gateway"))))
	require.Len(t, decisions, 1)
	require.Equal(t, payneteasy.DecisionUnknown, decisions[0].From)
	require.Equal(t, payneteasy.DecisionPaid, decisions[0].To)
	require.Equal(t, "the gateway", from)
}

// TestToldEvents checks the events about how each callback was answered, and what the function was told. An event of a
// refused callback names no order.
func TestToldEvents(t *testing.T) {
	t.Parallel()
	says := paid
	config := configFor(t, "http://localhost/paynet",
		&http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 200, form,
				"type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n"+says+"\n"), nil
		})})
	all := observing(t, &config)
	var failure error
	handler := newClient(t,
		config).CallbackHandler(func(context.Context, payneteasy.News, *payneteasy.Callback) error { return failure })
	handler.Order = order1042(t)
	ofOrder := func() []string {
		var words []string
		for _, word := range all.words() {
			if !strings.HasPrefix(word, "/api/") {
				words = append(words, word)
			}
		}
		return words
	}
	failure = errors.New("the books are closed")
	calledBack(handler)
	require.Equal(t, []string{"decision: paid", "callback: the function failed"}, ofOrder())
	failure = nil
	calledBack(handler)
	require.Equal(t, []string{"told: paid", "callback: handled"}, ofOrder())
	calledBack(handler)
	require.Equal(t, []string{"callback: handled before"}, ofOrder())
	calledBack(handler, "status", "declined")
	require.Equal(t, []string{"callback: not confirmed"}, ofOrder())
	says = "&status=processing\n" + ofPayout
	calledBack(handler, "control", "x")
	callbacks := eventsOf[payneteasy.CallbackEvent](all.take())
	require.Len(t, callbacks, 1)
	require.Equal(t, "forged", callbacks[0].Result)
	require.Equal(t, http.StatusForbidden, callbacks[0].HTTPStatus)
	require.Zero(t, callbacks[0].Order)
	says = partOf("reversal", "10.42", "10.42")
	calledBack(handler, "type", "reversal")
	events := all.take()
	told := eventsOf[payneteasy.ToldEvent](events)
	require.Len(t, told, 1)
	require.Equal(t, payneteasy.DecisionReversed, told[0].Decision)
	require.Positive(t, told[0].Seq)
	callback := eventsOf[payneteasy.CallbackEvent](events)[0]
	require.Equal(t, "6982864", callback.Order.OrderID)
	require.Equal(t, "payout-0001", callback.Order.ClientOrderID)
	require.Equal(t, http.StatusOK, callback.HTTPStatus)
	require.False(t, callback.Began.IsZero())
}
