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

// These tests check that an ID does not become free if its payout exists, or as long as the gateway has not said that
// it does not know the order.

// TestSettleNeedsNotFound checks that Settle accepts "not sent" only after a plain answer "not found".
func TestSettleNeedsNotFound(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		heldPayout(t, gateway, client)
		for name, a := range map[string]answer{
			"another error": {
				200, form,
				"type=error\n&error-message=System+is+under+maintenance,+try+later\n&error-code=99\n", byLength,
			},
			"an endpoint": {
				200, form, "type=error\n&error-message=End+point+with+id+39915+not+found\n",
				byLength,
			},
			"a merchant": {200, form, "type=error\n&error-message=Merchant+not+found\n", byLength},
			"a key":      {200, form, "type=error\n&error-message=Control+key+does+not+exist\n", byLength},
			"a processor": {
				200, form,
				"type=error\n&error-message=Processor+for+order+not+found,+try+later\n", byLength,
			},
			"nothing in particular": {200, form, "type=error\n&error-message=Not+found\n", byLength},
			"a wrong control": {
				200, form, "type=error\n&error-message=INVALID_CONTROL_CODE+not+found\n",
				byLength,
			},
			"a status without one": {
				200, form,
				"type=status-response\n&status=\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n" +
					"&error-message=not+found\n", byLength,
			},
			"not found, with an id": {
				200, form, "type=error\n&error-message=not+found\n&paynet-order-id=6982864\n",
				byLength,
			},
			"not found, twice": {200, form, "type=error\n&error-message=not+found\n&error-message=found\n", byLength},
			"a server's error": {502, form, "type=error\n&error-message=upstream+not+found\n", byLength},
			"a page":           {404, "text/html", "<html>not found</html>", byLength},
			"refused":          {403, "text/html", page, byLength},
		} {
			asks := config
			asks.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
				return saying(req, a.status, a.contentType, a.body), nil
			})}
			_, err := newClient(t, asks).Settle(t.Context(), about(t, client), settlement(payneteasy.DecisionNotSent))
			require.ErrorContains(t, err, "the gateway did not say that it does not know the order", name)
			require.Equal(t, payneteasy.CauseHeld, stored(t, journal).Cause())
		}
	})
}

// TestSeenOrderIsStored checks that the journal stores the existence of an order when it is first seen, final or not.
func TestSeenOrderIsStored(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		gateway.SetStepTime(0)
		gateway.SetAccount("1234567890", payneteasytest.Stuck())
		gateway.FailNext(payneteasytest.LoseReply())
		_, err := client.Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		_, err = client.Wait(t.Context(), about(t, client), &payneteasy.WaitOptions{MaxWait: time.Millisecond})
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		require.Equal(t, payneteasy.DecisionPending, stored(t, journal).Decision())
		gateway.Hide("payout-0001", true)
		entry, err := client.Resolve(t.Context(), about(t, client))
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPending, entry.Decision())
		_, err = client.Settle(t.Context(), about(t, client), settlement(payneteasy.DecisionNotSent))
		require.ErrorContains(t, err, "only an order that the gateway does not know can be settled")
	})
}

// TestOrderFromBeforeTheJournal checks that an order which Resolve finds is in the journal afterwards.
func TestOrderFromBeforeTheJournal(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		plain := config
		plain.Journal = nil
		_, err := newClient(t, plain).Payout(t.Context(), request(t))
		require.NoError(t, err)
		client := newClient(t, config)
		_, err = client.Resolve(t.Context(), about(t, client))
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPending, stored(t, journal).Decision())
		_, err = client.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		require.Len(t, gateway.Orders("payout-0001"), 1)
	})
}

// TestLateAcceptance checks that an ID is taken again if an earlier attempt has an order after all, even if a person
// has settled it.
func TestLateAcceptance(t *testing.T) {
	for name, again := range map[string]bool{"settled": false, "settled, and not sent again": true} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					good := newClient(t, config)
					slow := config
					slow.Timeout, slow.Journal = time.Hour, standingStill{journal}
					base, arrived := config.HTTPClient.Transport, make(chan struct{})
					slow.HTTPClient = &http.Client{
						Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
							resp, err := base.RoundTrip(req)
							gateway.Hide("payout-0001", true)
							close(arrived)
							<-time.After(10 * time.Minute)
							return resp, err
						}),
					}
					slowClient, late := newClient(t, slow), make(chan error)
					go func() { _, err := slowClient.Payout(context.Background(), request(t)); late <- err }()
					<-arrived
					settleAsNotSent(t, good)
					if again {
						off := config
						off.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: refuse}}
						_, err := newClient(t, off).Payout(t.Context(), request(t))
						requireOneOutcome(t, err, payneteasy.DecisionNotSent)
					}
					err := <-late
					require.NotErrorIs(t, err, payneteasy.ErrNotSent)
					requireOneOutcome(t, err, payneteasy.DecisionReview)
					entry := stored(t, journal)
					require.Equal(t, payneteasy.DecisionReview, entry.Decision(), "the debt may have been paid again")
					require.Equal(t,
						map[bool]payneteasy.Cause{false: payneteasy.CauseFreed, true: payneteasy.CauseEarlier}[again],
						entry.Cause())
					require.Equal(t, "6982864", entry.OrderID())
					_, err = good.Payout(t.Context(), request(t))
					require.ErrorIs(t, err, payneteasy.ErrDuplicate)
					require.Len(t, gateway.Orders("payout-0001"), 1)
				})
		})
	}
}

// unreadable is a journal that cannot be read after a conflict.
type unreadable struct {
	*payneteasytest.MemoryJournal
	gone bool
}

func (j *unreadable) Put(ctx context.Context, entry payneteasy.Entry) error {
	err := j.MemoryJournal.Put(ctx, entry)
	j.gone = errors.Is(err, payneteasy.ErrConflict)
	return err
}

func (j *unreadable) Get(ctx context.Context, id string) (payneteasy.Entry, time.Time, error) {
	if j.gone {
		return payneteasy.Entry{}, time.Time{}, errors.New("the database is gone")
	}
	return j.MemoryJournal.Get(ctx, id)
}

// TestRefusalAfterAConflict checks that a refusal is not a rejection if another process changed the entry, and the
// change cannot be read.
func TestRefusalAfterAConflict(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		asks, base := newClient(t, config), config.HTTPClient.Transport
		config.Journal = &unreadable{MemoryJournal: journal}
		config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			resp, err := base.RoundTrip(req)
			if err != nil || !strings.Contains(req.URL.Path, "/payout/") {
				return resp, err
			}
			_, err = asks.Wait(context.Background(), about(t, asks), nil)
			require.NoError(t, err)
			return saying(req, 200, form, "type=validation-error\n&error-message=duplicate\n"), nil
		})}
		_, err := newClient(t, config).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionRefused)
		require.ErrorContains(t, err, "the database is gone")
		require.Len(t, gateway.Orders("payout-0001"), 1)
	})
}
