package payneteasy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// dice returns random numbers to several goroutines.
type dice struct {
	mu     sync.Mutex
	random *rand.Rand
}

func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.IntN(n)
}

// seconds waits for a random time of less than most seconds, or until the context ends.
func (d *dice) seconds(ctx context.Context, most int) error {
	select {
	case <-time.After(time.Duration(d.below(most)) * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// slowNetwork delays payouts and answers. A payout may arrive after its caller has an error. All have arrived within
// Entry.Window after the start of the call.
type slowNetwork struct {
	*dice
	base     http.RoundTripper
	arriving sync.WaitGroup
	onTheWay map[string]int // by body
}

// carries counts the payouts of an ID that have not arrived yet.
func (n *slowNetwork) carries(clientOrderID string) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for body, posted := range n.onTheWay {
		if form, err := url.ParseQuery(body); err == nil && form.Get("client_orderid") == clientOrderID {
			count += posted
		}
	}
	return count
}

func (n *slowNetwork) count(body []byte, more int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.onTheWay[string(body)] += more
}

func (n *slowNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(req.URL.Path, "/payout/") {
		return n.ask(req, body)
	}
	how := n.below(6)
	if how > 0 {
		n.count(body, 1)
	}
	switch how {
	case 0:
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	case 1:
		n.arriving.Go(func() { _, _ = n.post(req, body) })
		return nil, errors.New("lost")
	case 2: // through a proxy that sends it twice
		n.arriving.Go(func() { _, _ = n.post(req, body) })
		return saying(req, 403, "text/html", page), nil
	}
	replies := make(chan *http.Response, 1)
	n.arriving.Go(func() {
		if reply, err := n.post(req, body); err == nil {
			replies <- reply
		}
	})
	select {
	case reply := <-replies:
		return reply, nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// withoutValues is a context without the client's hooks.
type withoutValues struct{ context.Context }

func (withoutValues) Value(any) any { return nil }

// post delivers a payout within 70 s, and its reply within 40 s more. The client's values in the request's context can
// no longer stop it, because it is on its way.
func (n *slowNetwork) post(req *http.Request, body []byte) (*http.Response, error) {
	ctx := context.WithoutCancel(req.Context())
	_ = n.seconds(ctx, 70)
	reply, err := n.whole(req.Clone(withoutValues{ctx}), body) //nolint:contextcheck // it is the request's own
	n.count(body, -1)
	_ = n.seconds(ctx, 40)
	return reply, err
}

func (n *slowNetwork) ask(req *http.Request, body []byte) (*http.Response, error) {
	if n.below(6) == 0 {
		return nil, errors.New("lost")
	}
	if err := n.seconds(req.Context(), 10); err != nil {
		return nil, err
	}
	reply, err := n.whole(req, body)
	return reply, errors.Join(err, n.seconds(req.Context(), 10))
}

// whole reads a reply to its end, so that no connection is left.
func (n *slowNetwork) whole(req *http.Request, body []byte) (*http.Response, error) {
	req.Body = io.NopCloser(bytes.NewReader(body))
	reply, err := n.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	read, err := io.ReadAll(reply.Body)
	err = errors.Join(err, reply.Body.Close())
	reply.Body = io.NopCloser(bytes.NewReader(read))
	return reply, err
}

// badJournal fails before or after a write, is slow, and reports a conflict with its own write.
type badJournal struct {
	payneteasy.Journal
	*dice
}

var errBadJournal = errors.New("the journal is bad")

func (j badJournal) write(ctx context.Context, write func() error) error {
	how := j.below(12)
	switch how {
	case 0:
		return errBadJournal
	case 1:
		if err := j.seconds(ctx, 100); err != nil {
			return err
		}
	}
	err := write()
	switch {
	case err != nil:
		return err
	case how == 2:
		return errBadJournal
	case how == 3:
		return fmt.Errorf("%w: the driver wrote twice", payneteasy.ErrConflict)
	case how == 4:
		return j.seconds(ctx, 100)
	}
	return nil
}

func (j badJournal) Put(ctx context.Context, entry payneteasy.Entry) error {
	return j.write(ctx, func() error { return j.Journal.Put(ctx, entry) })
}

func (j badJournal) Get(ctx context.Context, clientOrderID string) (payneteasy.Entry, time.Time, error) {
	if j.below(30) == 0 {
		return payneteasy.Entry{}, time.Time{}, errBadJournal
	}
	entry, now, err := j.Journal.Get(ctx, clientOrderID)
	if j.below(30) == 0 {
		err = errors.Join(err, j.seconds(ctx, 60))
	}
	return entry, now, err
}

// process is one of several that make the same payouts.
type process struct {
	*dice
	t       *testing.T
	gateway *payneteasytest.Gateway
	network *slowNetwork
	journal payneteasy.Journal // without faults
	client  *payneteasy.Client
	seen    []payneteasy.Entry // entries read earlier, which may be stale
}

func (p *process) run() {
	for range 40 {
		_ = p.seconds(p.t.Context(), 40)
		p.step(p.t.Context())
	}
}

func (p *process) step(ctx context.Context) {
	req := request(p.t)
	req.ClientOrderID = fmt.Sprintf("payout-%d", p.below(3))
	about := p.client.NewEntry(req.Ref())
	if stored, _, err := p.journal.Get(ctx, req.ClientOrderID); err == nil {
		p.seen = append(p.seen, stored)
	}
	if len(p.seen) > 0 && p.below(2) == 0 {
		about = p.seen[p.below(len(p.seen))]
	}
	told := func(entry payneteasy.Entry, err error) {
		decision := entry.Decision()
		if err != nil {
			decision = payneteasy.DecisionOf(err)
		}
		p.believe(ctx, entry, decision)
	}
	switch p.below(8) {
	case 0, 1:
		_, err := p.client.Payout(ctx, req)
		if failed, ok := errors.AsType[*payneteasy.Error](err); ok && !errors.Is(err, payneteasy.ErrNotSent) {
			p.believe(ctx, failed.Entry, payneteasy.DecisionOf(err))
		}
	case 2:
		told(p.client.Resolve(ctx, about))
	case 3:
		told(p.client.Wait(ctx, about, &payneteasy.WaitOptions{MaxWait: time.Minute}))
	case 4:
		recovered, _ := p.client.Recover(ctx)
		for _, r := range recovered {
			told(r.Entry, r.Err)
		}
	case 5:
		told(refreshed(ctx, p.client, about, ""))
	case 6, 7: // the gateway manager sees no order at this moment
		if _, exists := p.gateway.Order(about.ClientOrderID); !exists {
			told(p.client.Settle(ctx, about, settlement(payneteasy.DecisionNotSent)))
		}
	}
}

// believe checks a decision against the gateway's orders, if the entry has not changed since.
func (p *process) believe(ctx context.Context, entry payneteasy.Entry, decision payneteasy.Decision) {
	coming, orders := p.network.carries(entry.ClientOrderID), p.gateway.Payouts(entry.ClientOrderID)
	stored, _, err := p.journal.Get(ctx, entry.ClientOrderID)
	if err != nil || stored.Revision != entry.Revision {
		return
	}
	switch {
	case decision.PayAgain() != payneteasy.PayAgainNo && coming+len(orders) > 0:
		p.t.Errorf("%s: %s, and the gateway has %+v, and %d on the way", entry.ClientOrderID, decision, orders, coming)
	case decision == payneteasy.DecisionPaid &&
		(len(orders) != 1 || orders[0].Status != string(payneteasy.StatusApproved)):
		p.t.Errorf("%s: paid, and the gateway has %+v", entry.ClientOrderID, orders)
	}
}

// TestProcesses runs processes that make the same payouts with one journal, ask about them, and settle them. The
// gateway fails the test if it gets a payout twice. That happens if a payout may be sent after any time of waiting.
func TestProcesses(t *testing.T) {
	t.Parallel()
	for seed := range uint64(280) {
		synctest.Test(t, func(t *testing.T) {
			gateway, journal := payneteasytest.NewPipeGateway(t), &payneteasytest.MemoryJournal{}
			thrown := &dice{random: rand.New(rand.NewPCG(seed, 1))}
			config := gateway.Config()
			transport := config.HTTPClient.Transport.(*http.Transport)
			network := &slowNetwork{dice: thrown, base: transport, onTheWay: map[string]int{}}
			config.HTTPClient, config.Journal = &http.Client{Transport: network}, badJournal{journal, thrown}
			var processes sync.WaitGroup
			for range 4 {
				p := &process{
					dice: thrown, t: t, gateway: gateway, network: network, journal: journal,
					client: newClient(t, config),
				}
				processes.Go(p.run)
			}
			processes.Wait()
			network.arriving.Wait()
			transport.CloseIdleConnections()
			require.False(t, t.Failed(), "seed %d", seed)
		})
	}
}
