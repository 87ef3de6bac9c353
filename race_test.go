package payneteasy_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// What a payout's own record may not undo, since somebody else was faster: a callback's handler, another process, a
// person.

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func saying(req *http.Request, status int, contentType, body string) *http.Response {
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

// TestCallbackBeforeTheReply: the final status is known before the payout's own answer comes, whatever that is.
func TestCallbackBeforeTheReply(t *testing.T) {
	for name, test := range map[string]struct {
		answer  func(*http.Request, *http.Response) (*http.Response, error)
		outcome payneteasy.Outcome
	}{
		"the answer": {func(_ *http.Request, resp *http.Response) (*http.Response, error) { return resp, nil }, payneteasy.OutcomeAccepted},
		"lost":       {func(*http.Request, *http.Response) (*http.Response, error) { return nil, errors.New("lost") }, payneteasy.OutcomeUnknown},
		"a page": {func(req *http.Request, _ *http.Response) (*http.Response, error) {
			return saying(req, 502, "text/html", "<html>502</html>"), nil
		}, payneteasy.OutcomeUnknown},
		"a refusal, since a proxy sent it twice": {func(req *http.Request, _ *http.Response) (*http.Response, error) {
			return saying(req, 200, form, "type=validation-error\n&error-message=duplicate\n&error-code=1\n"), nil
		}, payneteasy.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
				asks := newClient(t, config)
				base := config.HTTPClient.Transport
				config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
					resp, err := base.RoundTrip(req)
					if err != nil || !strings.Contains(req.URL.Path, "/payout/") {
						return resp, err
					}
					_, err = asks.Wait(context.Background(), request(t).Ref(), nil)
					require.NoError(t, err)
					return test.answer(req, resp)
				})}
				client := newClient(t, config)
				_, err := client.Payout(t.Context(), request(t))
				requireOneOutcome(t, err, test.outcome)
				entry := stateOf(t, journal)
				require.Equal(t, payneteasy.StateFinal, entry.State)
				require.Equal(t, gateway.Orders()[0].OrderID, entry.OrderID)
				_, err = client.Payout(t.Context(), request(t))
				require.ErrorIs(t, err, payneteasy.ErrDuplicate)
				require.Len(t, gateway.Payouts("payout-0001"), 1)
			})
		})
	}
}

// TestLateAttempt: what comes of one attempt is not written over the next one's entry.
func TestLateAttempt(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		good := newClient(t, config)
		slow, lossy := config, config
		slow.Timeout = 10 * time.Minute
		slow.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		})}
		lossy.HTTPClient = &http.Client{Transport: &losingFirst{base: config.HTTPClient.Transport}}
		late := make(chan error)
		slowClient := newClient(t, slow)
		go func() { _, err := slowClient.Payout(context.Background(), request(t)); late <- err }()
		<-time.After(time.Second)
		_, err := good.Resolve(t.Context(), request(t).Ref())
		require.ErrorIs(t, err, payneteasy.ErrHeld)
		require.NoError(t, good.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotSent, "manager"))
		_, err = newClient(t, lossy).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		requireOneOutcome(t, <-late, payneteasy.OutcomeUnknown) // not sent, but this id is no more free
		require.Equal(t, payneteasy.StateUnknown, stateOf(t, journal).State)
		_, err = good.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		require.Len(t, gateway.Payouts("payout-0001"), 1)
	})
}

// TestHeldNeedsAnAnswer: a gateway that cannot be asked has not said that it does not know the order.
func TestHeldNeedsAnAnswer(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		good := newClient(t, config)
		lossy := config
		lossy.HTTPClient = &http.Client{Transport: &losingFirst{base: config.HTTPClient.Transport}}
		_, err := newClient(t, lossy).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		page := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 404, "text/html", "<html>not found</html>"), nil
		})
		for _, away := range []http.RoundTripper{failing{errors.New("refused")}, page} {
			off := config
			off.HTTPClient = &http.Client{Transport: away}
			_, err = newClient(t, off).Resolve(t.Context(), request(t).Ref())
			requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
			require.NotErrorIs(t, err, payneteasy.ErrHeld)
			require.ErrorContains(t, err, "could not be asked")
			require.Equal(t, payneteasy.StateUnknown, stateOf(t, journal).State)
		}
		require.ErrorContains(t, good.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotSent, "x"), "only a held payout")
		off := config
		off.HTTPClient = &http.Client{Transport: page}
		require.NoError(t, newClient(t, off).Settle(t.Context(), request(t).Ref(), payneteasy.VerdictPaid, "seen in the bank account"))
	})
}

// TestLateArrival: a request that the gateway gets after a person has settled it, or just before.
func TestLateArrival(t *testing.T) {
	for name, before := range map[string]bool{"before Settle": true, "after Settle": false} {
		t.Run(name, func(t *testing.T) {
			journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
				client := newClient(t, config)
				plain := config
				plain.Journal = nil
				lost := config
				lost.HTTPClient = &http.Client{Transport: failing{errors.New("lost")}}
				_, err := newClient(t, lost).Payout(t.Context(), request(t))
				requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
				_, err = client.Resolve(t.Context(), request(t).Ref())
				require.ErrorIs(t, err, payneteasy.ErrHeld)
				arrive := func() {
					_, err := newClient(t, plain).Payout(t.Context(), request(t))
					require.NoError(t, err)
				}
				if before {
					arrive()
					err = client.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotSent, "manager")
					require.ErrorContains(t, err, "the gateway has order 6982864")
				} else {
					require.NoError(t, client.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotSent, "manager"))
					arrive()
				}
				status, err := client.Wait(t.Context(), request(t).Ref(), nil) // it is processing at first
				if before {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, payneteasy.ErrContradicted, "the debt may have been paid again")
				}
				require.True(t, status.Approved())
				require.Equal(t, payneteasy.StateFinal, stateOf(t, journal).State)
				_, err = client.Payout(t.Context(), request(t))
				require.ErrorIs(t, err, payneteasy.ErrDuplicate)
				require.Len(t, gateway.Payouts("payout-0001"), 1)
			})
		})
	}
}

// TestAnotherAmount is not the payout that the journal knows.
func TestAnotherAmount(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config, _ *payneteasytest.MemoryJournal) {
		client := newClient(t, config)
		_, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		other := request(t)
		other.Amount, err = payneteasy.ParseAmount("99", "USD")
		require.NoError(t, err)
		_, err = client.Payout(t.Context(), other)
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		require.ErrorContains(t, err, "of 10.42 USD")
		_, err = client.Resolve(t.Context(), other.Ref())
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		require.ErrorIs(t, err, payneteasy.ErrOrderMismatch)
	})
}

// TestResolveOfWhatTheJournalKnows better than to call it held, and of what it does not know: nobody may send that.
func TestResolveOfWhatTheJournalKnows(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		client := newClient(t, config)
		_, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		require.True(t, gateway.Hide("payout-0001", true))
		_, err = client.Resolve(t.Context(), request(t).Ref())
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		require.NotErrorIs(t, err, payneteasy.ErrHeld)
		require.ErrorContains(t, err, "does not find order 6982864, which is accepted in the journal")

		rejected := request(t)
		rejected.ClientOrderID, rejected.BankAccount = "rejected", nil
		rejected.Extra = url.Values{"white_label_destination": {"x"}}
		_, err = client.Payout(t.Context(), rejected)
		require.ErrorIs(t, err, payneteasy.ErrRejected)
		_, err = client.Resolve(t.Context(), rejected.Ref())
		require.NotErrorIs(t, err, payneteasy.ErrHeld)
		require.ErrorContains(t, err, "in the journal it is closed: rejected")

		stranger := request(t)
		stranger.ClientOrderID = "sent before there was a journal"
		_, err = client.Resolve(t.Context(), stranger.Ref())
		require.ErrorIs(t, err, payneteasy.ErrHeld)
		entry, err := journal.Get(t.Context(), stranger.ClientOrderID)
		require.NoError(t, err)
		require.Equal(t, payneteasy.StateHeld, entry.State)
		_, err = client.Payout(t.Context(), stranger)
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	})
}
