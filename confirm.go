package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Claim is what a callback, a redirect or a line in a ledger says of an order. Nothing in it is believed.
type Claim struct {
	Entry           Entry      // of the stored order, or NewEntry
	OrderID         string     // paynet-order-id that is claimed, if any
	Status          StatusCode // what is claimed
	TransactionType string     // and of what: a callback's type. Empty: of the payout itself
}

// ClaimError says that a claim and the gateway's own status of the order differ. Book by Entry.Decision, never by the
// claim.
type ClaimError struct {
	Claim  Claim
	Entry  Entry   // what is known of the order now
	Status *Status // what the gateway says; nil if it does not know the order
	Differ string  // "order", "status" or "transaction type"
}

func (e *ClaimError) decision() Decision { return e.Entry.Decision() }

func (e *ClaimError) Error() string {
	detail := "the gateway does not know it by these ids"
	if e.Status != nil {
		claimed := saidOf(e.Claim.Status, e.Claim.TransactionType)
		detail = "claimed " + claimed + ", the gateway says " + saidOf(e.Status.Status, e.Status.TransactionType)
	}
	id := masking.Cut(e.Claim.Entry.ClientOrderID)
	return fmt.Sprintf("payneteasy: confirm %q: the %s differs: %s", id, e.Differ, detail)
}

// saidOf is a status and what it is of, as far as these are words.
func saidOf(status StatusCode, transactionType string) string {
	text := strconv.Quote(word(string(status)))
	if transactionType != "" {
		text += " (" + word(transactionType) + ")"
	}
	return text
}

// Confirm asks for the status of an order that a claim is about, writes it down, and returns the entry: book by its
// Decision. The error is a *ClaimError if the gateway does not say what is claimed: the claim may be forged, it may be
// older or newer than the status, or it may be about the reversal of a payout. If the question failed it is Ask's.
//
// A claim about an order ID that the entry does not have is confirmed if the gateway knows an order with both ids. It
// is added to the entry. More than one order is DecisionReview.
func (c *Client) Confirm(ctx context.Context, claim Claim) (Entry, error) {
	err := claim.Entry.Ref().check()
	if err == nil && ctx == nil {
		err = errNilContext
	}
	var entry Entry
	if err == nil {
		entry, err = c.stored(ctx, claim.Entry)
	}
	if err != nil {
		return claim.Entry, errorf("payneteasy: confirm: %w", err)
	}
	entry, status, err := c.confirm(ctx, entry, claim.OrderID)
	if err != nil {
		return entry, err
	}
	var differ string
	switch {
	case status == nil:
		differ = "order"
	case !status.Status.is(claim.Status):
		differ = "status"
	case takesBack(claim.TransactionType) != takesBack(status.TransactionType):
		differ = "transaction type"
	default:
		return entry, nil
	}
	return entry, &ClaimError{Claim: claim, Entry: entry, Status: status, Differ: differ}
}

// confirm asks about one order of a stored entry, and writes the answer down. The status is nil if the gateway does not
// know the order.
func (c *Client) confirm(ctx context.Context, entry Entry, orderID string) (Entry, *Status, error) {
	const maxQuestions = 3
	orderID = cmp.Or(orderID, entry.Ref().OrderID)
	if orderID == "" && entry.Amount.IsZero() {
		return entry, nil, errorf("payneteasy: confirm: %w", errNotProvable)
	}
	var err error
	for range maxQuestions {
		var answer Answer
		if answer, err = c.ask(ctx, entry, orderID, time.Time{}); err != nil {
			return entry, nil, err
		}
		if answer.NotKnown && orderID != "" {
			return entry, nil, nil // no order has both ids: that proves nothing about the ClientOrderID alone
		}
		if entry, err = c.learn(ctx, entry, answer); err == nil {
			return entry, answer.Status, nil
		}
		if !errors.Is(err, ErrStale) {
			break
		}
	}
	return entry, nil, errorf("payneteasy: confirm: %w", err)
}
