package riverpayout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// send makes the only call that moves money. Only Journal.Put, inside this call, decides whether the payout may be
// sent.
func (r *run) send(ctx context.Context) error {
	leave, err := r.enter(ctx)
	if leave == nil {
		return err
	}
	defer leave()
	req, err := r.load(ctx)
	if err != nil {
		return r.park(ctx, fmt.Errorf("not sent: %w", err))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// A process that is told to stop first finishes the payout that it is sending, and stores the result.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.timeout+r.recordTimeout)
	defer cancel()
	began := time.Now()
	payout, failed := r.client.Payout(context.WithValue(ctx, loadedKey{}, r.row.entry.Revision), req)
	r.noteRetryAfter(failed)
	took := time.Since(began)
	leave()
	r.logSent(ctx, payout, failed, took)
	if failed != nil {
		return r.afterFailedSend(ctx, failed)
	}
	r.row.entry, r.row.age = payout.Entry, 0
	return r.schedule(ctx, nil)
}

// afterFailedSend decides what to do if the call does not show that the payout was accepted. A callback may already
// have brought the result.
func (r *run) afterFailedSend(ctx context.Context, failed error) error {
	failure, ok := errors.AsType[*payneteasy.Error](failed)
	switch {
	case !ok:
		return failed
	case failure.Decision == payneteasy.DecisionNotSent:
		return r.afterNotSent(ctx, failure.Entry, failed)
	case failure.Decision == payneteasy.DecisionRefused:
		return r.park(ctx, failed)
	case stepOf(failure.Entry) == stepAsk:
		return r.snooze(ctx, r.config.Gateway.Wait.Interval(0))
	}
	return r.snooze(ctx, 0)
}

// afterNotSent decides what to do if it is proved that nothing was sent.
func (r *run) afterNotSent(ctx context.Context, attempt payneteasy.Entry, failed error) error {
	r.unsent.add(attempt)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.recordTimeout)
	defer cancel()
	if err := r.read(ctx, r.row.entry.ClientOrderID); err != nil {
		return err
	}
	if stepOf(r.row.entry) != stepSend || !r.row.isWorkedBy(r.job.ID) {
		return r.snooze(ctx, 0) // another run was faster, or it was enqueued again
	}
	return r.park(ctx, failed)
}

// unsent holds the attempts of this process that sent nothing, by ClientOrderID. Their intent may be stored anyway. The
// database may have committed an intent that it could not confirm in time, for example while its synchronous standby
// was away.
type unsent struct {
	mu       sync.Mutex
	attempts map[string][]string
}

func (u *unsent) add(e payneteasy.Entry) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.attempts == nil {
		u.attempts = map[string][]string{}
	}
	u.attempts[e.ClientOrderID] = append(u.attempts[e.ClientOrderID], e.Attempt)
}

// has reports whether an entry is the intent of such an attempt. Nothing else may be known about that attempt, and the
// merchant must not have been told anything. has forgets the attempts of a payout when its result is stored.
func (u *unsent) has(e payneteasy.Entry) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	isOurs := slices.Contains(u.attempts[e.ClientOrderID], e.Attempt)
	isIntent := isOurs && e.Send == string(order.Sending) && e.Decision() == payneteasy.DecisionUnknown
	if !isIntent && (isOurs || stepOf(e) != stepSend) {
		delete(u.attempts, e.ClientOrderID)
	}
	return isIntent
}

// resetUnsent resets a payout to not begun, if its intent is from an attempt of this process that sent nothing.
func (r *run) resetUnsent(ctx context.Context) error {
	return r.withLockedRow(ctx, r.row.entry.ClientOrderID, func(tx pgx.Tx, now *row) (err error) {
		if r.unsent.has(now.entry) {
			if now.entry, err = now.entry.Reset(r.now()); err == nil {
				err = r.store(ctx, tx, now.entry, false)
			}
		}
		r.row = *now
		return err
	})
}

// load gets the request from the merchant, and checks that it is for the payout that was enqueued.
func (r *run) load(ctx context.Context) (req *payneteasy.PayoutRequest, err error) {
	want := r.row.entry.Ref()
	loading, cancel := context.WithTimeout(ctx, r.recordTimeout)
	defer cancel()
	err = r.callMerchant(ctx, "Load", func() (err error) {
		req, err = r.config.Load(loading, want)
		return err
	})
	if err == nil && loading.Err() != nil { // the call could outlast its place at the limit
		err = fmt.Errorf("the request was loaded too late: %w", loading.Err())
	}
	switch {
	case err != nil:
		return nil, err
	case req == nil:
		return nil, errors.New("the loaded request is nil")
	case req.ClientOrderID != want.ClientOrderID:
		return nil, errors.New("the loaded request has a different client_orderid")
	case req.Amount != want.Amount:
		return nil, fmt.Errorf("the loaded request has amount %s, not %s", req.Amount, want.Amount)
	case r.endpoint(req.Endpoint) != want.Endpoint:
		return nil, fmt.Errorf("the loaded request is for endpoint %s, not %s", r.endpoint(req.Endpoint), want.Endpoint)
	}
	return req, nil
}
