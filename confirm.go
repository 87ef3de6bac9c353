package payneteasy

import (
	"context"
	"errors"
	"fmt"
)

// Claim is what somebody says of an order: a callback, a redirect, a line in a ledger. Nothing in it is believed.
type Claim struct {
	Ref             OrderRef   // of the stored order, not of what came: both ids if known, and the amount
	Status          StatusCode // what is claimed
	TransactionType string     // and of what: a callback's type. Empty: of the payout itself
}

// ClaimError says where a claim, or what the journal knew, and the gateway's own status of the order differ. Book by
// Status, never by the claim.
type ClaimError struct {
	Claim  Claim
	Status *Status // what the gateway says
	Differ string  // "status", "transaction type", "amount", or "final status in the journal"
	detail string
}

func (e *ClaimError) Error() string {
	return fmt.Sprintf("payneteasy: confirm %q: the %s differs: %s", e.Claim.Ref.ClientOrderID, e.Differ, e.detail)
}

// Is matches ErrOrderMismatch if the amounts differ.
func (e *ClaimError) Is(target error) bool { return target == ErrOrderMismatch && e.Differ == "amount" }

// Confirm asks for the status of an order that somebody makes a claim about, and returns it if it agrees: ids, status,
// amount and currency. If the question failed, or the gateway speaks of another order, the error is that of Status.
// If the id has several orders, it matches ErrSeveralOrders. Otherwise, with the status, it is a *ClaimError:
//
//   - the claim may lag behind: "processing" is claimed of an order that is approved by now. The journal keeps the latter;
//   - it may be forged, or about the reversal of a payout and not about the payout;
//   - a final status may have changed since the journal knew it: approved is reversed now, or declined, filtered or error
//     is approved. So a true claim is told too when it is news of this kind. It is logged as an error, since somebody may
//     have paid again, or must take back what he booked.
func (c *Client) Confirm(ctx context.Context, claim Claim) (*Status, error) {
	if ctx == nil {
		return nil, fmt.Errorf("payneteasy: confirm: %w", errNilContext)
	}
	before, _ := c.journaled(ctx, &OrderRef{ClientOrderID: claim.Ref.ClientOrderID})
	status, now, err := c.ask(ctx, &claim.Ref)
	if err != nil && (status == nil || !errors.Is(err, ErrContradicted)) {
		return status, err
	}
	if now.Was != "" && before.contradicts(status) == "" {
		return status, &ClaimError{
			Claim: claim, Status: status, Differ: "final status in the journal", detail: fmt.Sprintf("it was %s before, and a person must look", now.Was),
		}
	}
	differ := &ClaimError{Claim: claim, Status: status}
	if differ.Differ, differ.detail = claim.compare(before, status); differ.Differ != "" {
		return status, differ
	}
	return status, nil
}

// ask asks for the status of an order that somebody has spoken of, and writes it down. It completes the reference from the
// journal, and returns the journal's entry as it is then.
func (c *Client) ask(ctx context.Context, ref *OrderRef) (status *Status, entry Entry, err error) {
	asked := *ref
	entry, err = c.journaled(ctx, ref)
	switch {
	case errors.Is(err, ErrOrderMismatch) && asked.OrderID != "":
		// It may be a second order of the same id: then that must not be forgotten.
		if asked.Endpoint.IsZero() {
			asked.Endpoint = entry.Endpoint
		}
		other, failed := c.Status(ctx, asked)
		if failed != nil {
			break
		}
		if other, entry, failed = c.journalStatus(ctx, other); errors.Is(failed, ErrSeveralOrders) {
			return other, entry, fmt.Errorf("payneteasy: confirm: %w", failed)
		}
		err = errors.Join(err, failed)
	case err == nil && ref.OrderID == "" && ref.Amount.IsZero():
		err = errNotProvable
	}
	if err != nil {
		return nil, entry, fmt.Errorf("payneteasy: confirm: %w", err)
	}
	if status, err = c.Status(ctx, *ref); err != nil {
		return nil, entry, err
	}
	if status, entry, err = c.journalStatus(ctx, status); err != nil {
		err = fmt.Errorf("payneteasy: confirm: %w", err)
	}
	return status, entry, err
}

func (claim Claim) compare(before Entry, status *Status) (differ, detail string) {
	requested := status.requested()
	was := before.contradicts(status)
	switch {
	case !claim.Ref.Amount.IsZero() && requested != claim.Ref.Amount && !status.Reversed():
		return "amount", fmt.Sprintf("ours is %s, the gateway's %s", claim.Ref.Amount, requested)
	case was != "":
		return "final status in the journal", fmt.Sprintf("it was %s, and the gateway says %q (%s)", was, status.Status, status.TransactionType)
	case !status.Status.is(claim.Status):
		return "status", fmt.Sprintf("claimed %q, the gateway says %q", claim.Status, status.Status)
	case takesBack(claim.TransactionType) != takesBack(status.TransactionType):
		return "transaction type", fmt.Sprintf("claimed %q, the gateway says %q", claim.TransactionType, status.TransactionType)
	case status.AmountDiffers():
		return "amount", fmt.Sprintf("asked for was %s, and it is of %s now", requested, status.Amount)
	}
	return "", ""
}

// contradicts is what a journal knew that a status cannot follow on from, or nothing: an end that is another now.
func (e *Entry) contradicts(status *Status) string {
	paid := status.paid() || status.Reversed() // what is taken back was paid
	switch {
	case (e.State == StateSettled || e.State == StateAccepted && e.Verdict != "") && (e.Verdict == VerdictPaid) != paid && status.decides():
		return "settled as " + string(e.Verdict) // or it was, and turned up
	case (e.State == StateRejected || e.State == StateNotSent) && paid:
		return string(e.State)
	case e.State != StateFinal || !status.decides():
		return ""
	case !e.Status.is(status.Status), takesBack(e.TransactionType) != takesBack(status.TransactionType):
		return string(e.Status)
	}
	return ""
}
