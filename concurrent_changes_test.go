package payneteasy_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// These tests check that a payout does not overwrite a newer change by a callback handler, another process or a person.

// TestCallbackBeforeTheReply checks a final status that is stored before the reply to the payout arrives, for each kind
// of reply.
func TestCallbackBeforeTheReply(t *testing.T) {
	for name, test := range map[string]struct {
		answer  func(*http.Request, *http.Response) (*http.Response, error)
		outcome payneteasy.Decision
	}{
		"the answer": {func(_ *http.Request, resp *http.Response) (*http.Response, error) { return resp, nil }, ""},
		"lost": {
			func(*http.Request, *http.Response) (*http.Response, error) { return nil, errors.New("lost") },
			payneteasy.DecisionPaid,
		},
		"a page": {func(req *http.Request, _ *http.Response) (*http.Response, error) {
			return saying(req, 502, "text/html", "<html>502</html>"), nil
		}, payneteasy.DecisionPaid},
		"a refusal, because a proxy sent it twice": {func(req *http.Request, _ *http.Response) (*http.Response, error) {
			return saying(req, 200, form, "type=validation-error\n&error-message=duplicate\n&error-code=1\n"), nil
		}, payneteasy.DecisionPaid},
	} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					asks := newClient(t, config)
					base := config.HTTPClient.Transport
					config.HTTPClient = &http.Client{
						Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
							resp, err := base.RoundTrip(req)
							if err != nil || !strings.Contains(req.URL.Path, "/payout/") {
								return resp, err
							}
							_, err = asks.Wait(context.Background(), about(t, asks), nil)
							require.NoError(t, err)
							return test.answer(req, resp)
						}),
					}
					client := newClient(t, config)
					_, err := client.Payout(t.Context(), request(t))
					requireOneOutcome(t, err, test.outcome)
					entry := stored(t, journal)
					require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
					require.Equal(t, gateway.Orders()[0].OrderID, entry.OrderID())
					_, err = client.Payout(t.Context(), request(t))
					require.ErrorIs(t, err, payneteasy.ErrDuplicate)
					require.Len(t, gateway.Orders("payout-0001"), 1)
				})
		})
	}
}

// TestHeldNeedsAnAnswer checks that an order is not held if the gateway could not be asked. Only the gateway's answer
// "not known" makes it held.
func TestHeldNeedsAnAnswer(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		lossy := config
		lossy.HTTPClient = &http.Client{Transport: &losingFirst{base: config.HTTPClient.Transport}}
		_, err := newClient(t, lossy).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		page := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 404, "text/html", "<html>not found</html>"), nil
		})
		for _, away := range []http.RoundTripper{failing{errors.New("refused")}, page} {
			off := config
			off.HTTPClient = &http.Client{Transport: away}
			_, err = newClient(t, off).Resolve(t.Context(), about(t, good))
			require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
			require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
			require.ErrorContains(t, err, "the last question failed")
			require.Equal(t, payneteasy.DecisionUnknown, stored(t, journal).Decision())
		}
		off := config
		off.HTTPClient = &http.Client{Transport: page}
		_, err = newClient(t, off).Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionNotSent))
		require.ErrorContains(t, err, "the gateway did not say that it does not know the order")
		_, err = newClient(t, off).Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionPaid))
		require.NoError(t, err)
	})
}

// TestLateArrival checks a request that reaches the gateway just before or after a person has settled the payout.
func TestLateArrival(t *testing.T) {
	for name, before := range map[string]bool{"before Settle": true, "after Settle": false} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					client := newClient(t, config)
					plain := config
					plain.Journal = nil
					lost := config
					lost.HTTPClient = &http.Client{Transport: failing{errors.New("lost")}}
					_, err := newClient(t, lost).Payout(t.Context(), request(t))
					requireOneOutcome(t, err, payneteasy.DecisionUnknown)
					requireHeld(t, client)
					arrive := func() {
						_, err := newClient(t, plain).Payout(t.Context(), request(t))
						require.NoError(t, err)
					}
					settle := func() error {
						_, err := client.Settle(t.Context(), about(t, client), settlement(payneteasy.DecisionNotSent))
						return err
					}
					if before {
						arrive()
						require.ErrorIs(t, settle(), payneteasy.ErrConflict)
						require.ErrorContains(t, settle(),
							"only an order that the gateway does not know can be settled")
					} else {
						require.NoError(t, settle())
						arrive()
					}
					entry, err := client.Wait(t.Context(), about(t, client), nil) // it is processing at first
					require.NoError(t, err)
					if before {
						require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
					} else {
						require.Equal(t, payneteasy.CauseFreed, entry.Cause(), "the debt may have been paid again")
					}
					require.Equal(t, entry, stored(t, journal))
					_, err = client.Payout(t.Context(), request(t))
					require.ErrorIs(t, err, payneteasy.ErrDuplicate)
					require.Len(t, gateway.Orders("payout-0001"), 1)
				})
		})
	}
}

// TestResolveOfWhatTheJournalKnows checks that an order which was seen, or which was rejected, is never held.
func TestResolveOfWhatTheJournalKnows(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		require.True(t, gateway.Hide("payout-0001", true))
		entry, err := client.Resolve(t.Context(), payout.Entry)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPending, entry.Decision())

		rejected := request(t)
		rejected.ClientOrderID, rejected.BankAccount = "rejected", nil
		rejected.Extra = url.Values{"white_label_destination": {"x"}}
		_, err = client.Payout(t.Context(), rejected)
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		for range 2 {
			entry, err = client.Resolve(t.Context(), failed.Entry)
			require.NoError(t, err)
			require.Equal(t, payneteasy.DecisionRejected, entry.Decision())
		}
	})
}

// TestPayoutBegunDuringAQuestion checks a question about a payout that is not in the journal, and is begun during the
// question. The answer is applied to the new entry, and does not replace it.
func TestPayoutBegunDuringAQuestion(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good, base := newClient(t, config), config.HTTPClient.Transport
		asked, result := make(chan struct{}), make(chan error, 1)
		slow := config
		slow.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			resp, err := base.RoundTrip(req)
			gateway.Hide("payout-0001", true) // the payout takes time
			<-asked
			return resp, err
		})}
		client := newClient(t, slow)
		old := about(t, good)
		<-time.After(old.Window)
		racing := config
		racing.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			if _, _, err := journal.Get(context.Background(), "payout-0001"); err != nil {
				go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
				<-time.After(time.Second)
			}
			return base.RoundTrip(req)
		})}
		_, err := newClient(t, racing).Wait(t.Context(), old, &payneteasy.WaitOptions{MaxWait: time.Second})
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		require.Equal(t, "sending", stored(t, journal).Send)
		_, err = good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionNotSent))
		require.ErrorContains(t, err, "may still be on its way")
		close(asked)
		require.NoError(t, <-result)
		require.Len(t, gateway.Orders(), 1)
	})
}
