package payneteasy_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/stretchr/testify/require"
)

// isIntent reports whether an entry is stored before a payout is sent.
func isIntent(entry payneteasy.Entry) bool {
	return entry.Send == "sending" && entry.Orders == nil && entry.Alarm == ""
}

// fullJournal stores nothing.
type fullJournal struct{ payneteasytest.MemoryJournal }

func (*fullJournal) Put(context.Context, payneteasy.Entry) error { return errFull }

// failingJournal fails with the given errors.
type failingJournal struct {
	payneteasytest.MemoryJournal
	get, update error
}

func (j *failingJournal) Get(ctx context.Context, id string) (payneteasy.Entry, time.Time, error) {
	if j.get != nil {
		return payneteasy.Entry{}, time.Time{}, j.get
	}
	return j.MemoryJournal.Get(ctx, id)
}

func (j *failingJournal) Put(ctx context.Context, entry payneteasy.Entry) error {
	if j.update != nil && !isIntent(entry) {
		return j.update
	}
	return j.MemoryJournal.Put(ctx, entry)
}

// journaled runs a test in virtual time, with a gateway, a journal, and a configuration for both.
func journaled(t *testing.T,
	test func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal),
) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		journal := &payneteasytest.MemoryJournal{}
		config := gateway.Config()
		config.Journal = journal
		test(t, gateway, config, journal)
	})
}

// stored returns the payout's entry in the journal.
func stored(t *testing.T, journal payneteasy.Journal) payneteasy.Entry {
	t.Helper()
	entry, _, err := journal.Get(context.Background(), "payout-0001")
	require.NoError(t, err)
	return entry
}

// about returns an entry for a question about a payout whose stored entry the program does not have.
func about(t *testing.T, client *payneteasy.Client) payneteasy.Entry {
	t.Helper()
	return client.NewEntry(request(t).Ref())
}

func settlement(d payneteasy.Decision) payneteasy.Settlement {
	return payneteasy.Settlement{Decision: d, Reason: "manager, by phone"}
}

// brokenJournal fails at one of its methods.
type brokenJournal struct {
	payneteasytest.MemoryJournal
	begin, update error
}

func (j *brokenJournal) Put(ctx context.Context, entry payneteasy.Entry) error {
	switch {
	case j.begin != nil && isIntent(entry):
		return j.begin
	case j.update != nil && !isIntent(entry):
		return j.update
	}
	return j.MemoryJournal.Put(ctx, entry)
}

// losingFirst delivers the first request and loses its answer.
type losingFirst struct {
	base http.RoundTripper
	lost bool
}

func (l *losingFirst) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.base.RoundTrip(req)
	if err == nil && !l.lost {
		l.lost = true
		_ = resp.Body.Close()
		return nil, errors.New("lost")
	}
	return resp, err
}

// recordingJournal passes every entry to note.
type recordingJournal struct {
	payneteasy.Journal
	note func(payneteasy.Entry)
}

func (j *recordingJournal) Put(ctx context.Context, entry payneteasy.Entry) error {
	j.note(entry)
	return j.Journal.Put(ctx, entry)
}

// heldPayout makes a payout whose reply is lost, and that the gateway does not know for a while.
func heldPayout(t *testing.T, gateway *payneteasytest.Gateway, client *payneteasy.Client) {
	gateway.FailNext(payneteasytest.LoseReply())
	_, err := client.Payout(t.Context(), request(t))
	requireOneOutcome(t, err, payneteasy.DecisionUnknown)
	gateway.Hide("payout-0001", true)
	requireHeld(t, client)
}

// requireHeld asks until the payout is held.
func requireHeld(t *testing.T, client *payneteasy.Client) {
	t.Helper()
	entry, err := client.Resolve(t.Context(), about(t, client))
	require.NoError(t, err)
	require.Equal(t, payneteasy.CauseHeld, entry.Cause())
}

// standingStill shortens the window of an intent to less than the call's timeout. The same happens if the machine is
// suspended during the call.
type standingStill struct{ payneteasy.Journal }

func (s standingStill) Put(ctx context.Context, entry payneteasy.Entry) error {
	if isIntent(entry) {
		entry.Window = 2 * time.Minute
	}
	return s.Journal.Put(ctx, entry)
}

// late starts a payout that reaches the gateway. Its answer comes after release is closed.
func late(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
	answer func(*http.Request, *http.Response) (*http.Response, error),
) (result chan error, release chan struct{}) {
	base, arrived := config.HTTPClient.Transport, make(chan struct{})
	result, release = make(chan error, 1), make(chan struct{})
	config.Timeout, config.Journal = time.Hour, standingStill{config.Journal}
	config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		gateway.Hide("payout-0001", true)
		close(arrived)
		<-release
		if err != nil {
			return nil, err
		}
		return answer(req, resp)
	})}
	client := newClient(t, config)
	go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
	<-arrived
	return result, release
}

func asItCame(_ *http.Request, resp *http.Response) (*http.Response, error) { return resp, nil }

func settleAsNotSent(t *testing.T, client *payneteasy.Client) {
	requireHeld(t, client)
	_, err := client.Settle(t.Context(), about(t, client), settlement(payneteasy.DecisionNotSent))
	require.NoError(t, err)
}

// requireTaken checks that the ID is not free and that only one payout was made.
func requireTaken(t *testing.T, gateway *payneteasytest.Gateway, client *payneteasy.Client,
	req *payneteasy.PayoutRequest,
) {
	t.Helper()
	_, err := client.Payout(t.Context(), req)
	require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	require.Len(t, gateway.Orders(), 1)
}

// slowJournal is slow to confirm that it stored the intent, and can also be slow to read.
type slowJournal struct {
	payneteasy.Journal
	begin, get time.Duration
}

func (s slowJournal) Put(ctx context.Context, entry payneteasy.Entry) error {
	err := s.Journal.Put(ctx, entry)
	if isIntent(entry) {
		<-time.After(s.begin)
	}
	return err
}

func (s slowJournal) Get(ctx context.Context, clientOrderID string) (payneteasy.Entry, time.Time, error) {
	entry, now, err := s.Journal.Get(ctx, clientOrderID)
	<-time.After(s.get)
	return entry, now, err
}

func (s slowJournal) stalls(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
	journal *payneteasytest.MemoryJournal,
) {
	good, base, result := newClient(t, config), config.HTTPClient.Transport, make(chan error, 1)
	s.Journal = journal
	config.Journal = s
	config.HTTPClient = &http.Client{Transport: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err == nil { // if it was sent, the gateway shows it late
			gateway.Hide("payout-0001", true)
			<-time.After(50 * time.Second)
			gateway.Hide("payout-0001", false)
		}
		return resp, err
	})}
	client := newClient(t, config)
	go func() { _, err := client.Payout(context.Background(), request(t)); result <- err }()
	<-time.After(2*time.Minute + time.Second)
	// This fails if the entry is "not sent" already.
	_, _ = good.Settle(t.Context(), about(t, good), settlement(payneteasy.DecisionNotSent))
	_, err := good.Payout(t.Context(), request(t))
	require.NoError(t, err)
	require.ErrorContains(t, <-result, "to be sent, and 30s is the limit")
	require.Len(t, gateway.Orders(), 1)
}

// withOrder returns a change that gives an entry the payout's order.
func withOrder(send string, end string, booked payneteasy.Decision) func(*payneteasy.Entry) {
	return func(e *payneteasy.Entry) {
		e.Send, e.Booked, e.Orders = send, booked, []payneteasy.Order{{ID: "6982864", End: end}}
		if end == "paid" {
			e.Orders[0].Paid = e.Amount
		}
	}
}

const (
	ofPayout = "&transaction-type=payout\n&amount=10.42\n&initial-amount=10.42\n&currency=USD"
	paid     = "&status=approved\n" + ofPayout
	declined = "&status=declined\n" + ofPayout
)

// ordersOf returns a client whose gateway answers with *says about any order.
func ordersOf(t *testing.T, journal payneteasy.Journal, says *string) *payneteasy.Client {
	transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		require.NoError(t, req.ParseForm())
		return saying(req, 200, form, "type=status-response\n&merchant-order-id=payout-0001\n&paynet-order-id="+
			req.PostForm.Get("orderid")+"\n"+*says+"\n"), nil
	})
	config := configFor(t, "http://localhost/paynet", &http.Client{Transport: transport})
	config.Journal = journal
	return newClient(t, config)
}

// journalWith stores the payout of 10.42 USD in the journal, with a change.
func journalWith(t *testing.T, client *payneteasy.Client, journal payneteasy.Journal, change func(*payneteasy.Entry)) {
	t.Helper()
	entry := client.NewEntry(payneteasy.OrderRef{ClientOrderID: "payout-0001", Amount: request(t).Amount})
	entry.Revision = 1
	change(&entry)
	err := journal.Put(t.Context(), entry)
	require.NoError(t, err)
}

// settledAs returns a change that makes an entry settled by a person.
func settledAs(decision payneteasy.Decision, orders ...payneteasy.Order) func(*payneteasy.Entry) {
	return func(e *payneteasy.Entry) {
		e.Orders, e.Booked, e.NotKnown = orders, decision, len(orders) == 0
		e.Settlement = payneteasy.Settlement{Decision: decision, Reason: "the manager's word", Orders: orders}
		if decision == isPaid {
			e.Settlement.Paid = e.Amount
		}
	}
}
