package ecommpay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// paymentWalk is a payment, its handler, and the books of a merchant who books only above the last Seq.
type paymentWalk struct {
	t       *testing.T
	handler *CallbackHandler
	store   *losingStore
	bodies  map[string]string // of callbacks
	answers map[string]string
	says    string
	seen    map[string]bool
	paymentState
}

// paymentState is everything that changes.
type paymentState struct {
	record string
	truth  string // what the platform says
	next   string // what fails with the next callback
	known  knownPayment
	booked bookedNews
	page   bool // the last registration was told, and no end since
	lost   bool // the last news that was told is not in the record
}

// knownPayment is a simple model of what the handler knows. It holds the last end seen, and whether a person must look.
type knownPayment struct {
	last    string
	doubted bool
	review  bool
	back    bool // a part came back
	lagged  bool // then a status without a part came
}

// bookedNews is what the merchant has booked, and for which part.
type bookedNews struct {
	payneteasy.News
	part string
}

var walkDecisions = map[string]payneteasy.Decision{
	"success": payneteasy.DecisionPaid, "decline": payneteasy.DecisionNotPaid, "error": payneteasy.DecisionReview,
	"part 2": payneteasy.DecisionReversed, "part 3": payneteasy.DecisionReversed, "": "",
}

// see returns the model after a status of the platform.
func (k knownPayment) see(status string) knownPayment {
	isPart := strings.HasPrefix(k.last, "part")
	if status != "processing" {
		k.lagged = k.lagged || k.back && !strings.HasPrefix(status, "part")
		k.back = k.back || strings.HasPrefix(status, "part")
	}
	switch {
	case k.review || status == "processing":
	case isPart && status == "success":
		k.review, k.doubted = k.doubted, true
	case k.last == "" || k.last == "error" || k.last == status,
		strings.HasPrefix(status, "part") && (isPart || k.last == "success"):
		k = knownPayment{last: status, back: k.back, lagged: k.lagged}
	default:
		k.review = true
	}
	return k
}

func (k knownPayment) decision() payneteasy.Decision {
	if k.review {
		return payneteasy.DecisionReview
	}
	return walkDecisions[k.last]
}

// walkEvents lists all events. An event is a new truth with its callback, an old callback, or a failure of the next
// one.
var walkEvents = []string{
	"page 1", "page 2", "success", "decline", "error", "part 2", "part 3",
	"old page 1", "old success", "old error", "old part 2",
	"the function fails", "the platform cannot be asked", "the record is lost", "the store forgets",
}

// TestCallbackSequences walks through all sequences of events, and compares what is booked with what is known.
func TestCallbackSequences(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &paymentWalk{
			t: t, store: &losingStore{}, seen: map[string]bool{}, bodies: map[string]string{},
			answers: map[string]string{},
		}
		w.prepare()
		w.truth = "processing"
		w.from(4, nil)
		require.Greater(t, len(w.seen), 300)
	})
}

func (w *paymentWalk) prepare() {
	at := time.Now().Add(1e6 * time.Hour).UTC().Format("2006-01-02T15:04:05-0700")
	for _, status := range []string{"processing", "success", "decline", "error"} {
		w.answers[status], w.bodies[status] = statusOf(w.t, status, ""), resultCallback(w.t, status)
	}
	for _, id := range []string{"2", "3"} {
		w.answers["part "+id] = statusWith(w.t, "partially reversed", paysOut+`,{"id":"`+id+
			`","type":"payout reversal","status":"success"}`)
		w.bodies["part "+id] = callbackWith(w.t, ofPayout, "partially reversed", `{"id":"`+id+
			`","type":"payout reversal","status":"success"}`)
	}
	for _, page := range []string{"page 1", "page 2"} {
		w.bodies[page] = signed(w.t,
			`{"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"awaiting_payout_completion"},
			"uuid":"`+page+`","uuid_expired_at":"`+at+`"}`)
	}
	w.handler = saying(w.t, &w.says).CallbackHandler(w.book)
	w.handler.Store = w.store
}

func (w *paymentWalk) book(_ context.Context, news payneteasy.News, cb *Callback) error {
	if w.next == "the function fails" {
		return errors.New("the books are closed")
	}
	require.Greater(w.t, news.Seq, 0)
	told := bookedNews{news, ""}
	if cb.Confirmed != nil {
		told.part = cb.Confirmed.Operation.ID
	}
	switch {
	case news.Seq == w.booked.Seq:
		require.Equal(w.t, w.booked.Decision, news.Decision, "another Seq has something else")
	case news.Seq < w.booked.Seq: // a page was not told, and an end since then was told and lost
		require.True(w.t, w.lost)
		return nil
	}
	w.booked = told
	_, w.page = cb.Session()
	w.lost = w.store.loses
	if w.page {
		require.Equal(w.t, payneteasy.DecisionPending, news.Decision)
		w.known = knownPayment{}
	}
	return nil
}

// call serves a callback, a minute later.
func (w *paymentWalk) call(body string) int {
	<-time.After(time.Minute)
	before := w.known
	w.store.record, w.store.loses = w.record, w.next == "the record is lost"
	w.says = w.answers[w.truth]
	if w.next == "the platform cannot be asked" {
		w.says = ""
	}
	w.known = w.asked(body)
	code := served(w.handler, w.bodies[body])
	w.record, w.next = w.store.record, ""
	if w.store.loses {
		w.known = before
	}
	return code
}

// asked returns what is known after the question, if the callback leads to one.
func (w *paymentWalk) asked(body string) knownPayment {
	var r callbackRecord
	if w.record != "" {
		require.NoError(w.t, json.Unmarshal([]byte(w.record), &r))
	}
	sum := (&callbackHandling{cb: &Callback{Payment: Payment{UUID: body}}}).uuidSum()
	isPage := strings.HasPrefix(body, "page")
	switch {
	case w.says == "",
		isPage && w.known.last != "" && (w.known.last != "error" || w.known.review || sum == r.Registered),
		isPage && sum == r.Registered && r.Told >= r.Seq:
		return w.known
	}
	return w.known.see(w.truth)
}

// from takes all steps from a state.
func (w *paymentWalk) from(steps int, path []string) {
	key := fmt.Sprint(steps, w.key())
	if w.seen[key] {
		return
	}
	w.seen[key] = true
	state := w.paymentState
	w.requireAllIsBooked(path)
	for _, event := range walkEvents {
		if steps == 0 {
			break
		}
		w.paymentState = state
		w.step(event)
		w.from(steps-1, append(slices.Clip(path), event))
	}
	w.paymentState = state
}

func (w *paymentWalk) step(event string) {
	old, isOld := strings.CutPrefix(event, "old ")
	switch {
	case isOld:
		w.call(old)
	case w.bodies[event] == "" && event == "the store forgets":
		w.record, w.known = "", knownPayment{}
	case w.bodies[event] == "":
		w.next = event
	default:
		w.truth = event
		if strings.HasPrefix(event, "page") {
			w.truth = "processing"
		}
		w.call(event)
	}
}

// requireAllIsBooked makes the platform call back until the answer is 200.
func (w *paymentWalk) requireAllIsBooked(path []string) {
	if w.truth == "processing" {
		return
	}
	w.next = ""
	code := 0
	for range 3 {
		if code = w.call(w.truth); code == 200 {
			break
		}
	}
	require.Equal(w.t, 200, code, path)
	if w.lost { // the platform repeats what it said before that
		return
	}
	require.Equal(w.t, w.known.decision(), w.booked.Decision, path)
	if strings.HasPrefix(w.truth, "part") && !w.known.lagged {
		require.Equal(w.t, strings.TrimPrefix(w.truth, "part "), w.booked.part, path)
	}
}

// key describes a state without its times and numbers.
func (w *paymentWalk) key() string {
	var r callbackRecord
	if w.record != "" {
		require.NoError(w.t, json.Unmarshal([]byte(w.record), &r))
	}
	orders := ""
	for _, o := range r.Order.Orders {
		orders += fmt.Sprint(o.End, o.Paid, o.TakenBack, o.Doubt.IsZero())
	}
	return fmt.Sprint(w.truth, w.next, w.known, w.page, w.lost, w.booked.Decision, w.booked.part, r.Seq > w.booked.Seq,
		r.Seq == r.Told, r.Telling == r.Seq,
		r.Registered, r.Part, orders, r.Order.Booked, r.Order.Alarm, w.record == "")
}
