package payneteasy_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestUnwrittenDecision checks that a decision which could not be stored must not be booked, because the journal could
// not detect a later contradiction. The error still has the answer, and says how the wait ended.
func TestUnwrittenDecision(t *testing.T) {
	for name, ask := range map[string]func(context.Context, *payneteasy.Client, payneteasy.Entry) (payneteasy.Entry,
		error){
		"Wait": func(ctx context.Context, c *payneteasy.Client, e payneteasy.Entry) (payneteasy.Entry, error) {
			return c.Wait(ctx, e, &payneteasy.WaitOptions{MaxWait: time.Minute})
		},
		"Recover": func(ctx context.Context, c *payneteasy.Client, _ payneteasy.Entry) (payneteasy.Entry, error) {
			recovered, err := c.Recover(ctx)
			return recovered[0].Entry, errors.Join(err, recovered[0].Err)
		},
	} {
		for account, found := range map[string]payneteasy.Decision{
			"1234567890": payneteasy.DecisionPaid,
			"0987654321": payneteasy.DecisionNotPaid,
		} {
			t.Run(name+" "+string(found), func(t *testing.T) {
				journaled(t,
					func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
						_ *payneteasytest.MemoryJournal,
					) {
						journal := &brokenJournal{}
						config.Journal = journal
						client, req := newClient(t, config), request(t)
						req.BankAccount.Number = account
						payout, err := client.Payout(t.Context(), req)
						require.NoError(t, err)
						<-time.After(time.Hour)
						journal.update = errors.New("no space left")
						entry, err := ask(t.Context(), client, payout.Entry)
						require.ErrorIs(t, err, journal.update)
						require.Equal(t, found, entry.Decision())
						require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
						require.Equal(t, payneteasy.DecisionPending, stored(t, journal).Decision())
						require.Len(t, gateway.Orders(), 1)
					})
			})
		}
	}
}

// TestUnwrittenAndEnded checks that the error says how the wait ended, and why the last answer could not be stored.
func TestUnwrittenAndEnded(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		gateway.SetAccount("1234567890", payneteasytest.Stuck())
		journal := &brokenJournal{}
		config.Journal = journal
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		journal.update = errors.New("no space left")
		_, err = client.Wait(t.Context(), payout.Entry, &payneteasy.WaitOptions{MaxWait: time.Minute})
		require.ErrorIs(t, err, journal.update)
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = client.Wait(ctx, payout.Entry, nil)
		require.ErrorIs(t, err, journal.update)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotContains(t, err.Error(), "\n")
	})
}

// TestResolveWithTheClockAhead checks that Resolve does not wait longer than the window if the clock was ahead or was
// set back.
func TestResolveWithTheClockAhead(t *testing.T) {
	journaled(t, func(t *testing.T, _ *payneteasytest.Gateway, config payneteasy.Config,
		_ *payneteasytest.MemoryJournal,
	) {
		config.Journal = nil
		client, began := newClient(t, config), time.Now()
		entry := about(t, client)
		entry.Began = began.Add(24 * time.Hour)
		entry, err := client.Resolve(t.Context(), entry)
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		require.Equal(t, entry.Window, time.Since(began))
		require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
	})
}

// TestMonotonicAge checks that the window of an entry from this process is measured with the monotonic clock.
func TestMonotonicAge(t *testing.T) {
	t.Parallel()
	config, journal := payneteasytest.NewGateway(t).Config(), &payneteasytest.MemoryJournal{}
	config.Journal = journal
	client := newClient(t, config)
	payout, err := client.Payout(t.Context(), request(t))
	require.NoError(t, err)
	for _, entry := range []payneteasy.Entry{payout.Entry, stored(t, journal), about(t, client)} {
		require.NotEqual(t, entry.Began.Round(0), entry.Began)
		require.Equal(t, entry.Began.Truncate(time.Microsecond), entry.Began.Round(0), "databases store microseconds")
	}
}
