package ecommpay

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// saying is a client, fit for virtual time, of a platform that answers each question with this. Without an answer it cannot
// be reached.
func saying(t *testing.T, says *string) *Client {
	t.Helper()
	client, err := NewClient(Config{
		ProjectID: 91348, SecretKey: payneteasy.NewSecret("secret"), BaseURL: "http://localhost",
		HTTPClient: &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
			if *says == "" {
				return nil, errors.New("no route to host")
			}
			return &http.Response{
				StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader(*says)), ContentLength: int64(len(*says)), Request: req,
			}, nil
		})},
	})
	require.NoError(t, err)
	return client
}

// books are a merchant's, who follows the rule: book only above the last Seq.
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

// losingStore does not store what it is given while it loses, as a database does when the process dies before the end of a
// callback.
type losingStore struct {
	keepingStore
	loses bool
}

func (s *losingStore) End(ctx context.Context, payment, record string) error {
	if s.loses {
		return nil
	}
	return s.keepingStore.End(ctx, payment, record)
}

// TestSeqOfLostRecords: what was told and could not be kept is told again, and what is told next is above it.
func TestSeqOfLostRecords(t *testing.T) {
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

// TestErrorsOfOnePaymentID: it may be registered again after an error. The second error is news, and an old registration is
// none, also when the platform cannot be asked.
func TestErrorsOfOnePaymentID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		says := statusOf(t, "processing", "")
		var merchant books
		handler := saying(t, &says).CallbackHandler(merchant.book)
		registrations := []string{seedCallback(t), signed(t, strings.Replace(`{"payment":{"id":"cosmoshop_payout_1323","type":"payout",
			"status":"awaiting_payout_completion"},"uuid":"second","uuid_expired_at":"AT"}`, "AT", seedTime(), 1))}
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

// TestErrorThatWasNotTold: the function has failed for it. A registration that is sent again does not take its Seq.
func TestErrorThatWasNotTold(t *testing.T) {
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
