package payneteasy_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// teller is one of several processes with one journal. Its function waits until the test lets it continue.
type teller struct {
	handler        *payneteasy.CallbackHandler
	entered, leave chan bool
}

// tellerOf returns a teller whose function books the news in b.
func tellerOf(t *testing.T, journal payneteasy.Journal, says *string, b *books) *teller {
	p := &teller{entered: make(chan bool), leave: make(chan bool)}
	p.handler = clientOf(t, journal,
		says).CallbackHandler(func(ctx context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
		p.entered <- true
		<-p.leave
		return b.book(ctx, news, cb)
	})
	p.handler.Order = order1042(t)
	return p
}

// call starts a callback and returns when its function was called. The HTTP status comes on the returned channel.
func (p *teller) call(changes ...string) chan int {
	code := make(chan int)
	go func() { code <- calledBack(p.handler, changes...) }()
	<-p.entered
	return code
}

// TestTellingOneAtATime checks a reversal that reaches another process while the first one is still booking the
// payment.
func TestTellingOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := paid
		journal := &payneteasytest.MemoryJournal{}
		var merchant books
		slow, quick := tellerOf(t, journal, &says, &merchant), tellerOf(t, journal, &says, &merchant)
		first := slow.call()
		says = partOf("reversal", "10.42", "10.42")
		require.Equal(t, http.StatusServiceUnavailable, calledBack(quick.handler, "type", "reversal"),
			"the other process is telling")
		require.Equal(t, isReversed, stored(t, journal).Decision(), "the answer is stored anyway")
		slow.leave <- true
		<-slow.entered // the reversal, which it finds after it has booked
		slow.leave <- true
		require.Equal(t, http.StatusOK, <-first)
		require.Equal(t, http.StatusOK, calledBack(quick.handler, "type", "reversal"))
		require.Len(t, merchant.told, 2)
		require.Equal(t, isReversed, merchant.booked.Decision)
		for _, news := range merchant.told {
			require.False(t, news.Again)
		}
		require.Equal(t, merchant.booked.Seq, stored(t, journal).Told.Seq)
		require.Zero(t, stored(t, journal).Telling)
		require.Len(t, stored(t, journal).Told.Claims, 1)
	})
}

// TestTellingExpires checks a process that hangs while it tells. After three minutes another process tells, and the
// first one then books old news.
func TestTellingExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := paid
		journal := &payneteasytest.MemoryJournal{}
		var merchant books
		hangs, other := tellerOf(t, journal, &says, &merchant), tellerOf(t, journal, &says, &merchant)
		first := hangs.call()
		says = partOf("reversal", "10.42", "10.42")
		<-time.After(3*time.Minute - time.Second)
		require.Equal(t, http.StatusServiceUnavailable, calledBack(other.handler, "type", "reversal"))
		<-time.After(time.Second)
		second := other.call("type", "reversal")
		hangs.leave <- true
		require.Equal(t, http.StatusServiceUnavailable, <-first, "the reversal is being told")
		require.Equal(t, isPaid, merchant.booked.Decision)
		require.NotEmpty(t, stored(t, journal).Telling.By, "the other process tells")
		other.leave <- true
		require.Equal(t, http.StatusOK, <-second)
		require.Equal(t, isReversed, merchant.booked.Decision)
		require.Equal(t, merchant.booked.Seq, stored(t, journal).Told.Seq)
		require.Equal(t, http.StatusOK, calledBack(hangs.handler))
		require.Len(t, merchant.told, 2)
	})
}

// TestTellingExpiresInOneProcess checks that news is told again by the same process if its function hangs.
func TestTellingExpiresInOneProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := paid
		journal := &payneteasytest.MemoryJournal{}
		var merchant books
		p := tellerOf(t, journal, &says, &merchant)
		first := p.call()
		<-time.After(3*time.Minute - time.Second)
		require.Equal(t, http.StatusServiceUnavailable, calledBack(p.handler))
		<-time.After(time.Second)
		second := p.call()
		p.leave <- true
		p.leave <- true
		require.Equal(t, http.StatusOK, <-second)
		require.Equal(t, http.StatusOK, <-first)
		require.NotEqual(t, merchant.told[0].Again, merchant.told[1].Again)
		require.Zero(t, stored(t, journal).Telling)
		require.Equal(t, http.StatusOK, calledBack(p.handler))
		require.Len(t, merchant.told, 2)
	})
}

// TestTellingOvertaken checks a process that hangs, and books after the other process has finished. Books that compare
// Seq still end at the reversal.
func TestTellingOvertaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := paid
		journal := &payneteasytest.MemoryJournal{}
		var merchant books
		hangs, other := tellerOf(t, journal, &says, &merchant), tellerOf(t, journal, &says, &merchant)
		first := hangs.call()
		<-time.After(3 * time.Minute)
		second := other.call()
		other.leave <- true
		require.Equal(t, http.StatusOK, <-second)
		require.True(t, merchant.told[0].Again, "the process that hangs may have told it")
		says = partOf("reversal", "10.42", "10.42")
		third := other.call("type", "reversal")
		other.leave <- true
		require.Equal(t, http.StatusOK, <-third)
		hangs.leave <- true
		require.Equal(t, http.StatusOK, <-first)
		require.Equal(t, []payneteasy.Decision{isPaid, isReversed, isPaid}, decisionsOf(merchant.told))
		require.Equal(t, isReversed, merchant.booked.Decision)
		require.Equal(t, merchant.booked.Seq, stored(t, journal).Told.Seq)
		require.Zero(t, stored(t, journal).Telling)
	})
}

// TestTellingNotWritten checks that news is told again with the same Seq if the function has booked it and the journal
// could not store that. This happens after the telling has expired, also if the process died.
func TestTellingNotWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := paid
		journal := &failingJournal{}
		var merchant books
		handler := clientOf(t, journal,
			&says).CallbackHandler(func(ctx context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
			if len(merchant.told) == 0 {
				journal.update = errors.New("no space")
			}
			return merchant.book(ctx, news, cb)
		})
		handler.Order = order1042(t)
		require.Equal(t, http.StatusServiceUnavailable, calledBack(handler))
		journal.update = nil
		restarted := clientOf(t, journal, &says).CallbackHandler(merchant.book)
		require.Equal(t, http.StatusServiceUnavailable, calledBack(restarted))
		require.Len(t, merchant.told, 1)
		<-time.After(3 * time.Minute)
		for range 2 {
			require.Equal(t, http.StatusOK, calledBack(restarted))
		}
		require.Len(t, merchant.told, 2)
		require.False(t, merchant.told[0].Again)
		require.True(t, merchant.told[1].Again)
		require.Equal(t, merchant.told[0].Seq, merchant.told[1].Seq)
	})
}

// TestTellingFails checks that another process can tell immediately after a function failed. The same news is marked as
// repeated, and later news is not.
func TestTellingFails(t *testing.T) {
	t.Parallel()
	for _, journal := range []payneteasy.Journal{&payneteasytest.MemoryJournal{}, nil} {
		says := paid
		var merchant books
		fails := errors.New("the books are closed")
		client := clientOf(t, journal, &says)
		handler := client.CallbackHandler(
			func(ctx context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
				return errors.Join(merchant.book(ctx, news, cb), fails)
			})
		handler.Order = order1042(t)
		require.Equal(t, http.StatusInternalServerError, calledBack(handler))
		require.Equal(t, http.StatusInternalServerError, calledBack(handler))
		says = partOf("reversal", "10.42", "10.42")
		require.Equal(t, http.StatusInternalServerError, calledBack(handler, "type", "reversal"))
		fails = nil
		require.Equal(t, http.StatusOK, calledBack(handler, "type", "reversal"))
		require.Equal(t, []payneteasy.Decision{isPaid, isPaid, isReversed, isReversed}, decisionsOf(merchant.told))
		for i, again := range []bool{false, true, false, true} {
			require.Equal(t, again, merchant.told[i].Again, i)
		}
	}
}

// TestSettlementBetweenTellings checks that a person can settle an order while its review is being told.
func TestSettlementBetweenTellings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := "&status=error\n" + ofPayout
		journal := &payneteasytest.MemoryJournal{}
		var merchant books
		p := tellerOf(t, journal, &says, &merchant)
		code := p.call("status", "error")
		_, err := clientOf(t, journal, &says).Settle(t.Context(), stored(t, journal), settlement(isPaid))
		require.NoError(t, err)
		p.leave <- true
		<-p.entered
		p.leave <- true
		require.Equal(t, http.StatusOK, <-code)
		require.Equal(t, []payneteasy.Decision{isReview, isPaid}, decisionsOf(merchant.told))
		require.Greater(t, merchant.told[1].Seq, merchant.told[0].Seq)
		require.Equal(t, merchant.booked.Seq, stored(t, journal).Told.Seq)
	})
}

// TestTellingByManyProcesses checks that no two processes call the function for one order at the same time, and that
// each news is booked once.
func TestTellingByManyProcesses(t *testing.T) {
	t.Parallel()
	const processes = 8
	says := paid
	journal := &payneteasytest.MemoryJournal{}
	var merchant books
	var inside, overlaps atomic.Int32
	handlers := make([]*payneteasy.CallbackHandler, processes)
	for i := range handlers {
		handlers[i] = clientOf(t, journal,
			&says).CallbackHandler(func(ctx context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
			if inside.Add(1) > 1 {
				overlaps.Add(1)
			}
			defer inside.Add(-1)
			return merchant.book(ctx, news, cb)
		})
		handlers[i].Order = order1042(t)
	}
	for _, status := range []string{paid, partOf("reversal", "3.00", "3.00"), partOf("reversal", "7.42", "10.42")} {
		says = status
		var group sync.WaitGroup
		for _, handler := range handlers {
			group.Go(func() { calledBack(handler) })
		}
		group.Wait()
		require.Equal(t, stored(t, journal).Seq, stored(t, journal).Told.Seq)
	}
	require.Zero(t, overlaps.Load())
	require.Equal(t, []payneteasy.Decision{isPaid, isReversed, isReversed}, decisionsOf(merchant.told))
}

// TestTransaction checks a merchant whose books and journal are in one database. The news and the entry that records it
// are stored together, or not at all.
func TestTransaction(t *testing.T) {
	t.Parallel()
	says := paid
	journal := &payneteasytest.MemoryJournal{}
	client := clientOf(t, journal, &says)
	journalWith(t, client, journal, func(*payneteasy.Entry) {})
	var booked []payneteasy.News
	var rolledBack error
	handler := client.CallbackHandler(nil)
	handler.Transaction = func(ctx context.Context, cb *payneteasy.Callback) (payneteasy.Entry, error) {
		row, _, err := journal.Get(ctx, cb.ClientOrderID)
		if err != nil {
			return row, err
		}
		entry, news := row.Tell()
		if news.Seq == 0 || rolledBack != nil {
			return entry, rolledBack
		}
		if err = journal.Put(ctx, entry); err == nil {
			booked = append(booked, news)
		}
		return entry, err
	}
	rolledBack = errors.New("the books are closed")
	require.Equal(t, http.StatusInternalServerError, calledBack(handler))
	require.Equal(t, isPaid, stored(t, journal).Decision(), "the answer is stored anyway")
	require.Less(t, stored(t, journal).Told.Seq, stored(t, journal).Seq)
	rolledBack = nil
	for range 2 {
		require.Equal(t, http.StatusOK, calledBack(handler))
	}
	require.Equal(t, http.StatusServiceUnavailable, calledBack(handler, "type", "reversal"), "ahead of the status")
	for _, part := range []string{"3.00", "7.42"} {
		says = partOf("reversal", part, map[string]string{"3.00": "3.00", "7.42": "10.42"}[part])
		require.Equal(t, http.StatusOK, calledBack(handler, "type", "reversal", "amount", part))
	}
	require.Equal(t, []payneteasy.Decision{isPaid, isReversed, isReversed}, decisionsOf(booked))
	for _, news := range booked {
		require.False(t, news.Again)
	}
	entry := stored(t, journal)
	require.Equal(t, entry.Seq, entry.Told.Seq)
	require.Len(t, entry.Told.Claims, 2)

	handler.Transaction = func(ctx context.Context, cb *payneteasy.Callback) (payneteasy.Entry, error) {
		entry, _, err := journal.Get(ctx, cb.ClientOrderID)
		return entry, err
	}
	says = "&status=declined\n" + ofPayout
	require.Equal(t, http.StatusServiceUnavailable, calledBack(handler, "status", "declined"), "it has told nothing")
	require.Less(t, stored(t, journal).Told.Seq, stored(t, journal).Seq)
}

// TestApprovedAfterAReversal checks that an old status makes the gateway call again. The status of a later question is
// used.
func TestApprovedAfterAReversal(t *testing.T) {
	t.Parallel()
	for _, journal := range []payneteasy.Journal{&payneteasytest.MemoryJournal{}, nil} {
		for later, want := range map[string]payneteasy.Decision{
			paid:                                 isReview,
			partOf("reversal", "10.42", "10.42"): isReversed,
		} {
			synctest.Test(t, func(t *testing.T) {
				says := partOf("reversal", "10.42", "10.42")
				handler, told := saysOf(t, journal, &says)
				require.Equal(t, http.StatusOK, calledBack(handler, "type", "reversal"))
				says = paid
				require.Equal(t, http.StatusServiceUnavailable, calledBack(handler))
				require.Len(t, *told, 1)
				<-time.After(time.Minute)
				says = later
				require.Equal(t, http.StatusOK, calledBack(handler))
				require.Equal(t, want, told.last().Decision)
			})
			if journal != nil {
				journal = &payneteasytest.MemoryJournal{}
			}
		}
	}
}

// TestNewsAgain checks that news is marked as repeated if it was told before, or if the function was called with it.
func TestNewsAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		entry payneteasy.Entry
		again bool
	}{
		"no news":                  {payneteasy.Entry{}, false},
		"never told":               {payneteasy.Entry{Seq: 2}, false},
		"told":                     {payneteasy.Entry{Seq: 2, Told: payneteasy.Told{Seq: 2}}, true},
		"the news before was told": {payneteasy.Entry{Seq: 2, Told: payneteasy.Told{Seq: 1}}, false},
		"being told":               {payneteasy.Entry{Seq: 2, Telling: payneteasy.Telling{Seq: 2, By: "a"}}, true},
		"told without success":     {payneteasy.Entry{Seq: 2, Telling: payneteasy.Telling{Seq: 2}}, true},
		"before being told":        {payneteasy.Entry{Seq: 2, Telling: payneteasy.Telling{Seq: 1, By: "a"}}, false},
	} {
		require.Equal(t, test.again, test.entry.News().Again, name)
	}
}

// TestSlowTelling checks that one process tells at a time, even if the write that begins it takes minutes, or the
// journal's clock is set back.
func TestSlowTelling(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ write, setBack time.Duration }{
		"slow write":     {write: 4 * time.Minute},
		"clock set back": {setBack: 10 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			memory, says := &payneteasytest.MemoryJournal{}, paid
			journal := &otherClock{Journal: memory}
			var first sync.Once
			journal.before = func(entry payneteasy.Entry) {
				if entry.Telling.By != "" {
					first.Do(func() { <-time.After(test.write) })
				}
			}
			var telling, most atomic.Int32
			tell := func(context.Context, payneteasy.News, *payneteasy.Callback) error { //nolint:unparam // it succeeds
				most.Store(max(most.Load(), telling.Add(1)))
				journal.ahead.Store(-int64(test.setBack))
				<-time.After(30 * time.Second)
				telling.Add(-1)
				return nil
			}
			one, two := clientOf(t, journal, &says), clientOf(t, journal, &says)
			journalWith(t, two, memory, withOrder("accepted", "open", ""))
			handler := two.CallbackHandler(tell)
			var group sync.WaitGroup
			group.Go(func() { calledBack(one.CallbackHandler(tell)) })
			group.Go(func() {
				<-time.After(test.write + time.Second)
				calledBack(handler)
			})
			group.Wait()
			require.EqualValues(t, 1, most.Load(), name)
			require.Equal(t, http.StatusOK, calledBack(handler), name)
		})
	}
}
