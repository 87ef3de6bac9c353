package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/payneteasy-go/payneteasy"
)

// named completes an order that is named by its client_orderid alone from the journal, if this tool has paid it. Nothing is
// written, and the journal may be in use.
func (t *tool) named(ctx context.Context, config payneteasy.Config, ref payneteasy.OrderRef) payneteasy.OrderRef {
	if proved(ref) || !t.hasJournal(config) {
		return ref
	}
	s, err := t.readStore(config)
	if err != nil {
		return ref // the gateway is asked all the same
	}
	defer func() { _ = s.close() }()
	if entry, err := s.journal.Get(ctx, ref.ClientOrderID); err == nil {
		ref.OrderID, ref.Amount = entry.OrderID, entry.Amount
	}
	return ref
}

// proved reports whether an order that is found by this reference is certainly the one that is meant.
func proved(ref payneteasy.OrderRef) bool { return ref.OrderID != "" || !ref.Amount.IsZero() }

func (t *tool) hasJournal(config payneteasy.Config) bool {
	dir, err := t.storeDir(config)
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, journalName))
	return err == nil
}

// record writes a final status into the journal, if that has the payout and it is open. A journal that is in use is left
// alone: whoever uses it will learn of it.
func (t *tool) record(ctx context.Context, config payneteasy.Config, ref payneteasy.OrderRef) {
	if !t.hasJournal(config) {
		return
	}
	s, err := t.openStore(config)
	if err != nil {
		return
	}
	defer func() { _ = s.close() }()
	if entry, err := s.journal.Get(ctx, ref.ClientOrderID); err != nil || entry.Closed() {
		return
	}
	config.Journal, config.Logger = s.journal, nil
	client, err := newClient(config)
	if err != nil {
		return
	}
	if _, err := client.Resolve(ctx, ref); err != nil {
		t.note("the journal: %v", err)
	}
}
