package payneteasy_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestJournalOfAPayout checks the entries of one payout, which are the intent, the acceptance with IDs and the final
// status. A second call with the same ID is refused.
func TestJournalOfAPayout(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		entry := stored(t, journal)
		require.Equal(t, entry, payout.Entry)
		require.Equal(t, "accepted", entry.Send)
		require.Equal(t, payneteasy.DecisionPending, entry.Decision())
		require.Equal(t, payout.OrderID, entry.OrderID())
		require.Equal(t, payout.Entry.Ref(), entry.Ref())
		require.Equal(t, []string{config.BaseURL, config.Login, "payout"},
			[]string{entry.BaseURL, entry.Login, entry.Command})
		require.Equal(t, 2*time.Minute, entry.Window)
		waited, err := client.Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		entry = stored(t, journal)
		require.Equal(t, entry, waited)
		require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
		require.Equal(t, request(t).Amount, entry.Paid())
		require.Equal(t, payneteasy.StatusApproved, entry.Status)

		_, err = client.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
		require.Equal(t, payneteasy.DecisionPaid, payneteasy.DecisionOf(err))
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, payout.OrderID, failed.OrderID)
		require.Len(t, gateway.Orders(), 1)
	})
}

// TestJournalOfEachOutcome checks the entry of each outcome, and whether the ID may be used again.
func TestJournalOfEachOutcome(t *testing.T) {
	for name, test := range map[string]struct {
		change   func(*payneteasy.Config)
		send     string
		decision payneteasy.Decision
		again    bool
	}{
		"refused": {
			func(c *payneteasy.Config) { c.Login = "another" }, "denied",
			payneteasy.DecisionRefused, false,
		},
		"not sent": {func(c *payneteasy.Config) {
			c.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: refuse}}
		}, "not sent", payneteasy.DecisionNotSent, true},
		"unknown": {
			func(c *payneteasy.Config) { c.HTTPClient.Transport = failing{errors.New("lost")} },
			"unknown", payneteasy.DecisionUnknown, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
					journal *payneteasytest.MemoryJournal,
				) {
					good := config
					test.change(&config)
					_, err := newClient(t, config).Payout(t.Context(), request(t))
					require.Equal(t, test.decision, payneteasy.DecisionOf(err))
					require.Equal(t, test.send, stored(t, journal).Send)
					require.Equal(t, test.decision, stored(t, journal).Decision())
					_, err = newClient(t, good).Payout(t.Context(), request(t))
					require.Equal(t, test.again, err == nil, "%v", err)
				})
		})
	}
}

// TestRefusedAndAccepted checks a payout that a proxy sent twice, and whose second copy was refused. Each way to ask
// finds the order, and its ID is never free.
func TestRefusedAndAccepted(t *testing.T) {
	for name, ask := range map[string]func(*payneteasy.Client, payneteasy.Entry) (payneteasy.Entry, error){
		"Wait": func(c *payneteasy.Client, e payneteasy.Entry) (payneteasy.Entry, error) {
			return c.Wait(context.Background(), e, nil)
		},
		"Resolve, then Wait": func(c *payneteasy.Client, e payneteasy.Entry) (payneteasy.Entry, error) {
			e, err := c.Resolve(context.Background(), e)
			if err != nil || e.Decision() != payneteasy.DecisionPending {
				return e, err
			}
			return c.Wait(context.Background(), e, nil)
		},
		"Recover": func(c *payneteasy.Client, _ payneteasy.Entry) (payneteasy.Entry, error) {
			recovered, err := c.Recover(context.Background())
			if err != nil {
				return payneteasy.Entry{}, err
			}
			return recovered[0].Entry, recovered[0].Err
		},
	} {
		t.Run(name, func(t *testing.T) {
			journaled(t,
				func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
					_ *payneteasytest.MemoryJournal,
				) {
					gateway.FailNext(payneteasytest.Page(403, "").AfterAcceptance())
					base := config.HTTPClient.Transport
					config.HTTPClient = &http.Client{
						Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
							resp, err := base.RoundTrip(req)
							if err != nil || !strings.Contains(req.URL.Path, "/payout/") {
								return resp, err
							}
							return saying(req, 403, "text/html", page), nil
						}),
					}
					client := newClient(t, config)
					_, err := client.Payout(t.Context(), request(t))
					requireOneOutcome(t, err, payneteasy.DecisionRefused)
					var failed *payneteasy.Error
					require.ErrorAs(t, err, &failed)
					entry, err := ask(client, failed.Entry)
					require.NoError(t, err)
					require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
					requireTaken(t, gateway, client, request(t))
				})
		})
	}
}

// minding is a journal that checks the context, as databases do.
type minding struct{ payneteasy.Journal }

func (j minding) Put(ctx context.Context, entry payneteasy.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return j.Journal.Put(ctx, entry)
}

// TestOutcomeStoredAfterCancel checks that an outcome is stored even if the context of the call has ended.
func TestOutcomeStoredAfterCancel(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		ctx, cancel := context.WithCancelCause(t.Context())
		config.HTTPClient.Transport = cancelling{cancel, errors.New("the browser went away")}
		config.Journal = minding{journal}
		_, err := newClient(t, config).Payout(ctx, request(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		require.Equal(t, "unknown", stored(t, journal).Send)
	})
}

// TestBrokenJournal checks that nothing is sent if the intent cannot be stored. If the acceptance cannot be stored, the
// outcome is unknown and the error has the IDs.
func TestBrokenJournal(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		full := errors.New("no space left")
		config.Journal = &brokenJournal{begin: full}
		_, err := newClient(t, config).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionNotSent)
		require.ErrorIs(t, err, full)
		require.Empty(t, gateway.Orders())

		journal := &brokenJournal{update: full}
		config.Journal = journal
		_, err = newClient(t, config).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		require.ErrorIs(t, err, full)
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, gateway.Orders()[0].OrderID, failed.OrderID)
		require.Equal(t, failed.OrderID, failed.Entry.OrderID())
		require.Equal(t, "sending", stored(t, journal).Send)
	})
}

// TestOneCallAtATime checks that only one of several concurrent calls with one ID is sent, with or without a journal.
func TestOneCallAtATime(t *testing.T) {
	t.Parallel()
	for _, journal := range []payneteasy.Journal{nil, &payneteasytest.MemoryJournal{}} {
		gateway := payneteasytest.NewGateway(t)
		held := make(chan struct{})
		config := gateway.Config()
		config.Journal = journal
		config.HTTPClient.Transport = holding{config.HTTPClient.Transport, held}
		client := newClient(t, config)
		var group sync.WaitGroup
		var mu sync.Mutex
		outcomes := map[payneteasy.Decision]int{}
		for range 8 {
			group.Go(func() {
				_, err := client.Payout(t.Context(), request(t))
				mu.Lock()
				defer mu.Unlock()
				outcomes[payneteasy.DecisionOf(err)]++
				if err != nil && outcomes[payneteasy.DecisionUnknown] == 7 {
					close(held)
				}
			})
		}
		group.Wait()
		require.Equal(t, map[payneteasy.Decision]int{"": 1, payneteasy.DecisionUnknown: 7}, outcomes)
		require.Len(t, gateway.Orders(), 1)
	}
}

// holding is a transport that holds requests back until held is closed.
type holding struct {
	base http.RoundTripper
	held chan struct{}
}

func (h holding) RoundTrip(req *http.Request) (*http.Response, error) {
	<-h.held
	return h.base.RoundTrip(req)
}

// TestHeldAndSettled checks that a payout which the gateway does not know is held. Recover reports it after one
// question, and a person settles it.
func TestHeldAndSettled(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		good := newClient(t, config)
		config.HTTPClient = &http.Client{Transport: failing{errors.New("lost")}}
		_, err := newClient(t, config).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		_, err = good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionNotSent))
		require.ErrorContains(t, err, `"payout-0001" may still be on its way: settle it after `)

		began := time.Now()
		recovered, err := good.Recover(t.Context())
		require.NoError(t, err)
		require.Len(t, recovered, 1)
		require.NoError(t, recovered[0].Err)
		require.Equal(t, payneteasy.DecisionReview, recovered[0].Entry.Decision())
		require.Equal(t, payneteasy.CauseHeld, recovered[0].Entry.Cause())
		require.GreaterOrEqual(t, time.Since(began), 2*time.Minute)
		require.LessOrEqual(t, time.Since(began), 2*time.Minute+5*time.Second)

		began = time.Now()
		calls := gateway.StatusCalls()
		recovered, err = good.Recover(t.Context())
		require.NoError(t, err)
		require.Equal(t, payneteasy.CauseHeld, recovered[0].Entry.Cause())
		require.Equal(t, calls+1, gateway.StatusCalls())
		require.Zero(t, time.Since(began))
		_, err = good.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)

		_, err = good.Settle(t.Context(), about(t, good),
			payneteasy.Settlement{Decision: payneteasy.DecisionNotSent, Reason: " "})
		require.ErrorContains(t, err, "Settlement.Reason is missing")
		_, err = good.Settle(t.Context(), about(t, good), settlement("maybe"))
		require.ErrorContains(t, err, "Settlement.Decision is not")
		entry, err := good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionNotSent))
		require.NoError(t, err)
		require.Equal(t, stored(t, journal), entry)
		require.Equal(t, payneteasy.DecisionNotSent, entry.Decision())
		require.Equal(t, "manager, by phone", entry.Settlement.Reason)
		_, err = good.Payout(t.Context(), request(t))
		require.NoError(t, err)
		require.Len(t, gateway.Orders(), 1)
	})
}

// otherClock is a journal whose clock is not that of the machine.
type otherClock struct {
	payneteasy.Journal
	ahead  atomic.Int64
	before func(entry payneteasy.Entry) // before Put
	after  func(entry payneteasy.Entry)
}

func (j *otherClock) Get(ctx context.Context, id string) (payneteasy.Entry, time.Time, error) {
	entry, now, err := j.Journal.Get(ctx, id)
	return entry, now.Add(time.Duration(j.ahead.Load())), err
}

func (j *otherClock) Put(ctx context.Context, entry payneteasy.Entry) error {
	if j.before != nil {
		j.before(entry)
	}
	err := j.Journal.Put(ctx, entry)
	if j.after != nil {
		j.after(entry)
	}
	return err
}

// TestJournalClock checks that the age of a payout comes from the journal's clock.
func TestJournalClock(t *testing.T) {
	for _, ahead := range []time.Duration{-time.Hour, 0, time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
				memory *payneteasytest.MemoryJournal,
			) {
				journal := &otherClock{Journal: memory}
				journal.ahead.Store(int64(ahead))
				config.Journal = journal
				client, began := newClient(t, config), time.Now()
				gateway.FailNext(payneteasytest.LoseReply())
				_, err := client.Payout(t.Context(), request(t))
				requireOneOutcome(t, err, payneteasy.DecisionUnknown)
				entry := stored(t, config.Journal)
				require.Equal(t, began.Add(ahead).UnixMicro(), entry.Began.UnixMicro())
				gateway.Hide("payout-0001", true)
				entry, err = client.Resolve(t.Context(), about(t, client))
				require.NoError(t, err)
				require.Equal(t, payneteasy.CauseHeld, entry.Cause())
				require.Less(t, (time.Since(began) - entry.Window).Abs(), 10*time.Second)
			})
		})
	}
}

// TestPausedSender checks that a payout is not sent if its machine was paused after the intent, with both of its
// clocks. The journal's clock went on, and another process has settled the payout and paid it again.
func TestPausedSender(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		memory *payneteasytest.MemoryJournal,
	) {
		for name, settles := range map[string]bool{"settled and paid again": true, "nothing else": false} {
			journal := &otherClock{Journal: memory}
			config.Journal = journal
			other, req := newClient(t, config), request(t)
			req.ClientOrderID = name
			journal.after = func(entry payneteasy.Entry) {
				if !isIntent(entry) {
					return
				}
				journal.after = nil
				journal.ahead.Add(int64(time.Hour))
				if settles {
					held, err := other.Resolve(context.Background(), other.NewEntry(req.Ref()))
					require.NoError(t, err)
					_, err = other.Settle(context.Background(), held, settlement(payneteasy.DecisionNotSent))
					require.NoError(t, err)
					_, err = other.Payout(context.Background(), req)
					require.NoError(t, err)
				}
			}
			_, err := newClient(t, config).Payout(t.Context(), req)
			require.Error(t, err, name)
			require.Len(t, gateway.Orders(name), map[bool]int{true: 1, false: 0}[settles], name)
		}
	})
}

// TestPausedQuestion checks that "not known" does not count if the question began before the window was over, although
// the journal's clock says later that it is over.
func TestPausedQuestion(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		memory *payneteasytest.MemoryJournal,
	) {
		journal, base := &otherClock{Journal: memory}, config.HTTPClient.Transport
		config.Journal = journal
		config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			resp, err := base.RoundTrip(req)
			journal.ahead.Add(int64(time.Hour))
			return resp, err
		})}
		client := newClient(t, config)
		journalWith(t, client, memory, func(e *payneteasy.Entry) { e.Send, e.Attempt = "refused", "a" })
		for _, want := range []payneteasy.Decision{payneteasy.DecisionRefused, payneteasy.DecisionRejected} {
			entry, _, err := client.Refresh(t.Context(), stored(t, memory))
			require.NoError(t, err)
			require.Equal(t, want, entry.Decision())
		}
	})
}

// TestQueuedPayout checks that "not known" changes nothing about a payout that is only created, because it is not sent
// yet.
func TestQueuedPayout(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		memory *payneteasytest.MemoryJournal,
	) {
		client := newClient(t, config)
		journalWith(t, client, memory, func(e *payneteasy.Entry) { e.Send = "created" })
		_, err := client.Resolve(t.Context(), about(t, client))
		require.NoError(t, err)
		require.Equal(t, "created", stored(t, memory).Send)
	})
}

// TestForeignKey checks that an entry with another ID is no entry of the payout, as from a database that ignores case.
func TestForeignKey(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		memory *payneteasytest.MemoryJournal,
	) {
		config.Journal = &ignoringCase{MemoryJournal: memory}
		client, one, two := newClient(t, config), request(t), request(t)
		two.ClientOrderID = strings.ToUpper(one.ClientOrderID)
		_, err := client.Payout(t.Context(), one)
		require.NoError(t, err)
		_, err = client.Payout(t.Context(), two)
		require.ErrorIs(t, err, payneteasy.ErrNotSent)
		require.ErrorContains(t, err, `the journal returned the entry of "payout-0001" for client_orderid "PAYOUT-0001"`)
		_, err = client.Wait(t.Context(), client.NewEntry(two.Ref()), nil)
		require.ErrorContains(t, err, "the journal returned the entry")
		require.Len(t, gateway.Orders(), 1)
	})
}

type ignoringCase struct{ *payneteasytest.MemoryJournal }

func (j *ignoringCase) Get(ctx context.Context, id string) (payneteasy.Entry, time.Time, error) {
	return j.MemoryJournal.Get(ctx, strings.ToLower(id))
}

// TestEntryOfAnotherClient checks that a client with a journal follows the payout of a client without one, and stores
// it.
func TestEntryOfAnotherClient(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		memory *payneteasytest.MemoryJournal,
	) {
		plain := config
		plain.Journal = nil
		payout, err := newClient(t, plain).Payout(t.Context(), request(t))
		require.NoError(t, err)
		require.Positive(t, payout.Entry.Revision)
		entry, err := newClient(t, config).Wait(t.Context(), payout.Entry, nil)
		require.NoError(t, err)
		require.Equal(t, isPaid, entry.Decision())
		require.Equal(t, entry.Orders, stored(t, memory).Orders)
		require.Equal(t, payout.Entry.Attempt, stored(t, memory).Attempt)
	})
}

// TestUnknownPayoutOfAnotherClient checks that a client with a journal holds the unknown payout of a client without one
// when its window is over.
func TestUnknownPayoutOfAnotherClient(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		memory *payneteasytest.MemoryJournal,
	) {
		plain := config
		plain.Journal = nil
		gateway.FailNext(payneteasytest.LoseReply())
		_, err := newClient(t, plain).Payout(t.Context(), request(t))
		failed, ok := errors.AsType[*payneteasy.Error](err)
		require.True(t, ok)
		gateway.Hide("payout-0001", true)
		entry, err := newClient(t, config).Resolve(t.Context(), failed.Entry)
		require.NoError(t, err)
		require.Equal(t, payneteasy.CauseHeld, entry.Cause())
		require.Equal(t, payneteasy.CauseHeld, stored(t, memory).Cause())
	})
}
