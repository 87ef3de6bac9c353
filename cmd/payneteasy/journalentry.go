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

// known is what is known of an order: the journal's entry, if this tool has paid it, or else one of what was given on
// the command line. Nothing is written, and the journal may be in use.
func (t *tool) known(
	ctx context.Context, config payneteasy.Config, client *payneteasy.Client, ref payneteasy.OrderRef,
) (entry payneteasy.Entry, isKnown bool, err error) {
	if !t.hasJournal(config) {
		return client.NewEntry(ref), false, nil
	}
	s, err := store.OpenCopy(t.Invocation, config)
	if err != nil {
		return entry, false, fmt.Errorf("the journal cannot be read: %w", err)
	}
	entry, isKnown, err = entryIn(ctx, s, client, ref)
	if closed := s.Close(); err == nil {
		err = closed
	}
	if err == nil && isKnown && !ref.Amount.IsZero() && ref.Amount != entry.Amount {
		err = fmt.Errorf("%w: the journal has %s of %s, not of %s", payneteasy.ErrOrderMismatch,
			terminal.Line(ref.ClientOrderID), entry.Amount, ref.Amount)
	}
	return entry, isKnown, err
}

// entryIn is the entry that a store has of an order, or else one of what was given on the command line.
func entryIn(
	ctx context.Context, s *store.Store, client *payneteasy.Client, ref payneteasy.OrderRef,
) (entry payneteasy.Entry, isKnown bool, err error) {
	entry, _, err = s.Journal.Get(ctx, ref.ClientOrderID)
	if errors.Is(err, payneteasy.ErrNoEntry) {
		return client.NewEntry(ref), false, nil
	}
	return entry, err == nil, err
}

// proved reports whether an order that is found by this reference is certainly the one that is meant.
func proved(ref payneteasy.OrderRef) bool { return ref.OrderID != "" || !ref.Amount.IsZero() }

// hasOrder reports whether an entry has the order that was asked for, or none was.
func hasOrder(e payneteasy.Entry, orderID string) bool {
	return orderID == "" || slices.ContainsFunc(e.Orders, func(o payneteasy.Order) bool { return o.ID == orderID })
}

// isAnother reports whether an entry has other orders than the one that was asked for.
func isAnother(e payneteasy.Entry, ref payneteasy.OrderRef) bool {
	return e.OrderID() != "" && !hasOrder(e, ref.OrderID)
}

func otherOrder(e payneteasy.Entry, ref payneteasy.OrderRef) error {
	return fmt.Errorf("%w: the journal has %s as order %s, not %s: "+
		"payneteasy status %s --orderid %s writes a second order down, if the gateway confirms it",
		payneteasy.ErrOrderMismatch, terminal.Line(ref.ClientOrderID), e.OrderID(), terminal.Line(ref.OrderID),
		terminal.Pasted(ref.ClientOrderID, "CLIENT_ORDERID"), terminal.Pasted(ref.OrderID, "ORDERID"))
}

// notFound says that the gateway does not know an order that only the command line knows.
func notFound(ref payneteasy.OrderRef) error {
	text := "the gateway does not know " + terminal.Line(ref.ClientOrderID)
	if ref.OrderID != "" {
		text += " as order " + terminal.Line(ref.OrderID)
	}
	return errors.New(text)
}

// record asks once more about an order and writes the answer into the journal. It returns what is known of the order
// then. A journal that is in use is left alone: the process that uses it will learn of the order. But a debt may be
// paid again only if the journal knows: else it would not see that the gateway says otherwise later. And of an order
// that only the command line names no other process will learn.
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
		Err: fmt.Errorf("%s is %s, and that is not in the journal: do not pay again before it is asked again: %w",
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
	defer func() { _ = s.Close() }() // all that it was told is on the disk
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

// storedEntry is the entry of an order that is to be resolved.
func storedEntry(
	ctx context.Context, s *store.Store, client *payneteasy.Client, ref payneteasy.OrderRef,
) (entry payneteasy.Entry, known bool, err error) {
	entry, known, err = entryIn(ctx, s, client, ref)
	switch {
	case err != nil:
		return entry, false, exit.Failed(err)
	case !known && !proved(ref):
		return entry, false, exit.Usagef("%s is not in the journal %s: give --amount and --currency, or --orderid",
			terminal.Line(ref.ClientOrderID), s.JournalPath())
	case isAnother(entry, ref):
		return entry, true, exit.Failed(otherOrder(entry, ref))
	case known && !ref.Amount.IsZero():
		entry.Amount = ref.Amount // Resolve compares it with the journal's
	}
	return entry, known, nil
}
