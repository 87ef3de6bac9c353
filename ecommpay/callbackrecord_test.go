package ecommpay

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// books are the books of a merchant who books only above the last Seq.
type books struct {
	told   []payneteasy.News
	booked payneteasy.News
	fails  error
}

func (b *books) book(_ context.Context, news payneteasy.News, _ *Callback) error {
	b.told = append(b.told, news)
	if news.Seq > b.booked.Seq && b.fails == nil {
		b.booked = news
	}
	return b.fails
}

// TestLostRecordSeq checks that news that could not be stored is told again, and that the next news has a higher Seq.
func TestLostRecordSeq(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := statusOf(t, "processing", "")
		var merchant books
		handler := saying(t, &says).CallbackHandler(merchant.book)
		store := &losingStore{}
		handler.Store = store
		require.Equal(t, 200, served(handler, seedCallback(t)))
		<-time.After(time.Minute)
		says, store.loses = statusOf(t, "success", ""), true
		require.Equal(t, 200, served(handler, resultCallback(t, "success")))
		<-time.After(time.Minute)
		says, store.loses = statusOf(t, "reversed", ""), false
		require.Equal(t, 200, served(handler, resultCallback(t, "reversed")))
		require.Len(t, merchant.told, 3)
		require.Equal(t, payneteasy.DecisionReversed, merchant.booked.Decision, "it has a Seq of its own")
	})
}

// TestSecondError registers again after an error. The second error is news. An old registration is not, even if the
// platform cannot be asked.
func TestSecondError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := statusOf(t, "processing", "")
		var merchant books
		handler := saying(t, &says).CallbackHandler(merchant.book)
		registrations := []string{
			seedCallback(t),
			signed(t, strings.Replace(`{"payment":{"id":"cosmoshop_payout_1323","type":"payout",
			"status":"awaiting_payout_completion"},"uuid":"second","uuid_expired_at":"AT"}`, "AT", seedTime(), 1)),
		}
		for i, registered := range registrations {
			says = statusOf(t, "error", "")
			if i > 0 {
				require.Equal(t, 503, served(handler, registered), "the status may lag behind")
				says = ""
				require.Equal(t, 503, served(handler, registered), "it may be an old one")
			}
			says = statusOf(t, "processing", "")
			require.Equal(t, 200, served(handler, registered))
			require.Equal(t, payneteasy.DecisionPending, merchant.booked.Decision)
			says = statusOf(t, "error", "")
			require.Equal(t, 200, served(handler, resultCallback(t, "error")))
			require.Equal(t, payneteasy.CauseError, merchant.booked.Cause)
			require.Equal(t, 200, served(handler, registered), "an old one")
			says = ""
			require.Equal(t, 200, served(handler, registered), "an old one")
		}
		require.Len(t, merchant.told, 4)
	})
}

// TestUntoldError has a function that failed for an error. A repeated registration does not take the Seq of the error.
func TestUntoldError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := statusOf(t, "processing", "")
		var merchant books
		handler := saying(t, &says).CallbackHandler(merchant.book)
		registered := seedCallback(t)
		require.Equal(t, 200, served(handler, registered))
		says, merchant.fails = statusOf(t, "error", ""), errors.New("the books are closed")
		require.Equal(t, 500, served(handler, resultCallback(t, "error")))
		says, merchant.fails = "", nil
		served(handler, registered)
		says = statusOf(t, "error", "")
		require.Equal(t, 200, served(handler, resultCallback(t, "error")))
		require.Equal(t, payneteasy.CauseError, merchant.booked.Cause)
	})
}

// TestCallbackRecordSize checks that a record is at most 1 KiB, whatever the platform says.
func TestCallbackRecordSize(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", 128)
	truth := statusWith(t, "partially reversed", paysOut+`,{"id":"`+longest+
		`","type":"payout reversal","status":"success"}`)
	handler, got := told(t, func() string { return truth })
	store := &keepingStore{}
	handler.Store = store
	require.Equal(t, 200, served(handler, seedCallback(t)))
	require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "partially reversed", paysOut)))
	require.Len(t, *got, 1)
	require.Less(t, len(store.record), 1<<10)
	for _, broken := range []string{
		"reversed", "{}", strings.Replace(store.record, `"version":1`, `"version":2`, 1),
		strings.Replace(store.record, `"reversed"`, `"paid"`, 1),
	} {
		store.record = broken
		require.Equal(t, 503, served(handler, callbackWith(t, ofPayout, "partially reversed", takesBack2)), broken)
	}
	require.Len(t, *got, 1)
}
