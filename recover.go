package payneteasy

import (
	"context"
	"errors"
	"sync"
	"time"
)

// recoverers limits how many questions Recover asks at the same time.
const recoverers = 16

// slots limits how many questions are asked at the same time. nil means no limit.
type slots chan struct{}

func (g slots) enter() {
	if g != nil {
		g <- struct{}{}
	}
}

func (g slots) leave() {
	if g != nil {
		<-g
	}
}

// Recovered is what Recover found out about one payout.
type Recovered struct {
	Entry Entry // as it is in the journal now, or what could not be written there if Err says so

	// Err says why the payout is still open, and is nil if it is not. It is a *WaitError. For a DecisionReview it can
	// also be the *Error of the question, ErrConflict, or the journal's error. With an error, DecisionOf(Err) is not a
	// decision that can be booked.
	Err error
}

// Recover finds out, when a program starts, what happened to the payouts that were open when it ended. It waits for the
// decision of each, and asks once about those that need a person. It sends no payout. The result has one item for each
// open entry, the oldest first. It leaves out payouts that this client is sending at the moment.
//
// It takes as long as the slowest of them. That is Entry.Window for a payout that the gateway does not know, and up to
// Wait's hour for one that is not final yet. Give ctx a deadline, or run Recover beside the service. Payouts may be
// sent at the same time.
//
// Recover returns an error if the journal fails, or if an entry was made at another gateway or for another merchant.
// Then it asks nothing, because this client cannot know the order.
func (c *Client) Recover(ctx context.Context) ([]Recovered, error) {
	if c.config.Journal == nil {
		return nil, errors.New("payneteasy: recover: the client has no Config.Journal")
	}
	if ctx == nil {
		return nil, errorf("payneteasy: recover: %w", errNilContext)
	}
	var found []Recovered
	for entry, err := range c.config.Journal.Open(ctx) {
		if err == nil {
			err = c.ownEntry(entry)
		}
		if err != nil {
			return nil, errorf("payneteasy: recover: %w", err)
		}
		if !c.sending.Has(entry.ClientOrderID) {
			found = append(found, Recovered{Entry: entry})
		}
	}
	var group sync.WaitGroup
	questions := make(slots, recoverers)
	options := WaitOptions{OnProgress: oneAtATime(c.config.Wait.OnProgress)}.or(c.config.Wait)
	for i := range found {
		group.Go(func() { c.recoverEntry(ctx, &found[i], options, questions) })
	}
	group.Wait()
	return found, nil
}

// oneAtATime makes a function safe for concurrent use.
func oneAtATime(progress func(Progress)) func(Progress) {
	if progress == nil {
		return nil
	}
	var mu sync.Mutex
	return func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		progress(p)
	}
}

func (c *Client) recoverEntry(ctx context.Context, r *Recovered, options WaitOptions, questions slots) {
	if r.Entry.Decision() == DecisionReview {
		questions.enter()
		answer, err := c.Ask(ctx, r.Entry)
		questions.leave()
		if err == nil {
			r.Entry, err = c.learn(ctx, r.Entry, answer)
		}
		if err != nil || r.Entry.Decision().Final() {
			r.Err = err
			return
		}
	}
	r.Entry, r.Err = c.follow(ctx, r.Entry, options, questions, func(e Entry) bool { return e.Decision().Final() })
}

// Resolve finds out what happened to a payout that was refused, or whose outcome is unknown. It asks at once, then
// every few seconds, and for the last time when Entry.Window is over. A nil error means that the outcome is known.
// DecisionPending says that the order exists. If the gateway does not know an order whose outcome was unknown, the
// decision is DecisionReview with CauseHeld. If it does not know an order that it refused, the decision is
// DecisionRejected.
//
// Otherwise the error is a *WaitError, as for Wait, and the entry stays as it was.
func (c *Client) Resolve(ctx context.Context, about Entry) (Entry, error) {
	about, err := c.load(ctx, about)
	if err != nil {
		return about, &WaitError{Entry: about, Err: err}
	}
	options := c.config.Wait.or(platformAdvice)
	left := max(about.Window-c.age(ctx, about), 1)
	left = min(left, max(about.Window, 1)) // the clock of the entry may have been ahead
	options.SlowAfter, options.MaxWait = about.Window+time.Hour, left
	options.lastRetries = (statusAttempts - 1) * retryLimit
	return c.follow(ctx, about, options, nil, func(e Entry) bool {
		return e.Decision() != DecisionUnknown && e.Decision() != DecisionRefused
	})
}
