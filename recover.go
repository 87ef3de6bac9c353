package payneteasy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// recoverers is how many orders Recover asks about at the same time.
const recoverers = 16

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
		if !c.sending.has(entry.ClientOrderID) {
			found = append(found, Recovered{Entry: entry})
		}
	}
	var group sync.WaitGroup
	slots := make(chan struct{}, recoverers)
	for i := range found {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			c.recoverEntry(ctx, &found[i])
		})
	}
	group.Wait()
	return found, nil
}

func (c *Client) recoverEntry(ctx context.Context, r *Recovered) {
	ref := r.Entry.Ref()
	switch r.Entry.State {
	case StateHeld:
		r.Status, r.Err = c.Status(ctx, ref)
		if r.Err != nil {
			r.Err = errors.Join(ErrHeld, r.Err) // one question: it is held already
		} else if r.Err = c.journalStatus(ctx, r.Status); r.Err == nil && !r.Status.Status.Final() {
			r.Status, r.Err = c.Wait(ctx, r.Status.Ref(), nil)
		}
	case StateAccepted:
		r.Status, r.Err = c.Wait(ctx, ref, nil)
	default:
		var payout *Payout
		if payout, r.Err = c.Resolve(ctx, ref); r.Err == nil {
			r.Status = payout.Status
			if !r.Status.Status.Final() {
				r.Status, r.Err = c.Wait(ctx, payout.Ref(), nil)
			}
		}
	}
	if entry, err := c.config.Journal.Get(ctx, r.Entry.ClientOrderID); err == nil {
		r.Entry = entry
	}
}

// Settle closes a payout by a person's word, when the gateway cannot tell: any open one as paid or not paid, one that is
// held also as not sent. Verdict, reason and time are written into the journal. Only VerdictNotSent frees the
// ClientOrderID: give it when the gateway's manager has confirmed that there is no order and will be none. The gateway is
// asked once more then, and must answer that it does not know the order.
func (c *Client) Settle(ctx context.Context, ref OrderRef, verdict Verdict, reason string) error {
	if c.config.Journal == nil {
		return errors.New("payneteasy: settle: the client has no Config.Journal")
	}
	if !slices.Contains([]Verdict{VerdictPaid, VerdictNotPaid, VerdictNotSent}, verdict) {
		return fmt.Errorf("payneteasy: settle: %q is no verdict", verdict)
	}
	if strings.TrimSpace(reason) == "" {
		return errors.New("payneteasy: settle: a reason is required: who confirmed it, and how")
	}
	entry, err := c.config.Journal.Get(ctx, ref.ClientOrderID)
	if err == nil {
		err = c.ownEntry(entry)
	}
	if err != nil {
		return fmt.Errorf("payneteasy: settle: %w", err)
	}
	switch {
	case entry.Closed() || c.sending.has(entry.ClientOrderID):
		return fmt.Errorf("payneteasy: settle: %q is %s in the journal: it is closed, or being sent at this moment", entry.ClientOrderID, entry.State)
	case verdict == VerdictNotSent && entry.OrderID != "":
		return fmt.Errorf("payneteasy: settle: %q has order %s: it was sent", entry.ClientOrderID, entry.OrderID)
	case verdict == VerdictNotSent && entry.State != StateHeld:
		return fmt.Errorf("payneteasy: settle: %q is %s: only a held payout may be settled as %q", entry.ClientOrderID, entry.State, verdict)
	case verdict == VerdictNotSent:
		if err := c.stillUnknown(ctx, entry); err != nil {
			return fmt.Errorf("payneteasy: settle: refused: %w", err)
		}
	}
	entry.State, entry.Verdict, entry.Reason = StateSettled, verdict, reason
	entry.Revision, entry.Changed = entry.Revision+1, time.Now()
	if err := c.config.Journal.Update(ctx, entry); err != nil {
		return fmt.Errorf("payneteasy: settle: %w", err)
	}
	return nil
}

// stillUnknown asks the gateway about an entry that is to be freed.
func (c *Client) stillUnknown(ctx context.Context, entry Entry) error {
	if ctx == nil {
		return errNilContext
	}
	status, err := c.Status(ctx, entry.Ref())
	if err == nil {
		return errors.Join(fmt.Errorf("the gateway has order %s, which is %q", status.OrderID, status.Status), c.journalStatus(ctx, status))
	}
	var last *Error
	if !errors.As(err, &last) || !doesNotKnow(last) {
		return fmt.Errorf("the gateway did not say that it does not know the order: %w", err)
	}
	return nil
}
