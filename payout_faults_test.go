package payneteasy_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// requireTruth checks the rules about money for one call with any fault. There is at most one payout. It is accepted
// only with the right ID. It is never "not sent" or "rejected" if the order exists.
func requireTruth(t *testing.T, gateway *payneteasytest.Gateway, id string, payout *payneteasy.Payout, err error) {
	t.Helper()
	paid := gateway.Orders(id)
	require.LessOrEqual(t, len(paid), 1)
	requireOneOutcome(t, err, payneteasy.DecisionOf(err))
	switch payneteasy.DecisionOf(err) {
	case accepted:
		require.Len(t, paid, 1)
		require.Equal(t, paid[0].OrderID, payout.OrderID)
	case payneteasy.DecisionNotSent, payneteasy.DecisionRejected:
		require.Empty(t, paid, "%v", err)
	case payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionPaid,
		payneteasy.DecisionNotPaid, payneteasy.DecisionReversed, payneteasy.DecisionReview:
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		if failed.OrderID != "" {
			require.Len(t, paid, 1)
			require.Equal(t, paid[0].OrderID, failed.OrderID)
		}
	}
}

// sweep is longer than any reply to a payout.
const sweep = 220

// TestByteSweep cuts a payout's reply at every byte. It tries replies with and without Content-Length, as a form with
// and without a last LF, as JSON, and over both HTTP versions. If decodeForm took every value as complete, an order ID
// would be wrong, such as "6", "69" or "698".
func TestByteSweep(t *testing.T) {
	t.Parallel()
	step := 1
	if testing.Short() { // with the race detector too, because all cuts take the same path
		step = 5
	}
	for _, http2 := range []bool{false, true} {
		for _, format := range []string{"form", "form with a last LF", "JSON"} {
			t.Run(fmt.Sprintf("http2=%v %s", http2, format), func(t *testing.T) {
				t.Parallel()
				gateway := payneteasytest.NewGateway(t)
				gateway.SetLastLF(format == "form with a last LF")
				gateway.SetStepTime(0)
				config := speaking(gateway, http2)
				config.PreferJSON = format == "JSON"
				client := newClient(t, config)
				decisions := map[payneteasy.Decision]int{}
				for n := 0; n < sweep; n += step {
					for _, fault := range []payneteasytest.Fault{
						payneteasytest.CutReply(n),
						payneteasytest.CutReplyWithoutLength(n),
					} {
						gateway.FailNext(fault)
						req := request(t)
						req.ClientOrderID = fmt.Sprintf("%03d %.20s", n, fault)
						payout, err := client.Payout(t.Context(), req)
						requireTruth(t, gateway, req.ClientOrderID, payout, err)
						decisions[payneteasy.DecisionOf(err)]++
					}
				}
				if format != "JSON" { // JSON is broken wherever it is cut
					require.Positive(t, decisions[accepted], "a reply that is whole as far as it matters")
				}
				require.Len(t,
					slices.DeleteFunc(slices.Collect(maps.Keys(decisions)),
						func(d payneteasy.Decision) bool { return d == accepted }), 1)
				require.Greater(t, decisions[payneteasy.DecisionUnknown], 100/step)
			})
		}
	}
}

// TestFaults tries every fault over both HTTP versions. The outcome is true or unknown, and there is at most one
// payout. Resolve and Wait find the true outcome afterwards. A payout that the gateway does not know is held, or
// rejected if it was refused. The test fails if GetBody is set without the guard against a second connection, because
// RST_STREAM and GOAWAY are sent twice then. It also fails if an error with an order ID, or any 403, is taken as a
// rejection.
func TestFaults(t *testing.T) {
	t.Parallel()
	faults := []payneteasytest.Fault{
		payneteasytest.ResetBeforeBody(), payneteasytest.ResetWithinBody(), payneteasytest.ResetAfterBody(),
		payneteasytest.LoseReply(),
		payneteasytest.LateReply(time.Hour), payneteasytest.SlowReply(time.Hour), payneteasytest.AccessDenied(),
		payneteasytest.EmptyReply(),
		payneteasytest.EmptyReply().AfterAcceptance(), payneteasytest.ReplyOfOrder("another", "1"),
		payneteasytest.ReplyOfOrder("payout-0001", ""),
		payneteasytest.ReplyOfType("maybe"), payneteasytest.ReplyOfType("error"),
		payneteasytest.ReplyOfType("validation-error"), payneteasytest.ReplyOfType("async-form-response"),
		payneteasytest.TooManyRequests(time.Second), payneteasytest.TooManyRequests(time.Second).AfterAcceptance(),
	}
	for code := range uint32(14) {
		faults = append(faults, payneteasytest.ResetStream(code), payneteasytest.ResetStream(code).AfterAcceptance(),
			payneteasytest.GoAway(code), payneteasytest.GoAway(code).AfterAcceptance())
	}
	for _, status := range []int{401, 403, 404, 408, 409, 500, 502, 503, 504} {
		faults = append(faults, payneteasytest.Page(status, "Sorry"),
			payneteasytest.Page(status, "Sorry").AfterAcceptance())
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		faults = append(faults, payneteasytest.RedirectReply(status, "/paynet/api/v4/payout/39915"),
			payneteasytest.RedirectReply(status, "/").AfterAcceptance())
	}
	for _, http2 := range []bool{false, true} {
		for _, fault := range faults {
			t.Run(fmt.Sprintf("%s http2=%v", fault, http2), func(t *testing.T) {
				t.Parallel()
				gateway := payneteasytest.NewGateway(t)
				config := speaking(gateway, http2)
				config.Journal = &payneteasytest.MemoryJournal{}
				patient := newClient(t, config)
				ctx := t.Context()
				if name := fault.String(); name == "late reply" || name == "slow reply" {
					ctx = untilAccepted(ctx, gateway)
				}
				gateway.FailNext(fault)
				req := request(t)
				payout, err := newClient(t, config).Payout(ctx, req)
				requireTruth(t, gateway, req.ClientOrderID, payout, err)
				require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
				refused := payneteasy.DecisionOf(err) == payneteasy.DecisionRefused
				require.Equal(t, denies(fault), refused)
				entry, err := patient.Resolve(t.Context(), afterWindow(t, config.Journal, req.ClientOrderID))
				require.NoError(t, err)
				switch {
				case len(gateway.Orders()) > 0:
					entry, err = patient.Wait(t.Context(), entry, nil)
					require.NoError(t, err)
					require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
				case refused:
					require.Equal(t, payneteasy.DecisionRejected, entry.Decision())
				default:
					require.Equal(t, payneteasy.DecisionReview, entry.Decision())
					require.Equal(t, payneteasy.CauseHeld, entry.Cause())
				}
				stored, _, err := config.Journal.Get(t.Context(), req.ClientOrderID)
				require.NoError(t, err)
				require.Equal(t, entry.Decision(), stored.Decision())
			})
		}
	}
}

// denies reports whether a fault is an answer that counts as a refusal.
func denies(fault payneteasytest.Fault) bool {
	return slices.Contains([]string{
		payneteasytest.AccessDenied().String(), payneteasytest.Page(401, "Sorry").String(),
		payneteasytest.Page(401, "Sorry").AfterAcceptance().String(),
	}, fault.String())
}

// afterWindow makes a stored entry older than its window.
func afterWindow(t *testing.T, journal payneteasy.Journal, id string) payneteasy.Entry {
	t.Helper()
	entry, _, err := journal.Get(t.Context(), id)
	require.NoError(t, err)
	entry.Began = entry.Began.Add(-entry.Window)
	entry.Revision++
	require.NoError(t, journal.Put(t.Context(), entry))
	return entry
}

// untilAccepted returns a context that ends when the gateway has an order of the payout.
func untilAccepted(ctx context.Context, gateway *payneteasytest.Gateway) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
		go func() {
			defer cancel()
			for {
				changed := gateway.Changed()
				if len(gateway.Orders()) > 0 {
					return
				}
				select {
				case <-changed:
				case <-ctx.Done():
					return
				}
			}
		}()
	}})
}

// TestFaultsOfStatus checks that a broken answer neither ends Wait nor changes its result.
func TestFaultsOfStatus(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetStepTime(0)
	gateway.FailOrder("payout-0001",
		payneteasytest.SlowReply(0), // a fault of the payout itself, and harmless
		payneteasytest.NotFoundYet(), payneteasytest.ResetBeforeBody(), payneteasytest.LoseReply(),
		payneteasytest.Page(502, "Sorry"), payneteasytest.CutReply(150),
		payneteasytest.CutReplyWithoutLength(150), payneteasytest.EmptyReply(), payneteasytest.ReplyOfType("error"),
		payneteasytest.ReplyOfOrder("another", "1"),
		payneteasytest.RedirectReply(302, "/"), payneteasytest.TooManyRequests(0),
	)
	client := newClient(t, gateway.Config())
	payout, err := client.Payout(t.Context(), request(t))
	require.NoError(t, err)
	entry, err := client.Wait(t.Context(), payout.Entry, nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
}

// TestOutages checks 24 hours of polling in virtual time, with a gateway that is offline for half of it. A failed poll
// must not end Wait.
func TestOutages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.SetStepTime(12 * time.Hour)
		gateway.SetOtherAccounts(payneteasytest.Stuck())
		gateway.SetAccount("1234567890", payneteasytest.Stuck())
		config := gateway.Config()
		began, polls := time.Now(), 0
		config.HTTPClient = &http.Client{Transport: outages{config.HTTPClient.Transport, began, &polls}}
		client := newClient(t, config)
		payout, err := client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		entry, err := client.Wait(t.Context(), payout.Entry, &payneteasy.WaitOptions{
			MaxWait: 24 * time.Hour, SlowAfter: 24 * time.Hour, MinInterval: time.Minute, MaxInterval: 2 * time.Minute,
		})
		require.ErrorIs(t, err, payneteasy.ErrWaitTimeout)
		require.Equal(t, payneteasy.StatusProcessing, entry.Status)
		require.Equal(t, payneteasy.DecisionPending, entry.Decision())
		require.Equal(t, 24*time.Hour, time.Since(began))
		require.Greater(t, polls, 900)
	})
}

// outages lets requests through in every second hour.
type outages struct {
	base  http.RoundTripper
	began time.Time
	polls *int
}

func (o outages) RoundTrip(req *http.Request) (*http.Response, error) {
	*o.polls++
	if int(time.Since(o.began)/time.Hour)%2 == 1 {
		return nil, http.ErrServerClosed
	}
	return o.base.RoundTrip(req)
}
