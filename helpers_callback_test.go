package payneteasy_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/stretchr/testify/require"
)

// controlOf returns the control of a callback or a redirect. It follows the gateway's documents, and does not use the
// package.
func controlOf(key string, form url.Values) string {
	id := form.Get("client_orderid")
	if id == "" {
		id = form.Get("merchant_order")
	}
	sum := sha1.Sum([]byte(form.Get("status") + form.Get("orderid") + id + key))
	return hex.EncodeToString(sum[:])
}

// callbackForm returns a callback about the first payout of a fake gateway. changes are names and values in turn. An
// empty value removes the parameter. The control matches unless it is changed too.
func callbackForm(changes ...string) url.Values {
	form := url.Values{
		"status": {"approved"}, "client_orderid": {"payout-0001"}, "merchant_order": {"payout-0001"},
		"orderid": {"6982864"},
		"type":    {"payout"}, "amount": {"10.42"}, "currency": {"USD"},
	}
	change := func() {
		for i := 0; i < len(changes); i += 2 {
			form.Del(changes[i])
			if changes[i+1] != "" {
				form.Set(changes[i], changes[i+1])
			}
		}
	}
	change()
	form.Set("control", controlOf(payneteasytest.ControlKey, form))
	change()
	return form
}

func callbackGET(query string) *http.Request {
	return httptest.NewRequest(http.MethodGet, "https://merchant.example/callback?"+query, nil)
}

func callbackPOST(query, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://merchant.example/callback?"+query, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// served returns the HTTP status of a handler's answer.
func served(handler http.Handler, r *http.Request) int {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

// calledBack returns the HTTP status of a handler's answer to a callback with these changes.
func calledBack(handler http.Handler, changes ...string) int {
	return served(handler, callbackGET(callbackForm(changes...).Encode()))
}

// storingHandler returns a handler without a function. It stores the gateway's status in the journal, and tells
// nothing.
func storingHandler(t *testing.T, journal payneteasy.Journal, says *string) http.Handler {
	handler := clientOf(t, journal, says).CallbackHandler(nil)
	handler.Order = order1042(t)
	return handler
}

func receiver(t *testing.T, change ...func(*payneteasy.Config)) *payneteasy.Client {
	config := configFor(t, "http://localhost/paynet", nil)
	for _, c := range change {
		c(&config)
	}
	return newClient(t, config)
}

// These are short names of decisions, for tables.
const (
	isPaid     = payneteasy.DecisionPaid
	isNotPaid  = payneteasy.DecisionNotPaid
	isNotSent  = payneteasy.DecisionNotSent
	isReversed = payneteasy.DecisionReversed
	isReview   = payneteasy.DecisionReview
)

// toldAs are decisions in the order in which they were told.
type toldAs []payneteasy.Decision

// telling is one call of the merchant's function.
type telling struct {
	payneteasy.News
	cb *payneteasy.Callback
}

// tellings are all calls of the merchant's function.
type tellings []telling

func (all *tellings) add(_ context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
	*all = append(*all, telling{news, cb})
	return nil
}

// last returns the latest call.
func (all *tellings) last() telling { return (*all)[len(*all)-1] }

// decisions returns the decisions in the order in which they were told.
func (all *tellings) decisions() toldAs {
	var decisions toldAs
	for _, one := range *all {
		decisions = append(decisions, one.Decision)
	}
	return decisions
}

// receiving runs a test in virtual time, with an approved payout and a function that records its calls.
func receiving(t *testing.T, test func(t *testing.T, r *receivingTest)) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		r := &receivingTest{gateway: gateway, journal: journal}
		config.Logger = r.logger()
		r.client = newClient(t, config)
		book := func(ctx context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
			_ = r.told.add(ctx, news, cb)
			if r.handle != nil {
				return r.handle(ctx)
			}
			return nil
		}
		r.handler = r.client.CallbackHandler(book)
		_, err := r.client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		gateway.Finish("payout-0001")
		r.log.Reset()
		test(t, r)
	})
}

type receivingTest struct {
	gateway *payneteasytest.Gateway
	journal *payneteasytest.MemoryJournal
	client  *payneteasy.Client
	handler *payneteasy.CallbackHandler
	handle  func(context.Context) error
	told    tellings
	log     bytes.Buffer
}

func (r *receivingTest) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// call serves a callback with these changes.
func (r *receivingTest) call(changes ...string) int {
	return calledBack(r.handler, changes...)
}

// saysOf returns a handler and the calls of its function. The gateway answers every question with *says.
func saysOf(t *testing.T, journal payneteasy.Journal, says *string) (*payneteasy.CallbackHandler, *tellings) {
	client := clientOf(t, journal, says)
	told := new(tellings)
	handler := client.CallbackHandler(told.add)
	handler.Order = order1042(t)
	return handler, told
}

// order1042 returns an Order function for a stored order of 10.42 USD.
func order1042(t *testing.T) func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
	amount := request(t).Amount
	return func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
		return payneteasy.OrderRef{Amount: amount}, nil
	}
}

// loggedSaysOf is saysOf with a log.
func loggedSaysOf(t *testing.T, journal payneteasy.Journal, says *string) (
	*payneteasy.CallbackHandler, *tellings, *bytes.Buffer,
) {
	log, told := new(bytes.Buffer), new(tellings)
	config := configOf(t, journal, says)
	config.Logger = slog.New(slog.NewTextHandler(log, nil))
	handler := newClient(t, config).CallbackHandler(told.add)
	handler.Order = order1042(t)
	return handler, told, log
}

// clientOf returns a client whose gateway answers every question with *says.
func clientOf(t *testing.T, journal payneteasy.Journal, says *string) *payneteasy.Client {
	t.Helper()
	return newClient(t, configOf(t, journal, says))
}

func configOf(t *testing.T, journal payneteasy.Journal, says *string) payneteasy.Config {
	t.Helper()
	transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		return saying(req, 200, form,
			"type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id=6982864\n"+*says+"\n"), nil
	})
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
	config.Journal = journal
	return config
}

// failingStore fails with the given errors.
type failingStore struct {
	webhook.MemoryStore
	begin, end error
}

func (s *failingStore) Begin(ctx context.Context, order string) (string, error) {
	if s.begin != nil {
		return "", s.begin
	}
	return s.MemoryStore.Begin(ctx, order)
}

func (s *failingStore) End(ctx context.Context, order, told string) error {
	if s.end != nil {
		return s.end
	}
	return s.MemoryStore.End(ctx, order, told)
}

// partOf returns the status after a partial reversal, with the type kind, the amount and the total.
func partOf(kind, amount, total string) string {
	says := "&status=approved\n&transaction-type=" + kind + "\n&amount=" + amount +
		"\n&initial-amount=10.42\n&currency=USD"
	if total != "" {
		says += "\n&total-reversal-amount=" + total
	}
	return says
}

// recordStore keeps the last record that it stored.
type recordStore struct {
	webhook.MemoryStore
	record string
}

func (s *recordStore) End(ctx context.Context, order, record string) error {
	s.record = record
	return s.MemoryStore.End(ctx, order, record)
}

// books are a merchant's books. They follow the rule to book only news above the last Seq.
type books struct {
	mu     sync.Mutex
	told   []payneteasy.News
	booked payneteasy.News
}

func (b *books) book(_ context.Context, news payneteasy.News, _ *payneteasy.Callback) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, news)
	if news.Seq > b.booked.Seq {
		b.booked = news
	}
	return nil
}

func decisionsOf(told []payneteasy.News) (decisions []payneteasy.Decision) {
	for _, news := range told {
		decisions = append(decisions, news.Decision)
	}
	return decisions
}
