package payneteasy_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// journaled is a gateway in virtual time and a client with a journal.
func journaled(t *testing.T, test func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		journal := &payneteasytest.MemoryJournal{}
		config := gateway.Config()
		config.Journal = journal
		test(t, gateway, config, journal)
	})
}

func stateOf(t *testing.T, journal payneteasy.Journal) payneteasy.Entry {
	entry, err := journal.Get(context.Background(), "payout-0001")
	require.NoError(t, err)
	return entry
}

// TestJournalOfAPayout: intent, acceptance with ids, final status, and no second call with the id.
func TestJournalOfAPayout(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		entry := stateOf(t, journal)
		require.Equal(t, payneteasy.StateAccepted, entry.State)
		require.Equal(t, payout.OrderID, entry.OrderID)
		require.Equal(t, payout.Ref(), entry.Ref())
		require.Equal(t, []string{config.BaseURL, config.Login, "payout"}, []string{entry.BaseURL, entry.Login, entry.Command})
		_, err = client.Wait(t.Context(), payout.Ref(), nil)
		require.NoError(t, err)
		entry = stateOf(t, journal)
		require.Equal(t, payneteasy.StateFinal, entry.State)
		require.Equal(t, payneteasy.StatusApproved, entry.Status)

		_, err = client.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, payout.OrderID, failed.OrderID)
		require.Len(t, gateway.Orders(), 1)
	})
}

// TestJournalOfEachOutcome: what is written, and what may be called again.
func TestJournalOfEachOutcome(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*payneteasy.Config)
		state  payneteasy.State
		again  bool
	}{
		"rejected": {func(c *payneteasy.Config) { c.Login = "another" }, payneteasy.StateRejected, true},
		"not sent": {func(c *payneteasy.Config) {
			c.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: refuse}}
		}, payneteasy.StateNotSent, true},
		"unknown": {func(c *payneteasy.Config) { c.HTTPClient.Transport = failing{errors.New("lost")} }, payneteasy.StateUnknown, false},
	} {
		t.Run(name, func(t *testing.T) {
			journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
				good := config
				test.change(&config)
				_, err := newClient(t, config).Payout(t.Context(), request(t))
				require.Equal(t, string(test.state), string(payneteasy.OutcomeOf(err)))
				require.Equal(t, test.state, stateOf(t, journal).State)
				_, err = newClient(t, good).Payout(t.Context(), request(t))
				require.Equal(t, test.again, err == nil, "%v", err)
			})
		})
	}
}

// minding minds the context, as databases do.
type minding struct{ payneteasy.Journal }

func (j minding) Update(ctx context.Context, entry payneteasy.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return j.Journal.Update(ctx, entry)
}

// TestRecordsAreWrittenWhenTheContextHasEnded. Break seen red: conclude with the call's own context.
func TestRecordsAreWrittenWhenTheContextHasEnded(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		ctx, cancel := context.WithCancelCause(t.Context())
		config.HTTPClient.Transport = cancelling{cancel, errors.New("the browser went away")}
		config.Journal = minding{journal}
		_, err := newClient(t, config).Payout(ctx, request(t))
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		require.Equal(t, payneteasy.StateUnknown, stateOf(t, journal).State)
	})
}

func refuse(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }

// brokenJournal fails at one of its methods.
type brokenJournal struct {
	payneteasytest.MemoryJournal
	begin, update error
}

func (j *brokenJournal) Begin(ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
	if j.begin != nil {
		return payneteasy.Entry{}, j.begin
	}
	return j.MemoryJournal.Begin(ctx, entry)
}

func (j *brokenJournal) Update(ctx context.Context, entry payneteasy.Entry) error {
	if j.update != nil {
		return j.update
	}
	return j.MemoryJournal.Update(ctx, entry)
}

// TestBrokenJournal: without an intent nothing is sent; without a record of the acceptance the outcome is unknown, and
// the error has the ids.
func TestBrokenJournal(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, _ *payneteasytest.MemoryJournal) {
		full := errors.New("no space left")
		config.Journal = &brokenJournal{begin: full}
		_, err := newClient(t, config).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.OutcomeNotSent)
		require.ErrorIs(t, err, full)
		require.Empty(t, gateway.Orders())

		journal := &brokenJournal{update: full}
		config.Journal = journal
		_, err = newClient(t, config).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		require.ErrorIs(t, err, full)
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, gateway.Orders()[0].OrderID, failed.OrderID)
		require.Equal(t, payneteasy.StateSending, stateOf(t, journal).State)
	})
}

// TestOneCallAtATime: of concurrent calls with one id one is sent, with a journal and without. Break seen red: singlesend.InFlight that
// lets everybody in.
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
		outcomes := map[payneteasy.Outcome]int{}
		for range 8 {
			group.Go(func() {
				_, err := client.Payout(t.Context(), request(t))
				mu.Lock()
				defer mu.Unlock()
				outcomes[payneteasy.OutcomeOf(err)]++
				if err != nil && outcomes[payneteasy.OutcomeUnknown] == 7 {
					close(held)
				}
			})
		}
		group.Wait()
		require.Equal(t, map[payneteasy.Outcome]int{payneteasy.OutcomeAccepted: 1, payneteasy.OutcomeUnknown: 7}, outcomes)
		require.Len(t, gateway.Orders(), 1)
	}
}

// holding keeps requests back until it is told to let them go.
type holding struct {
	base http.RoundTripper
	held chan struct{}
}

func (h holding) RoundTrip(req *http.Request) (*http.Response, error) {
	<-h.held
	return h.base.RoundTrip(req)
}

// TestResolve: a lost answer, an order that takes its time to be known, and one that is never known.
func TestResolve(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		good := newClient(t, config)
		config.HTTPClient = &http.Client{Transport: &losingFirst{base: config.HTTPClient.Transport}}
		client := newClient(t, config)
		req := request(t)
		_, err := client.Payout(t.Context(), req)
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		payout, err := client.Resolve(t.Context(), req.Ref())
		require.NoError(t, err)
		require.Equal(t, gateway.Orders()[0].OrderID, payout.OrderID)
		require.Equal(t, payneteasy.StatusProcessing, payout.Status.Status)
		require.Equal(t, payneteasy.StateAccepted, stateOf(t, journal).State)

		other := req.Ref()
		other.ClientOrderID = "never sent"
		began := time.Now()
		_, err = good.Resolve(t.Context(), other)
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		require.ErrorIs(t, err, payneteasy.ErrHeld)
		require.Equal(t, 2*time.Minute, time.Since(began))
		require.ErrorContains(t, err, "not found")
		require.ErrorContains(t, err, "do not send it again")

		wrong := req.Ref()
		wrong.Amount, err = payneteasy.ParseAmount("99", "USD")
		require.NoError(t, err)
		config.Journal = nil
		_, err = newClient(t, config).Resolve(t.Context(), wrong)
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		require.ErrorContains(t, err, "it is of 10.42 USD, not of 99.00 USD")
	})
}

// losingFirst delivers the first request and loses its answer.
type losingFirst struct {
	base http.RoundTripper
	lost bool
}

func (l *losingFirst) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.base.RoundTrip(req)
	if err == nil && !l.lost {
		l.lost = true
		_ = resp.Body.Close()
		return nil, errors.New("lost")
	}
	return resp, err
}

// TestHeldAndSettled: what the gateway does not know is held, reported by Recover with one question, and closed by a
// person.
func TestHeldAndSettled(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		good := newClient(t, config)
		config.HTTPClient = &http.Client{Transport: failing{errors.New("lost")}}
		_, err := newClient(t, config).Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)
		require.ErrorContains(t, good.Settle(t.Context(), request(t).Ref(), payneteasy.VerdictNotSent, "x"), "only a held payout")

		began := time.Now()
		recovered, err := good.Recover(t.Context())
		require.NoError(t, err)
		require.Len(t, recovered, 1)
		require.ErrorIs(t, recovered[0].Err, payneteasy.ErrHeld)
		require.Equal(t, payneteasy.StateHeld, recovered[0].Entry.State)
		require.Equal(t, 2*time.Minute, time.Since(began))

		began = time.Now()
		calls := gateway.StatusCalls()
		recovered, err = good.Recover(t.Context())
		require.NoError(t, err)
		require.ErrorIs(t, recovered[0].Err, payneteasy.ErrHeld)
		require.Equal(t, calls+1, gateway.StatusCalls())
		require.Zero(t, time.Since(began))
		_, err = good.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)

		ref := request(t).Ref()
		require.ErrorContains(t, good.Settle(t.Context(), ref, payneteasy.VerdictNotSent, " "), "a reason is required")
		require.ErrorContains(t, good.Settle(t.Context(), ref, "maybe", "x"), "no verdict")
		require.NoError(t, good.Settle(t.Context(), ref, payneteasy.VerdictNotSent, "manager, by phone"))
		entry := stateOf(t, journal)
		require.Equal(t, payneteasy.StateSettled, entry.State)
		require.Equal(t, "manager, by phone", entry.Reason)
		_, err = good.Payout(t.Context(), request(t))
		require.NoError(t, err)
		require.Len(t, gateway.Orders(), 1)
	})
}

// TestRecover: on start, the unknown are resolved and the accepted are followed to their end.
func TestRecover(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, journal *payneteasytest.MemoryJournal) {
		gateway.SetAccount("0987654321", payneteasytest.Declined("Closed", "9"))
		client := newClient(t, config)
		for id, account := range map[string]string{"a": "1234567890", "b": "0987654321"} {
			req := request(t)
			req.ClientOrderID, req.BankAccount.Number = id, account
			_, err := client.Payout(t.Context(), req)
			require.NoError(t, err)
		}
		lossy := config
		lossy.HTTPClient = &http.Client{Transport: &losingFirst{base: config.HTTPClient.Transport}}
		req := request(t)
		req.ClientOrderID = "c"
		_, err := newClient(t, lossy).Payout(t.Context(), req)
		requireOneOutcome(t, err, payneteasy.OutcomeUnknown)

		recovered, err := newClient(t, config).Recover(t.Context())
		require.NoError(t, err)
		statuses := map[string]payneteasy.StatusCode{}
		for _, r := range recovered {
			require.NoError(t, r.Err)
			require.Equal(t, payneteasy.StateFinal, r.Entry.State)
			statuses[r.Entry.ClientOrderID] = r.Status.Status
		}
		require.Equal(t, map[string]payneteasy.StatusCode{"a": "approved", "b": "declined", "c": "approved"}, statuses)
		recovered, err = client.Recover(t.Context())
		require.NoError(t, err)
		require.Empty(t, recovered)
		require.Len(t, gateway.Orders(), 3)

		_, err = journal.Begin(t.Context(), payneteasy.Entry{ClientOrderID: "x", State: payneteasy.StateSending, BaseURL: payneteasy.ConnPayProduction, Login: "me"})
		require.NoError(t, err)
		_, err = client.Recover(t.Context())
		require.ErrorContains(t, err, "belongs to https://gate.connpay.com/paynet as me, not to https://localhost/paynet as TestMerchant")
	})
}

// recordingJournal notes what is written.
type recordingJournal struct {
	payneteasy.Journal
	note func(payneteasy.Entry)
}

func (j *recordingJournal) Begin(ctx context.Context, entry payneteasy.Entry) (payneteasy.Entry, error) {
	j.note(entry)
	return j.Journal.Begin(ctx, entry)
}

func (j *recordingJournal) Update(ctx context.Context, entry payneteasy.Entry) error {
	j.note(entry)
	return j.Journal.Update(ctx, entry)
}

// TestRecoverOfMany takes as long as one, and calls OnProgress one at a time.
func TestRecoverOfMany(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config, _ *payneteasytest.MemoryJournal) {
		gateway.SetAccount("1234567890", payneteasytest.Stuck())
		calls, running := 0, false
		config.Wait = payneteasy.WaitOptions{MaxWait: time.Hour, OnProgress: func(*payneteasy.Status) {
			if running {
				t.Error("two calls at a time")
			}
			running = true
			for range 10 {
				runtime.Gosched()
			}
			running = false
			calls++
		}}
		client := newClient(t, config)
		for i := range 64 {
			req := request(t)
			req.ClientOrderID = fmt.Sprint("order ", i)
			_, err := client.Payout(t.Context(), req)
			require.NoError(t, err)
		}
		began := time.Now()
		recovered, err := client.Recover(t.Context())
		require.NoError(t, err)
		require.Len(t, recovered, 64)
		require.GreaterOrEqual(t, calls, 64)
		require.Less(t, time.Since(began), 70*time.Minute) // virtual
	})
}
