package payneteasy_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// What becomes known late, of an attempt that a person has settled, or while the next one is under way. Each test paid
// twice, or told a wrong outcome, when it was written.

// late is a client whose payout arrives, and whose answer comes when it is released.
func late(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, answer func(*http.Request, *http.Response) (*http.Response, error)) (result chan error, release chan struct{}) {
	base, arrived := config.HTTPClient.Transport, make(chan struct{})
	result, release = make(chan error, 1), make(chan struct{})
	config.Timeout = time.Hour
	config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		gateway.Hide("payout-0001", true)
		close(arrived)
		<-release
		if err != nil {
			return nil, err
		}
		return answer(req, resp)
	})}
	client := newClient(t, config)
	go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
	<-arrived
	return result, release
}

func asItCame(_ *http.Request, resp *http.Response) (*http.Response, error) { return resp, nil }

func lost(_ *http.Request, resp *http.Response) (*http.Response, error) {
	_ = resp.Body.Close()
	return nil, errors.New("lost")
}

func settleAsNotSent(t *testing.T, client *payneteasy.Client) {
	_, err := client.Resolve(t.Context(), request(t).Ref())
	require.ErrorIs(t, err, payneteasy.ErrHeld)
	require.NoError(t, client.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotSent, "manager"))
}

// requireTaken: the id is not free, and one payout was made.
func requireTaken(t *testing.T, gateway *payneteasytest.Gateway, client *payneteasy.Client, req *payneteasy.PayoutRequest) {
	t.Helper()
	_, err := client.Payout(t.Context(), req)
	require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	require.Len(t, gateway.Orders(), 1)
}

// TestEarlierAttemptTurnsUp while the next one, which is not sent, is under way.
func TestEarlierAttemptTurnsUp(t *testing.T) {
	for name, answer := range map[string]func(*http.Request, *http.Response) (*http.Response, error){"answered": asItCame, "lost": lost} {
		t.Run(name, func(t *testing.T) {
			journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
				good := newClient(t, config)
				result, release := late(t, gateway, config, answer)
				settleAsNotSent(t, good)
				off := config
				off.HTTPClient = &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
					close(release)
					requireOneOutcome(t, <-result, payneteasy.OutcomeUnknown)
					return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
				})}
				_, err := newClient(t, off).Payout(t.Context(), request(t))
				requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
				require.ErrorContains(t, err, "an earlier attempt was sent after all: order "+stateOf(t, journal).OtherOrders)
				require.Equal(t, payneteasy.StateUnknown, stateOf(t, journal).State)
				requireTaken(t, gateway, good, request(t))
				_, err = good.Resolve(t.Context(), request(t).Ref())
				require.ErrorIs(t, err, payneteasy.ErrHeld)
				err = good.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotSent, "manager")
				require.ErrorContains(t, err, "it was sent")
			})
		})
	}
}

// TestEarlierOrderSeen by a question, with another amount, while the next attempt is under way.
func TestEarlierOrderSeen(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		good := newClient(t, config)
		heldPayout(t, gateway, good)
		settleAsNotSent(t, good)
		gateway.Hide("payout-0001", false)
		other := request(t)
		other.Amount = must(payneteasy.ParseAmount("10.40", "USD"))
		off := config
		off.HTTPClient = &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
			_, err := good.Wait(context.Background(), payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: gateway.Orders()[0].OrderID}, nil)
			require.ErrorIs(t, err, payneteasy.ErrOrderMismatch)
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		})}
		_, err := newClient(t, off).Payout(t.Context(), other)
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		require.Equal(t, gateway.Orders()[0].OrderID, stateOf(t, journal).OtherOrders)
		requireTaken(t, gateway, good, other)
	})
}

// TestLostAfterSettled: a call that ends with "it was sent" takes its id back from the verdict that it was not.
func TestLostAfterSettled(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		good := newClient(t, config)
		result, release := late(t, gateway, config, lost)
		settleAsNotSent(t, good)
		close(release)
		requireOneOutcome(t, <-result, payneteasy.OutcomeUnknown)
		require.Equal(t, payneteasy.StateUnknown, stateOf(t, journal).State)
		requireTaken(t, gateway, good, request(t))
	})
}

// TestRefusedAfterTheNextWasPaid: a late refusal permits nothing.
func TestRefusedAfterTheNextWasPaid(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, _ *payneteasytest.MemoryJournal) {
		good := newClient(t, config)
		slow, release, result := config, make(chan struct{}), make(chan error, 1)
		slow.Timeout = time.Hour
		slow.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			<-release
			return saying(req, 200, form, "type=validation-error\n&error-message=no\n"), nil
		})}
		client := newClient(t, slow)
		go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
		<-time.After(time.Second)
		settleAsNotSent(t, good)
		_, err := good.Payout(t.Context(), request(t))
		require.NoError(t, err)
		close(release)
		err = <-result
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		require.ErrorContains(t, err, "and again since: the later attempt is accepted")
		require.Len(t, gateway.Orders(), 1)
	})
}

// TestAttemptsOfOneMoment are told apart although the clock stands still.
func TestAttemptsOfOneMoment(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		config.ResolveWindow = 1
		good := newClient(t, config)
		slow, begun, release, result := config, make(chan struct{}), make(chan struct{}), make(chan error, 1)
		slow.HTTPClient = &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
			close(begun)
			<-release
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		})}
		client := newClient(t, slow)
		go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
		<-begun
		settleAsNotSent(t, good)
		lossy := config
		lossy.HTTPClient = &http.Client{Transport: &losingFirst{base: config.HTTPClient.Transport}}
		_, err := newClient(t, lossy).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		close(release)
		requireOneOutcome(t, <-result, payneteasy.OutcomeUnknown)
		require.Equal(t, payneteasy.StateUnknown, stateOf(t, journal).State)
		_, err = good.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	})
}

// stalling writes the intent, and then its machine stands still for a day.
type stalling struct{ payneteasy.Journal }

func (s stalling) Begin(ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
	entry, err := s.Journal.Begin(ctx, entry)
	<-time.After(24 * time.Hour)
	return entry, err
}

// TestStallBeforeSending: an entry that was settled and paid during a stall is not sent. Without call.beforeSend it is paid twice.
func TestStallBeforeSending(t *testing.T) {
	for name, paid := range map[string]bool{"settled": false, "settled and paid": true} {
		t.Run(name, func(t *testing.T) {
			journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
				good := newClient(t, config)
				stalled, result := config, make(chan error, 1)
				stalled.Journal = stalling{journal}
				client := newClient(t, stalled)
				go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
				<-time.After(12 * time.Hour)
				settleAsNotSent(t, good)
				if !paid {
					requireOneOutcome(t, <-result, payneteasy.OutcomeNotSent)
					require.Empty(t, gateway.Orders())
					return
				}
				_, err := good.Payout(t.Context(), request(t))
				require.NoError(t, err)
				err = <-result
				requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
				require.ErrorContains(t, err, "its journal entry has changed while it waited to be sent")
				require.Len(t, gateway.Orders(), 1)
			})
		})
	}
}

// TestSettledWhileSending: a person cannot close what is being sent, and what he closed is opened by an order.
func TestSettledWhileSending(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		good := newClient(t, config)
		result, release := late(t, gateway, config, asItCame)
		err := good.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotPaid, "looked dead")
		require.ErrorContains(t, err, "is being sent at this moment")
		_, err = good.Resolve(t.Context(), request(t).Ref())
		require.ErrorIs(t, err, payneteasy.ErrHeld)
		require.NoError(t, good.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotPaid, "looked dead"))
		close(release)
		require.NoError(t, <-result)
		entry := stateOf(t, journal)
		require.Equal(t, payneteasy.StateAccepted, entry.State)
		require.Equal(t, gateway.Orders()[0].OrderID, entry.OrderID)
		gateway.Hide("payout-0001", false)
		recovered, err := good.Recover(t.Context())
		require.NoError(t, err)
		require.Len(t, recovered, 1)
		require.True(t, recovered[0].Status.Approved())
	})
}

// TestSettleAgainstTheGateway: a final status of its own is better than a person's word.
func TestSettleAgainstTheGateway(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		client := newClient(t, config)
		_, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		<-time.After(time.Hour)
		err = client.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotPaid, "typo")
		require.ErrorContains(t, err, `refused: the gateway has order 6982864, which is "approved"`)
		require.Equal(t, payneteasy.StateFinal, stateOf(t, journal).State)
	})
}

// TestOrderNobodyKnew: an order that Wait or Confirm see is in the journal from then on.
func TestOrderNobodyKnew(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		plain := config
		plain.Journal = nil
		_, err := newClient(t, plain).Payout(t.Context(), request(t))
		require.NoError(t, err)
		client := newClient(t, config)
		_, err = client.Wait(t.Context(), request(t).Ref(), nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.StateFinal, stateOf(t, journal).State)
		requireTaken(t, gateway, client, request(t))
	})
}

// TestResolveLooksAgain: what the journal learnt while the gateway was asked counts, not what it knew before.
func TestResolveLooksAgain(t *testing.T) {
	for state, body := range map[payneteasy.State]string{
		payneteasy.StateRejected: "type=validation-error\n&error-message=no\n",
		payneteasy.StateAccepted: "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=77\n",
	} {
		t.Run(string(state), func(t *testing.T) {
			journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
				good := newClient(t, config)
				config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
					<-time.After(5 * time.Second)
					return saying(req, 200, form, body), nil
				})}
				client, result := newClient(t, config), make(chan error, 1)
				go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
				<-time.After(time.Second)
				_, err := good.Resolve(t.Context(), request(t).Ref())
				require.NotErrorIs(t, err, payneteasy.ErrHeld)
				require.ErrorContains(t, err, string(state))
				require.Equal(t, state == payneteasy.StateAccepted, <-result == nil)
				require.Equal(t, state, stateOf(t, journal).State)
			})
		})
	}
}

// TestDeclinedReversal leaves a payout paid.
func TestDeclinedReversal(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		_, err = client.Wait(t.Context(), payout.Ref(), nil)
		require.NoError(t, err)
		config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id="+payout.OrderID+
				"\n&status=declined\n&transaction-type=reversal\n&amount=10.42\n&currency=USD\n"), nil
		})}
		status, err := newClient(t, config).Wait(t.Context(), payout.Ref(), nil)
		require.NoError(t, err)
		require.False(t, status.MayPayAgain())
		require.Equal(t, payneteasy.StatusApproved, stateOf(t, journal).Status)
	})
}
