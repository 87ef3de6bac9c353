package payneteasy_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// mortal is a journal that ends the process before or after a write, at random.
type mortal struct {
	payneteasy.Journal
	random *rand.Rand
	oneIn  int
}

var errDied = errors.New("the process died")

func (m *mortal) mayDie() {
	if m.oneIn > 0 && m.random.IntN(m.oneIn) == 0 {
		panic(errDied)
	}
}

func (m *mortal) Put(ctx context.Context, entry payneteasy.Entry) error {
	m.mayDie()
	err := m.Journal.Put(ctx, entry)
	m.mayDie()
	return err
}

// world is a merchant, a gateway and a bad network.
type world struct {
	t       *testing.T
	random  *rand.Rand
	gateway *payneteasytest.Gateway
	disk    *payneteasytest.MemoryJournal // survives a crash
	journal *mortal
	client  *payneteasy.Client
}

// boot starts the merchant's program again with the stored journal.
func (w *world) boot() {
	w.journal = &mortal{w.disk, w.random, 12}
	config := w.gateway.Config()
	config.Journal = w.journal
	w.client = newClient(w.t, config)
}

// alive runs a step, and boots again if the process died in it.
func (w *world) alive(step func()) {
	defer func() {
		if died := recover(); died != nil {
			if err, is := died.(error); !is || !errors.Is(err, errDied) {
				panic(died)
			}
			w.boot()
		}
	}()
	step()
}

func (w *world) request() *payneteasy.PayoutRequest {
	req := request(w.t)
	i := w.random.IntN(4)
	req.ClientOrderID = fmt.Sprintf("order-%d", i)
	if i == 0 {
		req.BankAccount.Number = "0987654321"
	}
	return req
}

// believe compares what the merchant was told with the gateway's order.
func (w *world) believe(entry payneteasy.Entry) {
	order, exists := w.gateway.Order(entry.ClientOrderID)
	paid := exists && order.Status == "approved"
	switch decision := entry.Decision(); decision {
	case payneteasy.DecisionPaid:
		require.True(w.t, paid, "%s was reported paid", entry.ClientOrderID)
	case payneteasy.DecisionNotPaid:
		require.True(w.t, exists && order.Status == "declined", "%s was reported not paid", entry.ClientOrderID)
	case payneteasy.DecisionRejected, payneteasy.DecisionNotSent:
		require.False(w.t, exists, "%s was reported %s", entry.ClientOrderID, decision)
	case payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionReview:
	case payneteasy.DecisionReversed:
		w.t.Errorf("%s was reported reversed", entry.ClientOrderID)
	}
}

// step makes one random step.
func (w *world) step(ctx context.Context) {
	req := w.request()
	about := w.client.NewEntry(req.Ref())
	switch w.random.IntN(7) {
	case 0, 1, 2:
		payout, err := w.client.Payout(ctx, req)
		if err == nil && w.random.IntN(2) == 0 {
			w.ask(w.client.Wait(ctx, payout.Entry, &payneteasy.WaitOptions{MaxWait: time.Minute}))
		}
		var failed *payneteasy.Error
		if errors.As(err, &failed) && !errors.Is(err, payneteasy.ErrDuplicate) {
			w.believe(failed.Entry)
		}
	case 3:
		w.ask(w.client.Resolve(ctx, about))
	case 4:
		w.recover(ctx)
	case 5:
		w.ask(refreshed(ctx, w.client, about, ""))
	case 6: // a person asks the gateway manager, and gets the true answer
		if _, exists := w.gateway.Order(req.ClientOrderID); !exists {
			word := payneteasy.Settlement{Decision: payneteasy.DecisionNotSent, Reason: "told by the manager"}
			_, _ = w.client.Settle(ctx, about, word) // refused unless it is held
		}
	}
}

func (w *world) ask(entry payneteasy.Entry, _ error) { w.believe(entry) }

// recover does not die, because it works in goroutines whose panics no test can catch. TestCrashes covers that.
func (w *world) recover(ctx context.Context) {
	w.journal.oneIn = 0
	defer func() { w.journal.oneIn = 12 }()
	recovered, err := w.client.Recover(ctx)
	require.NoError(w.t, err)
	for _, r := range recovered {
		w.believe(r.Entry)
	}
}

// TestModel runs random sequences of payouts, questions, faults, crashes and settlements, and compares them with the
// gateway's orders. No ID has two payouts (the gateway fails the test), and nothing wrong is reported. At the end each
// order at the gateway is stored with its status. Each payout without an order is held or free. The test fails if an
// unknown order is free.
func TestModel(t *testing.T) {
	t.Parallel()
	seeds := uint64(200)
	if testing.Short() { // with the race detector too: all seeds take the same paths through the goroutines of Recover
		seeds = 50
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { runModel(t, seed) })
		})
	}
}

func runModel(t *testing.T, seed uint64) {
	w := &world{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), gateway: payneteasytest.NewPipeGateway(t),
		disk: &payneteasytest.MemoryJournal{},
	}
	w.gateway.FailAtRandom(seed, 3,
		payneteasytest.ResetBeforeBody(), payneteasytest.ResetAfterBody(), payneteasytest.LoseReply(),
		payneteasytest.LateReply(2*time.Minute),
		payneteasytest.CutReply(int(seed)%140), payneteasytest.CutReplyWithoutLength(int(seed)%140),
		payneteasytest.Page(502, "Sorry"),
		payneteasytest.Page(502, "Sorry").AfterAcceptance(), payneteasytest.NotFoundYet(),
		payneteasytest.ReplyOfType("error"), payneteasytest.EmptyReply(),
	)
	w.boot()
	for range 14 {
		w.alive(func() { w.step(t.Context()) })
	}
	w.gateway.FailAtRandom(0, 0)
	w.boot()
	w.recover(t.Context())
	for i := range 4 {
		id := fmt.Sprintf("order-%d", i)
		require.LessOrEqual(t, len(w.gateway.Orders(id)), 1)
		entry, _, err := w.disk.Get(t.Context(), id)
		order, exists := w.gateway.Order(id)
		if exists {
			require.NoError(t, err)
			want := map[string]payneteasy.Decision{
				"approved": payneteasy.DecisionPaid,
				"declined": payneteasy.DecisionNotPaid,
			}[order.Status]
			require.Equal(t, want, entry.Decision(), id)
		} else if err == nil {
			again := entry.Decision().PayAgain()
			require.True(t, entry.Cause() == payneteasy.CauseHeld || again == payneteasy.PayAgainSameID,
				"%s is %s, and the gateway has no such order", id, entry.Decision())
		}
	}
}
