package payneteasy_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// faultyJournal fails in one call, before or after the call is done.
type faultyJournal struct {
	payneteasytest.MemoryJournal
	t     *testing.T
	calls int
	fails int // the number of the call that fails, from 1
	done  bool
	told  int
}

func (j *faultyJournal) call(do func() error) error {
	j.calls++
	if j.calls != j.fails {
		return do()
	}
	if j.done {
		_ = do()
	}
	return errors.New("no connection")
}

func (j *faultyJournal) Get(ctx context.Context, id string) (entry payneteasy.Entry, now time.Time, err error) {
	err = j.call(func() error { entry, now, err = j.MemoryJournal.Get(ctx, id); return err })
	return entry, now, err
}

func (j *faultyJournal) Put(ctx context.Context, entry payneteasy.Entry) error {
	return j.call(func() error {
		err := j.MemoryJournal.Put(ctx, entry)
		if err == nil {
			require.GreaterOrEqual(j.t, entry.Told.Seq, j.told, "Told.Seq goes down")
			j.told = entry.Told.Seq
		}
		return err
	})
}

// partCall is a callback about a part, and the status at that time.
type partCall struct{ says, part string }

// TestTellingWithFaults checks two processes with one journal. The journal fails once, at each of its calls, or the
// function fails or panics once. Each callback is repeated until it gets 200. At the end the whole amount is booked.
func TestTellingWithFaults(t *testing.T) {
	t.Parallel()
	parts := []partCall{
		{paid, ""},
		{partOf("reversal", "3.00", "3.00"), "3.00"},
		{partOf("reversal", "4.00", "7.00"), "4.00"},
		{partOf("reversal", "2.00", "9.00"), "2.00"},
	}
	for _, done := range []bool{false, true} {
		for fails := range 30 {
			for _, lag := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					walkParts(t, parts, &faultyJournal{t: t, fails: fails, done: done}, fails, lag)
				})
			}
		}
	}
}

func walkParts(t *testing.T, parts []partCall, journal *faultyJournal, fault int, lag bool) {
	name := fmt.Sprintf("call %d, lag %t, done %t", fault, lag, journal.done)
	says := paid
	var merchant books
	tellings := 0
	var handlers []*payneteasy.CallbackHandler
	for range 2 {
		handler := clientOf(t, journal,
			&says).CallbackHandler(func(ctx context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
			if tellings++; tellings == fault {
				panic("the books are closed")
			}
			return merchant.book(ctx, news, cb)
		})
		handler.Order = order1042(t)
		handlers = append(handlers, handler)
	}
	for i, part := range parts {
		var changes []string
		if part.part != "" {
			changes = []string{"type", "reversal", "amount", part.part}
		}
		code := 0
		for try := range 5 {
			if !lag || try > 0 {
				says = part.says
			}
			if code = calledBack(handlers[(i+try)%2], changes...); code == http.StatusOK {
				break
			}
			<-time.After(5 * time.Minute)
		}
		require.Equal(t, http.StatusOK, code, name)
	}
	journal.fails = 0
	require.Equal(t, "9.00", merchant.booked.TakenBack.Decimal(), name)
	require.Equal(t, merchant.booked.Seq, stored(t, journal).Told.Seq, name)
	require.Zero(t, stored(t, journal).Telling, name)
}
