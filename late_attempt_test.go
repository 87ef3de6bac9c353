package payneteasy_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// These tests check late information about an attempt that a person has settled, or that arrives during the next
// attempt. Each test found a second payout or a wrong outcome when it was written.

// TestEarlierAttemptFound checks an earlier attempt whose call ends during the next attempt, which is not sent.
func TestEarlierAttemptFound(t *testing.T) {
	for name, answer := range map[string]func(*http.Request, *http.Response) (*http.Response,
		error){"answered": asItCame, "lost": lost} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					good := newClient(t, config)
					result, release := late(t, gateway, config, answer)
					settleAsNotSent(t, good)
					off := config
					off.HTTPClient = &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
						close(release)
						require.ErrorIs(t, <-result, payneteasy.ErrOutcomeUnknown)
						return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
					})}
					_, err := newClient(t, off).Payout(t.Context(), request(t))
					requireOneOutcome(t, err, payneteasy.DecisionReview)
					require.Equal(t, payneteasy.CauseEarlier, stored(t, journal).Cause())
					require.Equal(t, name == "answered", stored(t, journal).OrderID() != "")
					requireTaken(t, gateway, good, request(t))
					_, err = good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionNotSent))
					require.ErrorContains(t, err, "only an order that the gateway does not know can be settled")
					_, err = good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionPaid))
					require.NoError(t, err)
				})
		})
	}
}

// TestEarlierOrderSeen checks that a question finds the order of an earlier attempt, with another amount, during the
// next attempt.
func TestEarlierOrderSeen(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		heldPayout(t, gateway, good)
		settleAsNotSent(t, good)
		gateway.Hide("payout-0001", false)
		other := request(t)
		other.Amount = must(payneteasy.ParseAmount("10.40", "USD"))
		off := config
		off.HTTPClient = &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
			_, err := refreshed(context.Background(), good, stored(t, journal), gateway.Orders()[0].OrderID)
			require.NoError(t, err)
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		})}
		_, err := newClient(t, off).Payout(t.Context(), other)
		requireOneOutcome(t, err, payneteasy.DecisionReview)
		require.Equal(t, gateway.Orders()[0].OrderID, stored(t, journal).OrderID())
		require.Equal(t, payneteasy.CauseAmount, stored(t, journal).Cause())
		requireTaken(t, gateway, good, other)
	})
}

// TestLostReplyAfterASettlement checks that an ID is taken again if a call ends as sent after a person settled it as
// not sent.
func TestLostReplyAfterASettlement(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		result, release := late(t, gateway, config, lost)
		settleAsNotSent(t, good)
		close(release)
		requireOneOutcome(t, <-result, payneteasy.DecisionReview)
		require.Equal(t, payneteasy.CauseFreed, stored(t, journal).Cause())
		requireTaken(t, gateway, good, request(t))
	})
}

// TestRefusedAfterTheNextWasPaid checks that a late refusal does not free the ID.
func TestRefusedAfterTheNextWasPaid(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		slow, release, result := config, make(chan struct{}), make(chan error, 1)
		slow.Timeout, slow.Journal = time.Hour, standingStill{journal}
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
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		require.ErrorContains(t, err, "the journal has it as pending by now")
		require.Len(t, gateway.Orders(), 1)
	})
}

// TestAttemptsOfTheSameTime checks that attempts with the same time are distinguished.
func TestAttemptsOfTheSameTime(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
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
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		close(release)
		requireOneOutcome(t, <-result, payneteasy.DecisionUnknown)
		require.Equal(t, payneteasy.DecisionUnknown, stored(t, journal).Decision())
		_, err = good.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	})
}

// stalling stores the intent, and is then suspended for a day.
type stalling struct{ payneteasy.Journal }

func (s stalling) Put(ctx context.Context, entry payneteasy.Entry) error {
	err := s.Journal.Put(ctx, entry)
	if isIntent(entry) {
		<-time.After(24 * time.Hour)
	}
	return err
}

// TestStallBeforeSending checks that a payout is not sent if its entry was settled, or settled and paid again, before
// the call resumed. Without call.beforeSend it would be paid twice.
func TestStallBeforeSending(t *testing.T) {
	for name, paid := range map[string]bool{"settled": false, "settled and paid": true} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					good := newClient(t, config)
					stalled, result := config, make(chan error, 1)
					stalled.Journal = stalling{journal}
					client := newClient(t, stalled)
					go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
					<-time.After(12 * time.Hour)
					settleAsNotSent(t, good)
					if !paid {
						requireOneOutcome(t, <-result, payneteasy.DecisionNotSent)
						require.Empty(t, gateway.Orders())
						return
					}
					_, err := good.Payout(t.Context(), request(t))
					require.NoError(t, err)
					err = <-result
					requireOneOutcome(t, err, payneteasy.DecisionPending)
					require.ErrorContains(t, err, "its journal entry has changed while it waited to be sent")
					require.Len(t, gateway.Orders(), 1)
				})
		})
	}
}

// TestSettledWhileSending checks that a person cannot settle a payout while it is being sent. If they settle it later,
// an order still makes it a review.
func TestSettledWhileSending(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		result, release := late(t, gateway, config, asItCame)
		_, err := good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionNotPaid))
		require.ErrorContains(t, err, "may still be on its way: settle it after ")
		requireHeld(t, good)
		_, err = good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionNotPaid))
		require.NoError(t, err)
		close(release)
		requireOneOutcome(t, <-result, payneteasy.DecisionReview)
		entry := stored(t, journal)
		require.Equal(t, payneteasy.CauseChanged, entry.Cause())
		require.Equal(t, gateway.Orders()[0].OrderID, entry.OrderID())
		gateway.Hide("payout-0001", false)
		recovered, err := good.Recover(t.Context())
		require.NoError(t, err)
		require.Len(t, recovered, 1)
		require.Equal(t, payneteasy.DecisionReview, recovered[0].Entry.Decision())
	})
}

// TestSettleAgainstTheGateway checks that the gateway's final status has precedence over a person's decision.
func TestSettleAgainstTheGateway(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		_, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		<-time.After(time.Hour)
		_, err = client.Settle(t.Context(), about(t, client), settlement(payneteasy.DecisionNotPaid))
		require.ErrorIs(t, err, payneteasy.ErrConflict)
		require.EqualError(t, err,
			`payneteasy: settle: refused: the entry has changed since it was read: look at "payout-0001" again: it is paid`)
		require.Equal(t, payneteasy.DecisionPaid, stored(t, journal).Decision())
	})
}

// TestOrderOutsideTheJournal checks that an order which Wait finds is in the journal afterwards.
func TestOrderOutsideTheJournal(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		plain := config
		plain.Journal = nil
		_, err := newClient(t, plain).Payout(t.Context(), request(t))
		require.NoError(t, err)
		client := newClient(t, config)
		_, err = client.Wait(t.Context(), about(t, client), nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, stored(t, journal).Decision())
		requireTaken(t, gateway, client, request(t))
	})
}

// TestResolveLooksAgain checks that Resolve uses changes that were stored in the journal while it asked the gateway.
func TestResolveLooksAgain(t *testing.T) {
	for decision, body := range map[payneteasy.Decision]string{
		payneteasy.DecisionRejected: "type=validation-error\n&error-message=no\n",
		payneteasy.DecisionPending:  "type=async-response\n&merchant-order-id=payout-0001\n&paynet-order-id=77\n",
	} {
		t.Run(string(decision), func(t *testing.T) {
			journaled(t,
				func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					good := newClient(t, config)
					config.HTTPClient = &http.Client{
						Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
							<-time.After(5 * time.Second)
							return saying(req, 200, form, body), nil
						}),
					}
					client, result := newClient(t, config), make(chan error, 1)
					go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
					<-time.After(time.Second)
					entry, err := good.Resolve(t.Context(), about(t, good))
					require.NoError(t, err)
					require.Equal(t, decision, entry.Decision())
					require.Equal(t, decision == payneteasy.DecisionPending, <-result == nil)
					require.Equal(t, decision, stored(t, journal).Decision())
				})
		})
	}
}

// TestDeclinedReversal checks that a payout stays paid after a declined reversal.
func TestDeclinedReversal(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		_, err = client.Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id="+
				payout.OrderID+
				"\n&status=declined\n&transaction-type=reversal\n&amount=10.42\n&currency=USD\n"), nil
		})}
		entry, err := newClient(t, config).Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		require.Equal(t, entry, stored(t, journal))
	})
}

// TestLongStall checks that the window counts from the intent. A payout that waits too long is not sent. Otherwise it
// could be held, settled and paid again while it is on its way.
func TestLongStall(t *testing.T) {
	for name, slow := range map[string]slowJournal{
		"the intent is written slowly": {begin: 100 * time.Second},
		"it is read again slowly":      {begin: time.Second, get: 99 * time.Second},
	} {
		t.Run(name, func(t *testing.T) { journaled(t, slow.stalls) })
	}
}

// slowKey is a key in another machine that signs slowly.
type slowKey struct {
	crypto.Signer
	late time.Duration
}

func (k slowKey) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	<-time.After(k.late)
	return k.Signer.Sign(random, digest, options)
}

// TestLongStallBeforeSigning checks that the window counts from the start of the call if there is no journal.
func TestLongStallBeforeSigning(t *testing.T) {
	for late, sent := range map[time.Duration]bool{29 * time.Second: true, 31 * time.Second: false} {
		t.Run(late.String(), func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					_ *payneteasytest.MemoryJournal,
				) {
					config.Journal, config.PrivateKey = nil, slowKey{config.PrivateKey, late}
					_, err := newClient(t, config).Payout(t.Context(), request(t))
					if sent {
						require.NoError(t, err)
						return
					}
					requireOneOutcome(t, err, payneteasy.DecisionNotSent)
					require.Empty(t, gateway.Orders())
				})
		})
	}
}

// TestLateAttempt checks that the outcome of one attempt does not overwrite the entry of the next one.
func TestLateAttempt(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		slow, lossy := config, config
		slow.Timeout, slow.Journal = 10*time.Minute, standingStill{journal}
		slow.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		})}
		lossy.HTTPClient = &http.Client{Transport: &losingFirst{base: config.HTTPClient.Transport}}
		late := make(chan error)
		slowClient := newClient(t, slow)
		go func() { _, err := slowClient.Payout(context.Background(), request(t)); late <- err }()
		<-time.After(time.Second)
		settleAsNotSent(t, good)
		_, err := newClient(t, lossy).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		requireOneOutcome(t, <-late, payneteasy.DecisionUnknown) // not sent, but this ID is no longer free
		require.Equal(t, payneteasy.DecisionUnknown, stored(t, journal).Decision())
		_, err = good.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		require.Len(t, gateway.Orders("payout-0001"), 1)
	})
}
