package ecommpay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// seedCallback is the seed's, with the faults of its JSON mended and a time that is not over.
func seedCallback(t testing.TB) string {
	t.Helper()
	return signed(t, `{"general":{"project_id":"91348","payment_id":"cosmoshop_payout_1323"},"request_id":"50715",
		"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"awaiting_payout_completion"},
		"operation":{"id":"500359719","type":"payout","status":"awaiting_payout_completion"},"customer":{"id":"16061314"},
		"sum_request":{"amount":"7000","currency":"EUR"},"transaction":{"type":"payout"},
		"uuid":"Lm3V9lmykig2d51Z/2Yrnue9+o5GTkVvY/sRDLKAnSS+AagnGCJ1nsPg==","uuid_expired_at":"`+seedTime()+`"}`)
}

func seedTime() string {
	return time.Now().Add(30 * time.Minute).UTC().Format("2006-01-02T15:04:05-0700")
}

// resultCallback is the basic format, with a result.
func resultCallback(t testing.TB, status string) string {
	t.Helper()
	return signed(t, `{"project_id":91348,"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"`+status+`","date":"2024-04-24T13:30:00+0000","method":"card","sum":{"amount":7000,"currency":"EUR"},"description":""},
		"account":{"number":"424242******4242","token":"c8175453f68ec7c8fb3f052b8d786c661261efebcb91155327a6c7b8f8e66359","type":"visa"},"customer":{"id":"16061314"},
		"operation":{"id":9007199254740993,"type":"payout","status":"`+status+`","date":"2024-04-24T13:30:00+0000","request_id":"1f6d","code":"0","message":"Success"}}`)
}

func parse(t *testing.T, body string) (*Callback, error) {
	t.Helper()
	return testClient(t, "").ParseCallback(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
}

func TestCallbacksAreTyped(t *testing.T) {
	t.Parallel()
	cb, err := parse(t, seedCallback(t))
	require.NoError(t, err)
	require.Equal(t, "cosmoshop_payout_1323", cb.PaymentID)
	require.Equal(t, "91348", cb.ProjectID)
	require.Equal(t, "50715", cb.RequestID)
	require.Equal(t, "payout", cb.Type)
	require.Equal(t, registration(t).Amount, cb.Amount)
	require.True(t, cb.Status.Is("awaiting payout completion"))
	require.False(t, cb.Status.Final())
	s, ok := cb.Session()
	require.True(t, ok)
	require.Equal(t, "16061314", s.CustomerID)
	link, err := testClient(t, "").PaymentPageURL(registration(t), s, nil)
	require.NoError(t, err)
	require.Contains(t, link, "uuid=Lm3V9lmykig2d51Z%2F2Yrnue9%2Bo5")

	cb, err = parse(t, resultCallback(t, "success"))
	require.NoError(t, err)
	require.Equal(t, "9007199254740993", cb.Operation.ID)
	require.Equal(t, "424242******4242", cb.AccountNumber)
	require.Len(t, cb.AccountToken.Reveal(), 64)
	require.Equal(t, time.Date(2024, 4, 24, 13, 30, 0, 0, time.UTC), cb.Operation.Date.UTC())
	require.NoError(t, cb.Refusal())
	require.Nil(t, cb.Confirmed, "nothing was confirmed")
	_, ok = cb.Session()
	require.False(t, ok)
	require.Contains(t, string(cb.Raw()), `"9007199254740993"`[1:17])
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", cb, *cb, *cb)} {
		require.NotContains(t, text, "c8175453")
		require.Contains(t, text, "cosmoshop_payout_1323")
	}
}

// TestRefusalsAreFound wherever the code of a refused registration stands, which is not documented.
func TestRefusalsAreFound(t *testing.T) {
	t.Parallel()
	for _, where := range []string{
		`"code":"317"`, `"code":317`, `"operation":{"code":"317","message":"Disabled"}`, `"errors":[{"code":"317"}]`, `"request":{"errors":[{"code":317}]}`,
		`"operations":[{"id":1,"code":"0"},{"id":2,"code":"317"}]`, `"operations":[{"id":10,"code":"317"},{"id":9,"code":"0"}]`,
	} {
		cb, err := parse(t, signed(t, `{"payment":{"id":"p","status":"error"},`+where+`}`))
		require.NoError(t, err)
		require.ErrorIs(t, cb.Refusal(), ErrPayoutsDisabled, where)
	}
}

// TestCallbacksThatAreRefused with a clear error, and nothing of them in it.
func TestCallbacksThatAreRefused(t *testing.T) {
	t.Parallel()
	sign := func(text string) string { return signed(t, text) }
	for _, test := range []struct {
		body   string
		status int
		is     error
	}{
		{`{"signature":5}`, 400, ErrMalformed},
		{`null`, 400, ErrMalformed},
		{`not JSON`, 400, ErrMalformed},
		{``, 400, ErrMalformed},
		{strings.Repeat("[", 1000), 400, ErrMalformed},
		{`{"payment":null,"general":null,"operation":null,"errors":null,"signature":null}`, 403, ErrUnsigned},
		{`{"payment":{"id":"p","status":"success"}}`, 403, ErrUnsigned},
		{strings.Replace(resultCallback(t, "success"), "7000", "7001", 1), 403, ErrForged},
		{strings.Replace(resultCallback(t, "decline"), "decline", "success", 2), 403, ErrForged},
		{sign(`{"payment":{"type":"payout","status":"success"}}`), 400, nil},
		{sign(`{"payment":{"id":"p","status":null},"operation":{"type":"payout reversal"}}`), 400, nil},
		{sign(`{"general":{"payment_id":"p"},"uuid":"u"}`), 400, nil},
		{sign(`{"project_id":1,"payment":{"id":"p","status":"success"}}`), 400, ErrMismatch},
		{`{"payment":{"id":"p","id":"q","status":"success"},"signature":"x"}`, 400, ErrMalformed},
		{`{"a":"` + strings.Repeat("x", maxMessage) + `"}`, 413, nil},
	} {
		_, err := parse(t, test.body)
		var refused *CallbackError
		require.ErrorAs(t, err, &refused, "%.80s", test.body)
		require.Equal(t, test.status, refused.HTTPStatus, "%.80s: %v", test.body, err)
		if test.is != nil {
			require.ErrorIs(t, err, test.is)
		}
		require.NotContains(t, err.Error(), "cosmoshop")
		require.Less(t, len(err.Error()), 200)
	}
	client := testClient(t, "")
	for _, test := range []struct {
		change func(*http.Request)
		status int
	}{
		{func(r *http.Request) { r.Method = http.MethodGet }, 405},
		{func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415},
		{func(r *http.Request) { r.ContentLength = 64 << 20 }, 413},
		{func(r *http.Request) { r.Body = io.NopCloser(failingReader{}) }, 400},
		{func(r *http.Request) { r.Body = nil }, 400},
		{func(r *http.Request) { r.Header["Content-Encoding"] = []string{"identity", "deflate"} }, 415},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(resultCallback(t, "success")))
		test.change(r)
		_, err := client.ParseCallback(r)
		var refused *CallbackError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, test.status, refused.HTTPStatus)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("reset") }

type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

// TestFlood: 64 MiB, or without end, take little memory.
func TestFlood(t *testing.T) { //nolint:paralleltest // it measures the heap
	handler := testClient(t, "").CallbackHandler(nil)
	body := &endless{}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 20 {
		r := httptest.NewRequest(http.MethodPost, "/", body)
		r.ContentLength = -1
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, body.read, 20*(1<<20))
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(8<<20))
}

// telling is one call of the merchant's function.
type telling struct {
	payneteasy.News
	*Callback
}

// contradicts reports whether the news could not follow from what was told before.
func (t telling) contradicts() bool {
	return t.Decision == payneteasy.DecisionReview && t.Cause == payneteasy.CauseChanged
}

// told is a handler of a platform that says this, and what it was told.
func told(t *testing.T, says func() string) (*CallbackHandler, *[]telling) {
	t.Helper()
	client := answering(t, func(path string, _ value) (int, string) {
		require.Equal(t, "/v2/payment/status", path)
		return 200, says()
	})
	var got []telling
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, cb *Callback) error {
		got = append(got, telling{news, cb})
		return nil
	})
	handler.Ref = func(context.Context, *Callback) (PayoutRef, error) { return registration(t).Ref(), nil }
	return handler, &got
}

// TestHandler tells a registration and an end once each, the latter as the platform says it when asked.
func TestHandler(t *testing.T) {
	t.Parallel()
	status := "processing"
	handler, got := told(t, func() string { return statusOf(t, status, "") })
	for range 2 {
		require.Equal(t, 200, served(handler, seedCallback(t)))
	}
	require.Len(t, *got, 1)
	require.Equal(t, 503, served(handler, resultCallback(t, "success")), "the platform itself does not say so yet")
	require.Equal(t, 200, served(handler, resultCallback(t, "processing")))
	require.Len(t, *got, 1)
	status = "success"
	for range 2 {
		require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	}
	require.Len(t, *got, 2)
	require.Equal(t, payneteasy.DecisionPending, (*got)[0].Decision, "a registration")
	require.Equal(t, payneteasy.DecisionPaid, (*got)[1].Decision)
	require.Equal(t, 200, served(handler, seedCallback(t)), "an old one tells nothing")
	require.Equal(t, 503, served(handler, resultCallback(t, "decline")), "an old one, or one that is ahead")
	require.Len(t, *got, 2)

	status = "reversed"
	require.Equal(t, 200, served(handler, resultCallback(t, "reversed")))
	require.Len(t, *got, 3)
	require.Equal(t, payneteasy.DecisionReversed, (*got)[2].Decision)
	require.False(t, (*got)[2].contradicts())
	require.Equal(t, 200, served(handler, resultCallback(t, "success")), "replayed: it tells what is so now")
	require.Len(t, *got, 3)

	status = "success"
	require.Equal(t, 503, served(handler, resultCallback(t, "success")), "the status may lag behind: it must say so twice")
	require.Len(t, *got, 3)
	for served(handler, resultCallback(t, "success")) != 200 { // until MinInterval has passed
		require.Len(t, *got, 3)
	}
	require.True(t, (*got)[3].contradicts())
	require.Equal(t, payneteasy.DecisionReview, (*got)[3].Decision)
}

// TestHandlerContradictions: declined and then paid, or the other way round, is for a person.
func TestHandlerContradictions(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"decline", "success"}, {"success", "decline"}, {"decline", "reversed"}} {
		status := pair[0]
		handler, got := told(t, func() string { return statusOf(t, status, "") })
		require.Equal(t, 200, served(handler, resultCallback(t, pair[0])))
		require.False(t, (*got)[0].contradicts())
		status = pair[1]
		for range 2 {
			require.Equal(t, 200, served(handler, resultCallback(t, pair[1])))
		}
		require.Len(t, *got, 2)
		last := (*got)[1]
		require.True(t, last.contradicts(), pair)
		require.Equal(t, payneteasy.DecisionReview, last.Decision, pair)
	}
}

// TestHandlerAfterAnError: an error is for a person, and what comes after it is told as what it is. The payment id may have
// been registered again.
func TestHandlerAfterAnError(t *testing.T) {
	t.Parallel()
	for later, decision := range map[string]payneteasy.Decision{
		"success": payneteasy.DecisionPaid, "decline": payneteasy.DecisionNotPaid, "reversed": payneteasy.DecisionReversed,
	} {
		status := "error"
		handler, got := told(t, func() string { return statusOf(t, status, "") })
		require.Equal(t, 200, served(handler, resultCallback(t, "error")))
		require.Equal(t, payneteasy.CauseError, (*got)[0].Cause)
		status = later
		require.Equal(t, 200, served(handler, resultCallback(t, later)))
		require.Equal(t, decision, (*got)[1].Decision)
		require.Greater(t, (*got)[1].Seq, (*got)[0].Seq)
	}
}

// TestCallbackRecordSize: a record is at most 1 KiB, whatever the platform says.
func TestCallbackRecordSize(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", 128)
	truth := statusWith(t, "partially reversed", paysOut+`,{"id":"`+longest+`","type":"payout reversal","status":"success"}`)
	handler, got := told(t, func() string { return truth })
	store := &keepingStore{}
	handler.Store = store
	require.Equal(t, 200, served(handler, seedCallback(t)))
	require.Equal(t, 200, served(handler, callbackWith(t, ofPayout, "partially reversed", paysOut)))
	require.Len(t, *got, 1)
	require.Less(t, len(store.record), 1<<10)
	for _, broken := range []string{"reversed", "{}", strings.Replace(store.record, `"version":1`, `"version":2`, 1), strings.Replace(store.record, `"reversed"`, `"paid"`, 1)} {
		store.record = broken
		require.Equal(t, 503, served(handler, callbackWith(t, ofPayout, "partially reversed", takesBack2)), broken)
	}
	require.Len(t, *got, 1)
}

// keepingStore keeps the last record.
type keepingStore struct{ record string }

func (s *keepingStore) Begin(context.Context, string) (string, error) { return s.record, nil }

func (s *keepingStore) End(_ context.Context, _, record string) error {
	s.record = record
	return nil
}

// TestHandlerAgain: the function has failed, and is called again with the same news, which says so.
func TestHandlerAgain(t *testing.T) {
	t.Parallel()
	client := answering(t, func(string, value) (int, string) { return 200, statusOf(t, "success", "") })
	var got []payneteasy.News
	failed := errors.New("the books are closed")
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, _ *Callback) error {
		got = append(got, news)
		return failed
	})
	require.Equal(t, 500, served(handler, resultCallback(t, "success")))
	failed = nil
	for range 2 {
		require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	}
	require.Len(t, got, 2)
	require.False(t, got[0].Again)
	require.True(t, got[1].Again)
	require.Equal(t, got[0].Seq, got[1].Seq)
	require.Equal(t, got[0].Paid, got[1].Paid)
	require.Equal(t, "70.00 EUR", got[0].Paid.String())
}

// TestHandlerAmounts: what was paid is not what was registered.
func TestHandlerAmounts(t *testing.T) {
	t.Parallel()
	handler, got := told(t, func() string {
		return signed(t, `{"payment":{"id":"cosmoshop_payout_1323","status":"success","sum":{"amount":9000,"currency":"EUR"}}}`)
	})
	require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	require.Equal(t, payneteasy.DecisionReview, (*got)[0].Decision)
}

// TestPartsThatComeBack are each told.
func TestPartsThatComeBack(t *testing.T) {
	t.Parallel()
	operations := `{"id":1,"type":"payout","status":"success"}`
	handler, got := told(t, func() string {
		status := "success"
		if strings.Contains(operations, "reversal") {
			status = "partially reversed"
		}
		return signed(t, `{"payment":{"id":"cosmoshop_payout_1323","status":"`+status+`"},"operations":[`+operations+`]}`)
	})
	for i, more := range []string{``, `,{"id":2,"type":"payout reversal","status":"success"}`, `,{"id":3,"type":"payout reversal","status":"success"}`} {
		operations += more
		claim := "success"
		if i > 0 {
			claim = "partially reversed"
		}
		for range 2 {
			require.Equal(t, 200, served(handler, resultCallback(t, claim)))
		}
		require.Len(t, *got, i+1)
		require.False(t, (*got)[i].contradicts())
		want := payneteasy.DecisionPaid
		if i > 0 {
			want = payneteasy.DecisionReversed
		}
		require.Equal(t, want, (*got)[i].Decision)
	}
}

// TestTwelveOperations in any order: the last is the latest.
func TestTwelveOperations(t *testing.T) {
	t.Parallel()
	var operations []string
	for i := range 12 {
		operations = append(operations, fmt.Sprintf(`{"id":"%d","type":"t%d","status":"success","date":"2024-04-24T13:%02d:00+0000"}`, 9+i, i, i))
	}
	for turn := range operations {
		turned := append(append([]string(nil), operations[turn:]...), operations[:turn]...)
		cb, err := parse(t, signed(t, `{"payment":{"id":"p","status":"success"},"operations":[`+strings.Join(turned, ",")+`]}`))
		require.NoError(t, err)
		require.Equal(t, "20", cb.Operation.ID)
		require.Len(t, cb.Operations, 12)
	}
}

// TestAmountsOfCallbacks are minor units, written as a number or a text; a fraction, or what is too large, is none.
func TestAmountsOfCallbacks(t *testing.T) {
	t.Parallel()
	for text, readable := range map[string]bool{
		`7000`: true, `"7000"`: true, `70.00`: false, `7e3`: false, `-7000`: false, `9007199254740993`: false, `99999999999999999999`: false, `true`: false, `null`: true, `""`: true, `{}`: true,
	} {
		client := answering(t, func(string, value) (int, string) {
			return 200, signed(t, `{"payment":{"id":"cosmoshop_payout_1323","status":"success","sum":{"amount":`+text+`,"currency":"EUR"}}}`)
		})
		status, err := client.Status(t.Context(), registration(t).Ref())
		require.NoError(t, err)
		want := payneteasy.DecisionReview
		if readable {
			want = payneteasy.DecisionPaid
		}
		require.Equal(t, want, status.decision(), text)
	}
}

// TestHandlerFailures: what is not handled comes again, and nobody is told twice at the same time.
func TestHandlerFailures(t *testing.T) {
	t.Parallel()
	client := answering(t, func(string, value) (int, string) { return 200, statusOf(t, "success", "") })
	var err error
	var panics bool
	calls := 0
	handler := client.CallbackHandler(func(ctx context.Context, _ payneteasy.News, _ *Callback) error {
		calls++
		if panics {
			panic("4242424242424242")
		}
		_, bounded := ctx.Deadline()
		require.True(t, bounded)
		return err
	})
	err = errors.New("the database is away")
	require.Equal(t, 500, served(handler, resultCallback(t, "success")))
	panics = true
	require.Equal(t, 500, served(handler, resultCallback(t, "success")))
	panics, err = false, nil
	require.Equal(t, 200, served(handler, resultCallback(t, "success")))
	require.Equal(t, 3, calls)
	handler.Ref = func(context.Context, *Callback) (PayoutRef, error) { return PayoutRef{}, ErrMismatch }
	require.Equal(t, 409, served(handler, resultCallback(t, "success")))
	handler.Ref = func(context.Context, *Callback) (PayoutRef, error) { return PayoutRef{PaymentID: "another"}, nil }
	require.Equal(t, 409, served(handler, resultCallback(t, "success")))
	handler.Ref = func(context.Context, *Callback) (PayoutRef, error) {
		return PayoutRef{}, errors.New("the database is away")
	}
	require.Equal(t, 503, served(handler, resultCallback(t, "success")))
	require.Equal(t, 403, served(handler, `{"payment":{"id":"p","status":"success"}}`))

	unreachable := testClient(t, "http://127.0.0.1:1").CallbackHandler(nil)
	require.Equal(t, 503, served(unreachable, resultCallback(t, "success")))

	var began atomic.Int32
	busy, release := make(chan struct{}), make(chan struct{})
	slow := client.CallbackHandler(func(context.Context, payneteasy.News, *Callback) error {
		if began.Add(1) == 1 {
			close(busy)
			<-release
		}
		return nil
	})
	first := make(chan int, 1)
	body := resultCallback(t, "success")
	go func() { first <- served(slow, body) }()
	<-busy
	require.Equal(t, 503, served(slow, body))
	close(release)
	require.Equal(t, 200, <-first)
	require.EqualValues(t, 1, began.Load())
}

// FuzzParseCallback: whatever it is, it is refused, or typed, and never a panic.
func FuzzParseCallback(f *testing.F) {
	f.Add([]byte(seedCallback(f)))
	f.Add([]byte(resultCallback(f, "success")))
	for _, callback := range readVectors(f).Callbacks {
		f.Add([]byte(callback.Raw))
	}
	f.Add([]byte(`{"signature":5}`))
	client := testClient(f, "")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, raw := range [][]byte{body, resign(body)} {
			cb, err := client.ParseCallback(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(raw))))
			if err != nil {
				var refused *CallbackError
				require.ErrorAs(t, err, &refused)
				continue
			}
			_ = fmt.Sprintf("%v %+v %#v", cb, cb, *cb)
			require.NotEmpty(t, cb.PaymentID)
			if s, ok := cb.Session(); ok {
				_, _ = client.PaymentPageURL(&PayoutRegistration{PaymentID: s.PaymentID}, s, nil)
			}
			_ = cb.Refusal()
		}
	})
}

// resign gives a message that has a signature at its root the right one.
func resign(body []byte) []byte {
	signature, err := (&Signer{keys: []payneteasy.Secret{payneteasy.NewSecret("secret")}}).Sign(body)
	i := strings.IndexByte(string(body), '{')
	if err != nil || i < 0 || strings.Contains(string(body), `"signature"`) {
		return body
	}
	return []byte(`{"signature":"` + signature + `",` + string(body[i+1:]))
}
