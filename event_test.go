package payneteasy_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestPayoutEvents checks the events of each way in which a call that moves money can end.
func TestPayoutEvents(t *testing.T) {
	t.Parallel()
	say := func(status int, body string) answer { return answer{status, form, body, byLength} }
	notKnown, failed := say(200, orderNotFound), say(404, "no such page")
	for name, test := range map[string]struct {
		payout   answer
		question answer
		change   func(config *payneteasy.Config, req *payneteasy.PayoutRequest)
		want     []string
	}{
		"accepted": {payout: say(200, acceptedReply), want: []string{"decision: pending", payoutRoute + ": pending"}},
		"accepted by a group": {
			payout: say(200, acceptedReply),
			change: func(_ *payneteasy.Config, req *payneteasy.PayoutRequest) {
				req.Endpoint = payneteasy.EndpointGroupID(1144)
			},
			want: []string{"decision: pending", payoutRoute + ": pending"},
		},
		"accepted, not written": {
			payout: say(200, acceptedReply),
			change: func(config *payneteasy.Config, _ *payneteasy.PayoutRequest) {
				config.Journal = &failingJournal{update: errors.New("disk full")}
			},
			want: []string{payoutRoute + ": unknown"},
		},
		"unknown": {payout: say(502, "sorry"), want: []string{"decision: unknown", payoutRoute + ": unknown"}},
		"no reply": {
			change: func(config *payneteasy.Config, _ *payneteasy.PayoutRequest) {
				config.HTTPClient = &http.Client{Transport: speechless{}}
			},
			want: []string{"decision: unknown", payoutRoute + ": unknown"},
		},
		"not connected": {
			change: func(config *payneteasy.Config, _ *payneteasy.PayoutRequest) {
				config.HTTPClient = &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
					return nil, errors.New("no route to the host")
				})}
			},
			want: []string{"decision: unknown", payoutRoute + ": unknown"}, // such a transport proves nothing
		},
		"denied": {payout: say(401, "who are you"), want: []string{"decision: refused", payoutRoute + ": refused"}},
		"refused": {
			payout: says("error", "No such processor"), want: []string{"decision: refused", payoutRoute + ": refused"},
		},
		"refused for a parameter": {
			payout: says("validation-error", "Parameter account_number is required"), question: notKnown,
			want: []string{
				"decision: refused", payoutRoute + ": refused", statusRoute + ": not known", "decision: rejected",
			},
		},
		"refused for a parameter, not asked": {
			payout: says("validation-error", "Parameter account_number is required"), question: failed,
			want: []string{
				"decision: refused", payoutRoute + ": refused", statusRoute + ": bad reply",
				"question failed: bad reply",
			},
		},
		"invalid": {
			change: func(_ *payneteasy.Config, req *payneteasy.PayoutRequest) { req.ClientOrderID = "" },
			want:   []string{payoutRoute + ": not sent"},
		},
		"journal full": {
			change: func(config *payneteasy.Config, _ *payneteasy.PayoutRequest) { config.Journal = &fullJournal{} },
			want:   []string{payoutRoute + ": not sent"},
		},
		"duplicate": {
			change: func(config *payneteasy.Config, req *payneteasy.PayoutRequest) {
				plain := *config
				plain.HTTPClient, plain.Observe = replies(say(200, acceptedReply), notKnown), nil
				_, err := newClient(t, plain).Payout(context.Background(), req)
				require.NoError(t, err)
			},
			want: []string{payoutRoute + ": duplicate"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				config := configFor(t, "http://localhost/paynet", replies(test.payout, test.question))
				config.Journal = new(payneteasytest.MemoryJournal)
				all, req := observing(t, &config), request(t)
				if test.change != nil {
					test.change(&config, req)
				}
				_, err := newClient(t, config).Payout(t.Context(), req)
				events := slices.Clone(all.events)
				require.Equal(t, test.want, all.words())
				call := eventsOf[payneteasy.CallEvent](events)[0]
				require.Equal(t, payneteasy.OrderRef{
					Endpoint: call.Order.Endpoint, ClientOrderID: req.ClientOrderID, OrderID: call.Order.OrderID,
					Amount: req.Amount,
				}, call.Order)
				require.Equal(t, err == nil, call.Err == nil)
				if call.Err != nil {
					require.Equal(t, call.Decision, payneteasy.DecisionOf(call.Err),
						"also if Payout has learned more since")
				}
				if err == nil {
					require.Equal(t, "6982864", call.Order.OrderID)
					require.Equal(t, "00000000-0000-0000-0000-000002f4b9c5", call.SerialNumber)
					require.Equal(t, 200, call.HTTPStatus)
				}
				if !req.Endpoint.IsZero() {
					require.Equal(t, req.Endpoint, call.Order.Endpoint)
				}
			})
		})
	}
}

// TestFormAndRequestEvents checks the route of a form, and calls without a request or a context.
func TestFormAndRequestEvents(t *testing.T) {
	t.Parallel()
	config := configFor(t, "http://localhost/paynet",
		replies(answer{200, form, acceptedReply + "&redirect-url=https://a.example/\n", byLength}, answer{}))
	all := observing(t, &config)
	client := newClient(t, config)
	_, err := client.PayoutForm(t.Context(), request(t))
	require.NoError(t, err)
	require.Equal(t, []string{"decision: pending", formRoute + ": pending"}, all.words())
	_, err = client.Payout(t.Context(), nil)
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	_, err = client.Payout(nil, request(t)) //nolint:staticcheck // a caller's mistake
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.Payout(ended, request(t))
	require.ErrorIs(t, err, payneteasy.ErrNotSent)
	require.Equal(t, []string{payoutRoute + ": not sent", payoutRoute + ": not sent", payoutRoute + ": not sent"},
		all.words())
}

// TestQuestionEvents checks the events of each way in which a question can end.
func TestQuestionEvents(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer answer
		change func(config *payneteasy.Config)
		ref    payneteasy.OrderRef
		want   []string
	}{
		"answered": {
			answer: answer{200, form, state("approved", "done"), byLength}, want: []string{statusRoute + ": answered"},
		},
		"answered by v4": {
			answer: answer{200, form, state("approved", "done"), byLength},
			change: func(config *payneteasy.Config) { config.StatusV4 = true },
			want:   []string{statusV4Route + ": answered"},
		},
		"not known": {answer: answer{200, form, orderNotFound, byLength}, want: []string{statusRoute + ": not known"}},
		"access denied": {
			answer: answer{403, form, "no", byLength},
			want:   []string{statusRoute + ": access denied", "question failed: access denied"},
		},
		"invalid control": {
			answer: answer{200, form, "type=error\n&error-message=INVALID_CONTROL_CODE\n", byLength},
			want:   []string{statusRoute + ": invalid control", "question failed: invalid control"},
		},
		"another order": {
			answer: answer{
				200, form, strings.ReplaceAll(state("approved", "done"), "payout-0001", "payout-0002"),
				byLength,
			},
			want: []string{statusRoute + ": another order", "question failed: another order"},
		},
		"bad reply": {
			answer: answer{404, form, "no", byLength},
			want:   []string{statusRoute + ": bad reply", "question failed: bad reply"},
		},
		"busy": {
			answer: answer{503, form, "no", byLength},
			want: []string{
				statusRoute + ": bad reply", "back-off: retry", statusRoute + ": bad reply", "back-off: retry",
				statusRoute + ": bad reply", "question failed: bad reply",
			},
		},
		"no reply": {
			change: func(config *payneteasy.Config) { config.HTTPClient = &http.Client{Transport: speechless{}} },
			want: []string{
				statusRoute + ": no reply", "back-off: retry", statusRoute + ": no reply", "back-off: retry",
				statusRoute + ": no reply", "question failed: no reply",
			},
		},
		"invalid": {ref: payneteasy.OrderRef{ClientOrderID: " a"}, want: []string{"question failed: invalid"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				config := configFor(t, "http://localhost/paynet", replies(answer{}, test.answer))
				if test.change != nil {
					test.change(&config)
				}
				all := observing(t, &config)
				client := newClient(t, config)
				about := test.ref
				if about.ClientOrderID == "" {
					about = known(client).Ref()
				}
				for _, ask := range []func() error{
					func() error { _, err := client.Status(t.Context(), about); return err },
					func() error {
						_, err := client.Ask(
							t.Context(), client.NewEntry(withAmount(t, about)))
						return err
					},
				} {
					began := time.Now()
					err := ask()
					for _, failed := range eventsOf[payneteasy.QuestionFailedEvent](all.events) {
						require.Equal(t, err, failed.Err)
						require.Equal(t, about.ClientOrderID, failed.Order.ClientOrderID)
						require.Equal(t, config.Endpoint, failed.Order.Endpoint)
						require.Equal(t, time.Since(began), failed.Duration)
						require.Equal(t, began, failed.Began)
					}
					for _, call := range eventsOf[payneteasy.CallEvent](all.events) {
						require.Equal(t, config.Endpoint, call.Order.Endpoint)
						require.Equal(t, "6982864", call.Order.OrderID)
						require.Equal(t, outcomeOf(call) == "answered", call.Status == payneteasy.StatusApproved)
						require.Empty(t, call.Decision)
					}
					require.Equal(t, test.want, all.words())
				}
			})
		})
	}
}

// withAmount adds the amount that is needed to recognise an order without its order ID.
func withAmount(t *testing.T, ref payneteasy.OrderRef) payneteasy.OrderRef {
	ref.Amount = request(t).Amount
	return ref
}

// TestQuestionsThatAreNoCalls checks that a question which is refused before it is sent counts as failed.
func TestQuestionsThatAreNoCalls(t *testing.T) {
	t.Parallel()
	config := configFor(t, "http://localhost/paynet", replies(answer{}, answer{}))
	all := observing(t, &config)
	client := newClient(t, config)
	elsewhere := known(client)
	elsewhere.Login = "another"
	_, err := client.Ask(t.Context(), elsewhere)
	require.ErrorContains(t, err, "belongs to")
	_, err = client.Ask(t.Context(), client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0001"}))
	require.ErrorContains(t, err, "recognised by its amount")
	_, err = client.Status(nil, known(client).Ref()) //nolint:staticcheck // a caller's mistake
	require.ErrorContains(t, err, "context is nil")
	require.Equal(t, []string{"question failed: invalid", "question failed: invalid", "question failed: invalid"},
		all.words())
}

// TestEventErrors checks that Status does not change the error in the event of a call afterwards. A program may read
// the event later.
func TestEventErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := configFor(t, "http://localhost/paynet",
			&http.Client{Transport: inProcess{&busyGateway{status: 503, retryAfter: "45"}}})
		all := observing(t, &config)
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		_, err := newClient(t, config).Status(ctx, ref())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		events := all.take()
		require.NotErrorIs(t, eventsOf[payneteasy.CallEvent](events)[0].Err, context.DeadlineExceeded)
		require.ErrorIs(t, eventsOf[payneteasy.QuestionFailedEvent](events)[0].Err, context.DeadlineExceeded)
	})
}

// TestBackOffEvents checks that a pause for Retry-After is an event with its length. A pause within the interval makes
// no event.
func TestBackOffEvents(t *testing.T) {
	t.Parallel()
	twice := []payneteasy.BackOffEvent{
		{Reason: "retry-after", Pause: 20 * time.Second},
		{Reason: "retry-after", Pause: 20 * time.Second},
	}
	for name, test := range map[string]struct {
		status     int
		retryAfter string
		want       []payneteasy.BackOffEvent
	}{
		"retried":     {503, "20", twice},
		"not retried": {404, "20", twice},
		"soon":        {404, "1", nil},
		"none":        {404, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gateway := &busyGateway{status: test.status, retryAfter: test.retryAfter}
				config := configFor(t, "http://localhost/paynet", &http.Client{Transport: inProcess{gateway}})
				all := observing(t, &config)
				client := newClient(t, config)
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				_, err := client.Wait(ctx, known(client), nil)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				events := eventsOf[payneteasy.BackOffEvent](all.take())
				for i := range events {
					require.Equal(t, config.Endpoint, events[i].Order.Endpoint)
					require.Equal(t, "payout-0001", events[i].Order.ClientOrderID)
					events[i].Order = payneteasy.OrderRef{}
				}
				require.Equal(t, test.want, events)
			})
		})
	}
}

// onceSigner is a key that can be used once.
type onceSigner struct {
	crypto.Signer
	used bool
}

func (s *onceSigner) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	if s.used {
		return nil, errors.New("the key is locked")
	}
	s.used = true
	return s.Signer.Sign(random, digest, options)
}

// TestUnsignedQuestionEvents checks a question that cannot be signed again. Its event does not have the time of the
// call before.
func TestUnsignedQuestionEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := configFor(t, "http://localhost/paynet",
			&http.Client{Transport: constantly(answer{503, form, "busy", byLength})})
		config.StatusV4, config.PrivateKey = true, &onceSigner{Signer: config.PrivateKey}
		all := observing(t, &config)
		_, err := newClient(t, config).Status(t.Context(), ref())
		require.ErrorContains(t, err, "the key is locked")
		calls := eventsOf[payneteasy.CallEvent](all.take())
		require.Equal(t, []int{503, 0, 0}, []int{calls[0].HTTPStatus, calls[1].HTTPStatus, calls[2].HTTPStatus})
		for i, call := range calls[1:] {
			require.Equal(t, "no reply", outcomeOf(call))
			require.True(t, call.Began.After(calls[i].Began))
			require.Zero(t, call.Duration)
		}
	})
}
