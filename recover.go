package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// recoverers is how many questions Recover asks at the same time.
const recoverers = 16

// gate bounds how many questions are asked at the same time; nil lets everybody through.
type gate chan struct{}

func (g gate) enter() {
	if g != nil {
		g <- struct{}{}
	}
}

func (g gate) leave() {
	if g != nil {
		<-g
	}
}

// Recovered is what Recover found out about one payout.
type Recovered struct {
	Entry  Entry   // as it is in the journal now
	Status *Status // the last status seen, or nil
	Err    error   // why it is still open: it matches ErrHeld for one that a person must look at
}

// Recover finds out, when a program starts, what became of the payouts that were open when it ended: it resolves those
// whose outcome is unknown, waits for the final status of those that were accepted, and asks once about those that are
// held. It sends no payout. The result has one line for each open entry, the oldest first; payouts that this client is
// sending at the moment are left out.
//
// It takes as long as the slowest of them: Config.ResolveWindow for one that the gateway does not know, and up to Wait's
// hour for one that is not final yet. Give ctx a deadline, or let it run beside the service: payouts may be sent meanwhile.
//
// Its own error is that of the journal, or that an entry was made at another gateway or for another merchant: then
// nothing is asked, since this client cannot know the order.
func (c *Client) Recover(ctx context.Context) ([]Recovered, error) {
	if c.config.Journal == nil {
		return nil, errors.New("payneteasy: recover: the client has no Config.Journal")
	}
	if ctx == nil {
		return nil, fmt.Errorf("payneteasy: recover: %w", errNilContext)
	}
	var found []Recovered
	for entry, err := range c.config.Journal.Open(ctx) {
		if err == nil {
			err = c.ownEntry(entry)
		}
		if err != nil {
			return nil, fmt.Errorf("payneteasy: recover: %w", err)
		}
		if !c.sending.Has(entry.ClientOrderID) {
			found = append(found, Recovered{Entry: entry})
		}
	}
	var group sync.WaitGroup
	questions := make(gate, recoverers)
	options := WaitOptions{OnProgress: oneAtATime(c.config.Wait.OnProgress)}
	for i := range found {
		group.Go(func() { c.recoverEntry(ctx, &found[i], options, questions) })
	}
	group.Wait()
	return found, nil
}

// oneAtATime makes a function that knows nothing of goroutines safe to call from several.
func oneAtATime(progress func(*Status)) func(*Status) {
	if progress == nil {
		return nil
	}
	var mu sync.Mutex
	return func(status *Status) {
		mu.Lock()
		defer mu.Unlock()
		progress(status)
	}
}

func (c *Client) recoverEntry(ctx context.Context, r *Recovered, options WaitOptions, questions gate) {
	ref := r.Entry.Ref()
	switch r.Entry.State {
	case StateHeld:
		questions.enter()
		r.Status, r.Err = c.Status(ctx, ref)
		questions.leave()
		if r.Err != nil {
			r.Err = errors.Join(ErrHeld, r.Err) // one question: it is held already
		} else if r.Status, _, r.Err = c.journalStatus(ctx, r.Status); r.Err == nil && !r.Status.Status.Final() {
			r.Status, r.Err = c.wait(ctx, r.Status.Ref(), options, questions)
		}
	case StateAccepted:
		r.Status, r.Err = c.wait(ctx, ref, options, questions)
	default:
		var payout *Payout
		if payout, r.Err = c.resolve(ctx, ref, questions); r.Err == nil {
			r.Status = payout.Status
			if !r.Status.Status.Final() {
				r.Status, r.Err = c.wait(ctx, payout.Ref(), options, questions)
			}
		}
	}
	if entry, err := c.config.Journal.Get(ctx, r.Entry.ClientOrderID); err == nil {
		r.Entry = entry
	}
	switch {
	case r.Entry.OtherOrders != "":
		r.Err = errors.Join(r.Err, fmt.Errorf("payneteasy: %q has other orders: %s: look at each, then settle it", r.Entry.ClientOrderID, r.Entry.OtherOrders))
	case r.Err == nil && !r.Entry.Closed():
		r.Err = fmt.Errorf("payneteasy: %q is still %s: the gateway says %q of a %s", r.Entry.ClientOrderID, r.Entry.State, r.Status.Status, r.Status.TransactionType)
	}
}

// Settle closes a payout by a person's word, when the gateway cannot tell: any open one as paid or not paid, one that is
// held also as not sent. Verdict, reason and time are written into the journal. Only VerdictNotSent frees the
// ClientOrderID: give it when the gateway's manager has confirmed that there is no order and will be none.
//
// The gateway is asked once more. VerdictNotSent needs the answer that it does not know the order; the others are refused
// if the gateway answers with a final status, which is written down then.
func (c *Client) Settle(ctx context.Context, ref OrderRef, verdict Verdict, reason string) error {
	if err := c.settle(ctx, ref, verdict, reason); err != nil {
		return fmt.Errorf("payneteasy: settle: %w", err)
	}
	return nil
}

func (c *Client) settle(ctx context.Context, ref OrderRef, verdict Verdict, reason string) error {
	switch {
	case ctx == nil:
		return errNilContext
	case c.config.Journal == nil:
		return errors.New("the client has no Config.Journal")
	case !slices.Contains([]Verdict{VerdictPaid, VerdictNotPaid, VerdictNotSent}, verdict):
		return fmt.Errorf("%q is no verdict: %q, %q and %q are", verdict, VerdictPaid, VerdictNotPaid, VerdictNotSent)
	case strings.TrimSpace(reason) == "":
		return errors.New("a reason is required: who confirmed it, and how")
	}
	entry, err := c.journaled(ctx, &ref)
	switch {
	case err != nil:
		return err
	case entry.ClientOrderID == "":
		return fmt.Errorf("%w: client_orderid %q", ErrNoEntry, ref.ClientOrderID)
	case entry.Closed():
		return fmt.Errorf("%q is %s in the journal: it is closed", entry.ClientOrderID, entry.State)
	case c.sending.Has(entry.ClientOrderID), entry.State == StateSending && time.Since(entry.Began) < c.http.Timeout():
		return fmt.Errorf("%q is being sent at this moment", entry.ClientOrderID)
	case verdict == VerdictNotSent && entry.OrderID+entry.OtherOrders != "":
		return fmt.Errorf("%q has order %s: it was sent", entry.ClientOrderID, cmp.Or(entry.OrderID, entry.OtherOrders))
	case verdict == VerdictNotSent && entry.State != StateHeld:
		return fmt.Errorf("%q is %s: only a held payout may be settled as %q", entry.ClientOrderID, entry.State, verdict)
	}
	if err := c.gatewaysWord(ctx, entry, verdict); err != nil {
		return fmt.Errorf("refused: %w", err)
	}
	entry.State, entry.Verdict, entry.Reason = StateSettled, verdict, reason
	entry.Revision, entry.Changed = entry.Revision+1, time.Now()
	if err := c.config.Journal.Update(ctx, entry); err != nil {
		return journalError(err, showing(entry.ClientOrderID, entry.OrderID))
	}
	return nil
}

// gatewaysWord asks the gateway about an entry that a person wants to close, and returns why he may not.
func (c *Client) gatewaysWord(ctx context.Context, entry Entry, verdict Verdict) error {
	status, err := c.Status(ctx, entry.Ref())
	if err == nil && (verdict == VerdictNotSent || status.decides() && entry.OtherOrders == "") {
		status, _, err := c.journalStatus(ctx, status)
		return errors.Join(fmt.Errorf("the gateway has order %s, which is %q", status.OrderID, status.Status), err)
	}
	if verdict != VerdictNotSent {
		return nil // the gateway cannot tell, or not yet
	}
	var last *Error
	if !errors.As(err, &last) || !last.notKnown {
		return fmt.Errorf("the gateway did not say that it does not know the order: %w", err)
	}
	return nil
}
