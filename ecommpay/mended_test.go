package ecommpay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// What was wrong once, and must stay mended.

// TestLongNames take little memory, although they are repeated for each value below them.
func TestLongNames(t *testing.T) { //nolint:paralleltest // it measures the heap
	client := testClient(t, "")
	for _, kib := range []int{8, 16, 32, 64, 250} {
		half := kib << 10 / 2
		body := `{"signature":"x","` + strings.Repeat("a", half) + `":[0` + strings.Repeat(",0", half/2) + `]}`
		var b, a runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&b)
		_, err := client.ParseCallback(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
		runtime.ReadMemStats(&a)
		require.Error(t, err)
		require.Less(t, (a.TotalAlloc-b.TotalAlloc)>>20, uint64(64))
	}
}

// TestExistsAmongOtherCodes is not refused.
func TestExistsAmongOtherCodes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"status":"error","code":"502","message":"Validation failed"}`, // control: not doubtful by itself
		`{"status":"error","code":"2004","message":"Validation failed","errors":[{"code":"3041","message":"Payment ID already exists","field":"general.payment_id"}]}`,
		`{"status":"error","errors":[{"code":"2426","message":"Invalid email"},{"code":"3041","message":"Payment ID already exists"}]}`,
	} {
		client := answering(t, func(string, value) (int, string) { return 400, body })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		if strings.Contains(body, "3041") {
			require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
			require.ErrorIs(t, err, ErrPaymentExists)
		}
	}
}

// TestForeignRefusals reject nothing: another server's JSON, or a refusal that speaks of an operation.
func TestForeignRefusals(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		499: `{"code":1,"message":"context canceled","details":[]}`,
		400: `{"code":"RequestTimeout","message":"Your socket connection was not read from within the timeout period"}`,
		422: `{"status":"error","code":"2004","message":"x","payment":{"id":"cosmoshop_payout_1323","status":"awaiting_payout_completion"},"operation":{"id":500359719,"status":"processing"}}`,
	} {
		client := answering(t, func(string, value) (int, string) { return status, body })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err), body)
	}
}

// TestAgainAfterARefusedRepeat asks: what is refused now may have been registered before.
func TestAgainAfterARefusedRepeat(t *testing.T) {
	t.Parallel()
	var refuse atomic.Bool
	var posts, questions atomic.Int32
	client := answering(t, func(path string, asked value) (int, string) {
		if strings.HasSuffix(path, "status") {
			questions.Add(1)
			return 200, statusOf(t, "success", "") // it is paid
		}
		posts.Add(1)
		if refuse.Load() { // after a restart, on another machine
			return 403, `{"status":"error","code":"403","message":"Forbidden"}`
		}
		return 200, `{"status":"success","payment_id":"` + asked.get("general", "payment_id").text + `"}`
	})
	_, err := client.RegisterPayout(t.Context(), registration(t))
	require.NoError(t, err)
	refuse.Store(true)
	payout := client.NewPayout(registration(t)) // the same id; the ledger row said "registering"
	_, err = payout.Register(t.Context(), nil)
	require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
	require.Equal(t, payneteasy.DecisionRefused, payout.Decision())
	refuse.Store(false)
	anew := registration(t)
	anew.PaymentID = "second"
	_, err = payout.Again(t.Context(), anew)
	require.ErrorIs(t, err, ErrNotOver)
	require.EqualValues(t, 1, questions.Load())
	require.EqualValues(t, 2, posts.Load())
}

// TestAgainOfTwoPayouts of one payment id gives one successor.
func TestAgainOfTwoPayouts(t *testing.T) {
	t.Parallel()
	client, f := newFlow(t)
	f.set("decline")
	for i := range 2 {
		anew := registration(t)
		anew.PaymentID = fmt.Sprintf("new-%d", i)
		_, err := client.ResumePayout(registration(t), nil).Again(t.Context(), anew)
		if i == 1 {
			require.ErrorIs(t, err, ErrNotOver)
		}
	}
}

// TestUnknownStaysUnknown however often it is asked, and after a restart.
func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	client := answering(t, func(path string, _ value) (int, string) {
		if strings.HasSuffix(path, "status") {
			return 404, `{"status":"error","code":"3061","message":"Transaction not found"}`
		}
		return 502, `<html>Bad gateway</html>`
	})
	payout := client.NewPayout(registration(t))
	for i := range 2 {
		_, err := payout.Register(t.Context(), &WaitOptions{MaxWait: 10 * time.Millisecond})
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, i)
		require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err))
		require.Equal(t, payneteasy.DecisionUnknown, payout.Decision())
	}
	_, err := client.ResumePayout(registration(t), nil).Register(t.Context(), &WaitOptions{MaxWait: 10 * time.Millisecond})
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, "resumed")
}

// TestSuccessOfAnotherType is no payout's.
func TestSuccessOfAnotherType(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"purchase", "refund", "payout reversal", "card_verify"} {
		client := answering(t, func(path string, _ value) (int, string) {
			if strings.HasSuffix(path, "status") {
				return 200, signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"`+kind+`","status":"success","sum":{"amount":7000,"currency":"EUR"}},"operations":[{"id":1,"type":"sale","status":"success","code":"0"}]}`)
			}
			return 400, `{"status":"error","code":"3041","message":"Payment ID already exists"}`
		})
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.ErrorIs(t, err, ErrPaymentExists)
		status, err := client.Status(t.Context(), registration(t).Ref())
		require.NoError(t, err)
		require.NotEqual(t, payneteasy.DecisionPaid, status.decision(), kind)

		var got payneteasy.News
		handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, _ *Callback) error { got = news; return nil })
		served(handler, strings.ReplaceAll(resultCallback(t, "success"), "\x00", ""))
		require.NotEqual(t, payneteasy.DecisionPaid, got.Decision, "handler "+kind)
	}
}

// TestOldRegistration, sent again to a handler that has forgotten, tells the end instead; and a registration is told also
// when nobody can be asked.
func TestOldRegistration(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string { return statusOf(t, "success", "") })
	for range 2 {
		require.Equal(t, http.StatusOK, served(handler, seedCallback(t)))
	}
	require.Len(t, *got, 1)
	require.Equal(t, payneteasy.DecisionPaid, (*got)[0].Decision)
	_, registered := (*got)[0].Session()
	require.False(t, registered)
	require.Equal(t, http.StatusOK, served(handler, resultCallback(t, "success")))
	require.Len(t, *got, 1)

	handler, got = told(t, func() string { return statusOf(t, "decline", `,"errors":[{"code":"3104","message":"Limit"}]`) })
	require.Equal(t, http.StatusOK, served(handler, seedCallback(t)))
	require.Len(t, *got, 1)
	require.ErrorContains(t, (*got)[0].Refusal(), "code 3104") // which the registration does not know

	handler, got = told(t, func() string { return "nonsense" })
	require.Equal(t, http.StatusOK, served(handler, seedCallback(t)))
	require.Len(t, *got, 1)
	require.Nil(t, (*got)[0].Confirmed)
}

// TestCallbacksOfPurchases at the same URL are answered, and told to nobody.
func TestCallbacksOfPurchases(t *testing.T) {
	t.Parallel()
	purchase := signed(t, `{"payment":{"id":"order-1","type":"purchase","status":"success","sum":{"amount":7000,"currency":"EUR"}}}`)
	handler, got := told(t, func() string { return purchase })
	require.Equal(t, http.StatusOK, served(handler, purchase))
	require.Empty(t, *got)
}

// TestNotPaidNeedsNoDoubt of any kind. A payment whose operation is under way goes on.
func TestNotPaidNeedsNoDoubt(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"root says error":        `{"status":"error","code":"501","message":"Internal","payment":{"id":"cosmoshop_payout_1323","status":"decline"}}`,
		"not found, but decline": `{"payment":{"id":"cosmoshop_payout_1323","status":"decline"},"errors":[{"code":"3061","message":"Transaction not found"}]}`,
		"an operation succeeded": `{"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"decline"},"operations":[{"id":1,"type":"payout","status":"success","code":"0"},{"id":2,"type":"payout","status":"decline","code":"100"}]}`,
		"an operation under way": `{"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"decline"},"operations":[{"id":1,"type":"payout","status":"decline"},{"id":2,"type":"payout","status":"processing"}]}`,
		"paid in part":           `{"payment":{"id":"cosmoshop_payout_1323","status":"decline"},"operations":[{"id":1,"type":"payout","status":"partially paid out"},{"id":2,"type":"payout","status":"decline"}]}`,
		"came back":              `{"payment":{"id":"cosmoshop_payout_1323","status":"decline"},"operations":[{"id":1,"type":"payout","status":"reversed"},{"id":2,"type":"payout","status":"decline"}]}`,
		"no operation status":    `{"payment":{"id":"cosmoshop_payout_1323","status":"decline"},"operations":[{"id":1,"type":"payout","code":"0"},{"id":2,"type":"payout","status":"decline"}]}`,
		"other amount":           `{"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"decline","sum":{"amount":1,"currency":"USD"}}}`,
	} {
		client := answering(t, func(string, value) (int, string) { return 200, signed(t, body) })
		status, err := client.Status(t.Context(), registration(t).Ref())
		want := payneteasy.DecisionReview
		switch {
		case strings.Contains(name, "error"), strings.Contains(name, "not found"):
			require.Error(t, err)
			want = payneteasy.DecisionUnknown
		default:
			require.NoError(t, err)
		}
		if name == "an operation under way" || name == "no operation status" {
			want = payneteasy.DecisionPending
		}
		require.Equal(t, want, status.decision(), name)
	}
}

// TestReversalAheadOfTheStatus comes again until the status says so.
func TestReversalAheadOfTheStatus(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string { return statusOf(t, "success", "") })
	require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	require.Len(t, *got, 1)
	reversal := signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"success","sum":{"amount":7000,"currency":"EUR"}},
		"operation":{"id":9007199254740994,"type":"payout reversal","status":"success","code":"0"}}`)
	cb, err := parse(t, reversal)
	require.NoError(t, err)
	require.True(t, cb.reversed)
	require.Equal(t, 503, served(handler, reversal), "so that it comes again")
	require.Len(t, *got, 1)
}

// TestRegistrationWithoutATime comes again.
func TestRegistrationWithoutATime(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string { return statusOf(t, "awaiting_payout_completion", "") })
	for _, at := range []string{`"2030-04-24 13:50:37"`, `null`, `1908280000`} {
		code := served(handler, signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"awaiting_payout_completion"},"uuid":"abc","uuid_expired_at":`+at+`}`))
		require.False(t, code == 200 && len(*got) == 0, at)
	}
}

// TestNoLeaks of what the receiver gave, in the platform's words or in ours.
func TestNoLeaks(t *testing.T) {
	t.Parallel()
	r := registration(t)
	for name, text := range map[string]string{
		"customer %+v": fmt.Sprintf("%+v", r.Customer), "customer %#v": fmt.Sprintf("%#v", r.Customer),
		"registration %+v": fmt.Sprintf("%+v %#v", r, *r),
		"payload %+v":      fmt.Sprintf("%+v", struct{ R *PayoutRegistration }{r}),
	} {
		require.NotContains(t, text, "jeltz", name)
	}
	client := answering(t, func(path string, asked value) (int, string) {
		if strings.HasSuffix(path, "status") {
			return 200, signed(t, `{"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"decline"},"errors":[{"code":"2426","message":"Invalid email p.jeltz@mail.com, card 4242 4242 4242 4242, phone 44991234567"}]}`)
		}
		return 200, `{"status":"success","payment_id":"` + asked.get("general", "payment_id").text + `"}`
	})
	_, err := client.NewPayout(r).Register(t.Context(), nil)
	require.NotContains(t, err.Error(), "jeltz")
	require.NotContains(t, err.Error(), "4242 4242 4242")
	var waited *WaitError
	require.True(t, errors.As(err, &waited))
	for _, what := range []any{waited.Last, client, client.config, client.signer} {
		raw, err := json.Marshal(what)
		require.NoError(t, err)
		require.NotContains(t, string(raw), "jeltz")
		require.NotContains(t, string(raw)+fmt.Sprintf("%+v %#v", what, what), `secret"`)
	}

	client = answering(t, func(string, value) (int, string) {
		return 400, `{"code":"2004","message":"bad j\u00fcrgen@mail.com"` // cut
	})
	r.Customer.Email = "jürgen@mail.com"
	_, err = client.RegisterPayout(t.Context(), r)
	require.NotContains(t, err.Error(), "rgen@mail")
}

// TestRegisterAfterAgain posts nothing: another attempt has taken its place.
func TestRegisterAfterAgain(t *testing.T) {
	t.Parallel()
	client, f := newFlow(t)
	f.set("decline")
	p := client.NewPayout(registration(t))
	anew := registration(t)
	anew.PaymentID = "next"
	next, err := p.Again(t.Context(), anew)
	require.NoError(t, err)
	_, err = next.client.RegisterPayout(t.Context(), &next.registration)
	require.NoError(t, err)
	_, err = p.Register(t.Context(), nil)
	require.ErrorIs(t, err, ErrNotOver)
}

// TestLinkAsCallback: a signed link, which the receiver sees, is no callback.
func TestLinkAsCallback(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"payment", "general", "operation"} {
		_, err := testClient(t, "").PaymentPageURL(registration(t), session(t), &Page{Extra: map[string]string{name: "status:success"}})
		require.ErrorContains(t, err, name+" is the name of an object in callbacks")
	}
}

// TestCodesOfSomebodyElse, and of a payment that is being clarified, reject nothing.
func TestCodesOfSomebodyElse(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"03041", "3041.0", "1", "13", "3191", "123456", "x"} {
		client := answering(t, func(string, value) (int, string) { return 400, `{"status":"error","code":"` + code + `"}` })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, code)
	}
}

// TestRefusalsThatAreNone: a fault on the way, 3041 somewhere else, or what only a payment has that exists.
func TestRefusalsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"status":"error","code":"500"}`, `{"status":"error","code":"503"}`, `{"status":"error","code":"429"}`, `{"status":"error","code":"408"}`, `{"status":"error","code":"604"}`,
		`{"status":"error","code":"2004","errors":{"code":"3041"}}`, `{"status":"error","code":"2004","errors":{"payment_id":[{"code":"3041"}]}}`,
		`{"status":"error","code":"2004","error":{"code":"3041"}}`, `{"status":"error","code":"2004","operations":[{"id":5,"status":"processing"}]}`,
		`{"status":"error","code":"2004","operation":{"status":"processing"}}`, `{"status":"error","code":"2004","uuid":"abc"}`, `{"code":"2004","payment_id":5}`,
	} {
		client := answering(t, func(string, value) (int, string) { return 200, body })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown, body)
	}
}

// TestOldSession, told again, does not take the place of a newer one; and bad options are refused before anything leaves.
func TestOldSession(t *testing.T) {
	t.Parallel()
	var s sessions
	now := time.Now()
	s.put(&Session{PaymentID: "p", UUID: "new", ExpiresAt: now.Add(time.Minute)})
	s.put(&Session{PaymentID: "P", UUID: "old", ExpiresAt: now})
	require.Equal(t, "new", s.get("p").UUID)
	client, f := newFlow(t)
	_, err := client.NewPayout(registration(t)).Register(t.Context(), &WaitOptions{MinInterval: -1})
	require.ErrorContains(t, err, "WaitOptions.MinInterval is negative")
	require.Empty(t, f.posts)
}

// TestSessionsAreBounded: ten thousand are kept.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	var s sessions
	for i := range maxSessions + 100 {
		s.put(&Session{PaymentID: fmt.Sprint(i), ExpiresAt: time.Now().Add(time.Hour)})
	}
	require.Len(t, s.byID, maxSessions)
	require.NotNil(t, s.get(fmt.Sprint(maxSessions+99)))
	var f followed
	for i := range maxFollowed + 100 {
		require.True(t, f.add(fmt.Sprint(i)))
	}
	require.Len(t, f.ids, maxFollowed)
}

// TestCallbackContext: that the platform hangs up ends nothing.
func TestCallbackContext(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string { return statusOf(t, "success", "") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(resultCallback(t, "success"))).WithContext(ctx))
	require.Equal(t, http.StatusOK, w.Code)
	require.Len(t, *got, 1)
}

// TestSentinelsAreAllKnown: what another payout's failure puts into a context's cause never looks like this one's.
func TestSentinelsAreAllKnown(t *testing.T) {
	t.Parallel()
	own := map[string]bool{}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, object := range file.Scope.Objects {
			if object.Kind == ast.Var && strings.HasPrefix(object.Name, "Err") {
				own[object.Name] = true
			}
		}
	}
	ours := 0
	for _, sentinel := range sentinels {
		if strings.HasPrefix(sentinel.Error(), "ecommpay: ") {
			ours++
		}
		require.NotErrorIs(t, newCause(sentinel, masking.Masker{}), sentinel)
	}
	require.Len(t, own, ours)
}
