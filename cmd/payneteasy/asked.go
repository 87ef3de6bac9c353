package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/payneteasy-go/payneteasy"
)

// named completes an order from the journal, if this tool has paid it and only its client_orderid is given. doubt is what the
// journal knows besides, and one status does not settle. Nothing is written, and the journal may be in use.
func (t *tool) named(ctx context.Context, config payneteasy.Config, ref payneteasy.OrderRef) (named payneteasy.OrderRef, doubt string) {
	if !t.hasJournal(config) {
		return ref, ""
	}
	s, err := t.readStore(config)
	if err != nil {
		return ref, "" // the gateway is asked all the same
	}
	defer func() { _ = s.close() }()
	entry, err := s.journal.Get(ctx, ref.ClientOrderID)
	if err != nil {
		return ref, ""
	}
	if !proved(ref) {
		ref.OrderID, ref.Amount = entry.OrderID, entry.Amount
	}
	return ref, doubtOf(entry)
}

func doubtOf(entry payneteasy.Entry) string {
	switch {
	case entry.OtherOrders != "":
		return "the gateway has other orders of this id: " + entry.OtherOrders
	case entry.Was != "":
		return "it was " + string(entry.Was) + " before"
	case entry.State == payneteasy.StateSettled:
		return "a person settled it as " + string(entry.Verdict)
	}
	return ""
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

// record writes a final status into the journal, if that has the payout and it is open, and returns what it learns there that
// one status does not settle. A journal that is in use is left alone: whoever uses it will learn of it.
func (t *tool) record(ctx context.Context, config payneteasy.Config, ref payneteasy.OrderRef) (doubt string) {
	if !t.hasJournal(config) {
		return ""
	}
	s, err := t.openStore(config)
	if err != nil {
		return ""
	}
	defer func() { _ = s.close() }()
	if entry, err := s.journal.Get(ctx, ref.ClientOrderID); err != nil || entry.Closed() {
		return ""
	}
	config.Journal, config.Logger = s.journal, nil
	client, err := newClient(config)
	if err != nil {
		return ""
	}
	if _, err := client.Resolve(ctx, ref); err != nil {
		return strings.TrimPrefix(err.Error(), "payneteasy: ")
	}
	return ""
}
