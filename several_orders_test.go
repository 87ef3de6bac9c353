package payneteasy_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// These tests check IDs that a person has freed, and that have an order anyway. Each such order must be known, and must
// be a review. Each test found a second payout or a lost order when it was written.

// onUpdate calls a function before each change of an entry.
type onUpdate struct {
	payneteasy.Journal
	before func()
}

func (j onUpdate) Put(ctx context.Context, entry payneteasy.Entry) error {
	if !isIntent(entry) {
		j.before()
	}
	return j.Journal.Put(ctx, entry)
}

// refusing returns a client whose connection is refused when release is closed.
func refusing(t *testing.T, config payneteasy.Config) (client *payneteasy.Client, begun, release chan struct{}) {
	begun, release = make(chan struct{}), make(chan struct{})
	config.HTTPClient = &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
		close(begun)
		<-release
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	})}
	return newClient(t, config), begun, release
}

// TestFreedIDWithAnOrder checks that an earlier order is recorded even if the next attempt replaces the entry at the
// same time.
func TestFreedIDWithAnOrder(t *testing.T) {
	for name, confirmed := range map[string]bool{"by its own answer": false, "by a question": true} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					good := newClient(t, config)
					next, begun, release := refusing(t, config)
					result, updates := make(chan error, 1), 0
					racing := config
					racing.Journal = &onUpdate{journal, func() {
						if updates++; updates == 1 && confirmed || updates == 2 && !confirmed {
							go func() { _, err := next.Payout(context.Background(), request(t)); result <- err }()
							<-begun
						}
					}}
					first, answer := late(t, gateway, racing, asItCame)
					settleAsNotSent(t, good)
					if confirmed {
						gateway.Hide("payout-0001", false)
						racer := newClient(t, racing)
						_, err := racer.Wait(t.Context(), about(t, racer), nil)
						require.NoError(t, err)
					} else {
						off, offBegun, offRelease := refusing(t, config)
						close(offRelease)
						_, err := off.Payout(t.Context(), request(t)) // the ID is free again
						requireOneOutcome(t, err, payneteasy.DecisionNotSent)
						<-offBegun
					}
					close(answer)
					require.ErrorIs(t, <-first, payneteasy.ErrOutcomeUnknown)
					close(release)
					require.ErrorIs(t, <-result, payneteasy.ErrOutcomeUnknown)
					require.Equal(t, payneteasy.DecisionReview, stored(t, journal).Decision())
					requireTaken(t, gateway, good, request(t))
				})
		})
	}
}

// TestOrderSeenBeforeSending checks that a payout is not sent if an earlier attempt's order is seen after its intent
// was stored.
func TestOrderSeenBeforeSending(t *testing.T) {
	journaled(t,
		func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
			journal *payneteasytest.MemoryJournal,
		) {
			good := newClient(t, config)
			first, answer := late(t, gateway, config, asItCame)
			settleAsNotSent(t, good)
			base, second := config.HTTPClient.Transport, config
			second.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
				gateway.Hide("payout-0001", false)
				_, err := refreshed(context.Background(), good, about(t, good), gateway.Orders()[0].OrderID)
				require.NoError(t, err)
				return base.RoundTrip(req)
			})}
			_, err := newClient(t, second).Payout(t.Context(), request(t))
			require.ErrorContains(t, err, "its journal entry has changed while it waited to be sent")
			require.Equal(t, payneteasy.DecisionPaid, payneteasy.DecisionOf(err), "by the order that was seen")
			require.Len(t, gateway.Orders(), 1)
			close(answer)
			requireOneOutcome(t, <-first, payneteasy.DecisionReview)
			require.Equal(t, payneteasy.DecisionReview, stored(t, journal).Decision())
		})
}

// TestTwoOrders checks that if one ID has two orders, both are recorded and the decision is review.
func TestTwoOrders(t *testing.T) {
	for name, seen := range map[string]bool{"the first answered": false, "the first was seen": true} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					gateway.AllowDoublePayouts()
					good := newClient(t, config)
					first, answer := late(t, gateway, config, asItCame)
					settleAsNotSent(t, good)
					a := gateway.Orders()[0].OrderID
					base, second := config.HTTPClient.Transport, config
					second.HTTPClient = &http.Client{
						Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
							gateway.Hide("payout-0001", false)
							resp, err := base.RoundTrip(req)
							if seen {
								_, err := refreshed(context.Background(), good, about(t, good), a)
								require.NoError(t, err)
							} else {
								close(answer)
								requireOneOutcome(t, <-first, payneteasy.DecisionReview)
							}
							return resp, err
						}),
					}
					_, err := newClient(t, second).Payout(t.Context(), request(t))
					requireOneOutcome(t, err, payneteasy.DecisionReview)
					if seen {
						close(answer)
						requireOneOutcome(t, <-first, payneteasy.DecisionReview)
					}
					b := gateway.Orders()[1].OrderID
					ids := func(e payneteasy.Entry) (ids []string) {
						for _, o := range e.Orders {
							ids = append(ids, o.ID)
						}
						return ids
					}
					require.Equal(t, []string{a, b}, ids(stored(t, journal)))

					<-time.After(time.Minute)
					for _, id := range []string{a, b} {
						entry, err := refreshed(t.Context(), good, about(t, good), id)
						require.NoError(t, err)
						require.Equal(t, payneteasy.DecisionReview, entry.Decision())
					}
					twice := must(payneteasy.ParseAmount("20.84", "USD"))
					require.Equal(t, twice, stored(t, journal).Paid())
					recovered, err := good.Recover(t.Context())
					require.NoError(t, err)
					require.Len(t, recovered, 1)
					require.Equal(t, payneteasy.DecisionReview, recovered[0].Entry.Decision())
					_, err = good.Payout(t.Context(), request(t))
					require.ErrorContains(t, err, "order "+a+" (paid), order "+b+" (paid)")
					entry, err := good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionPaid))
					require.NoError(t, err)
					require.Equal(t, request(t).Amount, entry.Paid())
					recovered, err = good.Recover(t.Context())
					require.NoError(t, err)
					require.Empty(t, recovered)
				})
		})
	}
}

// TestStallWhileDialling checks that the entry is read again when the connection is ready. This also holds if a
// transport reads the whole body before it dials.
func TestStallWhileDialling(t *testing.T) {
	for name, buffered := range map[string]bool{"net/http": false, "a transport that buffers the body": true} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					_ *payneteasytest.MemoryJournal,
				) {
					good := newClient(t, config)
					transport := config.HTTPClient.Transport.(*http.Transport).Clone()
					dial := transport.DialContext
					transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
						<-time.After(4 * time.Minute)
						return dial(ctx, network, addr)
					}
					config.HTTPClient, config.Timeout, config.Journal = &http.Client{Transport: transport},
						5*time.Minute, standingStill{config.Journal}
					if buffered {
						config.HTTPClient.Transport = bufferBody(t, transport)
					}
					client, result := newClient(t, config), make(chan error, 1)
					go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
					<-time.After(time.Second)
					settleAsNotSent(t, good)
					_, err := good.Payout(t.Context(), request(t))
					require.NoError(t, err)
					err = <-result
					require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
					require.ErrorContains(t, err, "changed while it waited to be sent")
					require.Len(t, gateway.Orders(), 1)
				})
		})
	}
}

// bufferBody reads the whole body before it passes a request on, as transports for logs and traces do.
func bufferBody(t *testing.T, base http.RoundTripper) http.RoundTripper {
	return roundTripFunc(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		assert.NoError(t, req.Body.Close())
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
		return base.RoundTrip(req)
	})
}

// TestSettledAsPaidThenRefused checks that a payout which a person has settled as paid is not reported as not sent,
// even if this call sent nothing.
func TestSettledAsPaidThenRefused(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		client, begun, release := refusing(t, config)
		result := make(chan error, 1)
		go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
		<-begun
		requireHeld(t, good)
		_, err := good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionPaid))
		require.NoError(t, err)
		close(release)
		err = <-result
		requireOneOutcome(t, err, payneteasy.DecisionPaid)
		require.ErrorContains(t, err, "the journal has it as paid by now")
		require.Empty(t, gateway.Orders())
	})
}

// TestOrderFoundAfterASettlement checks that the journal records an order that is found after the settlement.
func TestOrderFoundAfterASettlement(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		heldPayout(t, gateway, good)
		_, err := good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionNotPaid))
		require.NoError(t, err)
		gateway.Hide("payout-0001", false)
		for range 2 { // it is a review each time
			entry, err := good.Wait(t.Context(), about(t, good), nil)
			require.NoError(t, err)
			require.Equal(t, payneteasy.DecisionReview, entry.Decision())
			require.Equal(t, payneteasy.CauseChanged, entry.Cause())
			require.Equal(t, entry, stored(t, journal))
			require.Equal(t, gateway.Orders()[0].OrderID, entry.OrderID())
		}
	})
}

// TestDeclinedReversalCanBeSettled checks that a person can settle a status that decides nothing. Recover reports it as
// open.
func TestDeclinedReversalCanBeSettled(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		payout, err := newClient(t, config).Payout(t.Context(), request(t))
		require.NoError(t, err)
		config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id="+
				payout.OrderID+
				"\n&status=declined\n&transaction-type=reversal.v2\n&amount=10.42\n&currency=USD\n"), nil
		})}
		client := newClient(t, config)
		recovered, err := client.Recover(t.Context())
		require.NoError(t, err)
		require.Len(t, recovered, 1)
		require.NoError(t, recovered[0].Err)
		require.Equal(t, payneteasy.CauseUnclear, recovered[0].Entry.Cause())
		entry, err := client.Settle(t.Context(), recovered[0].Entry, settlement(payneteasy.DecisionPaid))
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
	})
}

// TestResolveDuringAPayout checks that an entry which another process made during Resolve is not held.
func TestResolveDuringAPayout(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		other, result := newClient(t, config), make(chan error, 1)
		go func() {
			<-time.After(time.Minute)
			_, err := other.Payout(context.Background(), request(t))
			result <- err
		}()
		config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			return saying(req, 200, form, "type=error\n&error-message=Order+not+found\n&error-code=1\n"), nil
		})}
		client := newClient(t, config)
		entry, err := client.Resolve(t.Context(), about(t, client))
		require.NoError(t, <-result)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPending, entry.Decision())
	})
}

// TestPayoutFoundByAQuestion checks a question about an order that is not in the journal, while another process begins
// the payout. The question finds this payout, not an earlier one.
func TestPayoutFoundByAQuestion(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		other, base, asked := newClient(t, config), config.HTTPClient.Transport, false
		config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			if !asked {
				asked = true
				_, err := other.Payout(context.Background(), request(t))
				require.NoError(t, err)
			}
			return base.RoundTrip(req)
		})}
		client := newClient(t, config)
		entry, err := client.Wait(t.Context(), about(t, client), nil)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision(), entry.Cause())
		require.Equal(t, entry, stored(t, journal))
		require.Len(t, gateway.Orders("payout-0001"), 1)
	})
}
