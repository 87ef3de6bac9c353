package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// known returns the journal's entry of an order. If the journal has none, it returns an entry made from the command
// line. It writes nothing, and works while the journal is in use.
func (t *tool) known(
	ctx context.Context, config payneteasy.Config, client *payneteasy.Client, ref payneteasy.OrderRef,
) (entry payneteasy.Entry, isKnown bool, err error) {
	if !t.hasJournal(config) {
		return client.NewEntry(ref), false, nil
	}
	s, err := store.OpenCopy(t.Invocation, config)
	if err != nil {
		return entry, false, fmt.Errorf("cannot read the journal: %w", err)
	}
	entry, isKnown, err = entryIn(ctx, s, client, ref)
	if closed := s.Close(); err == nil {
		err = closed
	}
	if err == nil && isKnown && !ref.Amount.IsZero() && ref.Amount != entry.Amount {
		err = fmt.Errorf("%w: the journal has %s with %s, not with %s", payneteasy.ErrOrderMismatch,
			terminal.Line(ref.ClientOrderID), entry.Amount, ref.Amount)
	}
	return entry, isKnown, err
}

// entryIn returns the store's entry of an order, or an entry made from the command line if the store has none.
func entryIn(
	ctx context.Context, s *store.Store, client *payneteasy.Client, ref payneteasy.OrderRef,
) (entry payneteasy.Entry, isKnown bool, err error) {
	entry, _, err = s.Journal.Get(ctx, ref.ClientOrderID)
	if errors.Is(err, payneteasy.ErrNoEntry) {
		return client.NewEntry(ref), false, nil
	}
	return entry, err == nil, err
}

// proved reports whether an order found by this reference is certainly the right one.
func proved(ref payneteasy.OrderRef) bool { return ref.OrderID != "" || !ref.Amount.IsZero() }

// hasOrder reports whether an entry has the order that was asked for. It is true if no order was asked for.
func hasOrder(e payneteasy.Entry, orderID string) bool {
	return orderID == "" || slices.ContainsFunc(e.Orders, func(o payneteasy.Order) bool { return o.ID == orderID })
}

// hasOtherOrders reports whether an entry has orders, but not the one that was asked for.
func hasOtherOrders(e payneteasy.Entry, ref payneteasy.OrderRef) bool {
	return e.OrderID() != "" && !hasOrder(e, ref.OrderID)
}

func otherOrder(e payneteasy.Entry, ref payneteasy.OrderRef) error {
	return fmt.Errorf("%w: the journal has %s as order %s, not %s: "+
		"payneteasy status %s --orderid %s adds a second order to the journal, if the gateway confirms it",
		payneteasy.ErrOrderMismatch, terminal.Line(ref.ClientOrderID), e.OrderID(), terminal.Line(ref.OrderID),
		terminal.Pasted(ref.ClientOrderID, "CLIENT_ORDERID"), terminal.Pasted(ref.OrderID, "ORDERID"))
}

// notFound is the error when the gateway does not know an order.
func notFound(ref payneteasy.OrderRef) error {
	text := "the gateway does not know " + terminal.Line(ref.ClientOrderID)
	if ref.OrderID != "" {
		text += " as order " + terminal.Line(ref.OrderID)
	}
	return errors.New(text)
}

// record asks about an order again, writes the answer into the journal, and returns the entry with it.
//
// If the journal is in use, the process that uses it will learn about the order, so a failed write is usually not an
// error. It is an error if the debt can be paid again, because without the entry a later contradiction of the gateway
// would be missed. It is also an error for an order that only the command line names, because no other process will
// learn about it.
func (t *tool) record(ctx context.Context, config payneteasy.Config, entry payneteasy.Entry) (payneteasy.Entry, error) {
	written, err := t.write(ctx, config, entry)
	switch {
	case err == nil:
		return written, nil
	case entry.ClaimedOrderID == "" && entry.Decision().PayAgain() == payneteasy.PayAgainNo:
		return entry, nil
	}
	return entry, &exit.Error{
		Status: exit.Unknown,
		Err: fmt.Errorf("%s is %s, but this could not be written into the journal: ask again before you pay again: %w",
			terminal.Line(entry.ClientOrderID), entry.Decision(), err),
	}
}

func (t *tool) write(ctx context.Context, config payneteasy.Config, entry payneteasy.Entry) (payneteasy.Entry, error) {
	if err := ctx.Err(); err != nil {
		return entry, err
	}
	s, err := store.Open(t.Invocation, config)
	if err != nil {
		return entry, err
	}
	defer func() { _ = s.Close() }() // everything written is already on disk
	config.Journal = s.Journal
	client, err := profile.NewClient(config)
	if err != nil {
		return entry, err
	}
	written, answer, err := client.Refresh(ctx, entry)
	if err == nil && answer.NotKnown && entry.ClaimedOrderID != "" {
		err = notFound(entry.Ref())
	}
	return written, err
}

func (t *tool) hasJournal(config payneteasy.Config) bool {
	_, found, _ := store.JournalOf(t.Invocation, config)
	return found
}

// storedEntry returns the entry of an order for Resolve.
func storedEntry(
	ctx context.Context, s *store.Store, client *payneteasy.Client, ref payneteasy.OrderRef,
) (entry payneteasy.Entry, known bool, err error) {
	entry, known, err = entryIn(ctx, s, client, ref)
	switch {
	case err != nil:
		return entry, false, exit.Failed(err)
	case !known && !proved(ref):
		return entry, false, exit.Usagef("%s is not in the journal %s: give --orderid, or --amount and --currency",
			terminal.Line(ref.ClientOrderID), s.JournalPath())
	case hasOtherOrders(entry, ref):
		return entry, true, exit.Failed(otherOrder(entry, ref))
	case known && !ref.Amount.IsZero():
		entry.Amount = ref.Amount // Resolve compares it with the amount in the journal
	}
	return entry, known, nil
}
