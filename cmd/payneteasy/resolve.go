package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
)

const resolveHelp = `Find out what became of a payout without an answer. It sends no payout: it asks
the gateway for the order, for two minutes if it does not know it yet, and
writes what it finds into the journal.

What the journal has of the payout need not be told again. For a payout that it
does not have, --amount and --currency, or --orderid, are required.

A payout that the gateway does not know after all this is held: it may still
arrive. Ask the gateway's manager, with id, amount and time, then payneteasy
batch settle.

Exit status: 0 paid; 1 declined or filtered: not paid; 3 anything else: not
final yet, held, the gateway could not be asked, or a person must look: do not
pay again; 2 usage or configuration.`

const resolveExamples = `  payneteasy resolve payout-0001
  payneteasy resolve payout-0001 --amount 10.42 --currency USD`

func (t *tool) resolveCommand() *cobra.Command {
	var f orderFlags
	cmd := &cobra.Command{
		Use: "resolve [flags] CLIENT_ORDERID", Short: "Find out what became of a payout without an answer",
		Long: resolveHelp, Example: resolveExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return t.resolve(cmd, args, &f) },
	}
	f.add(cmd)
	return cmd
}

func (t *tool) resolve(cmd *cobra.Command, args []string, f *orderFlags) error {
	ref, err := f.ref(cmd, args)
	if err != nil {
		return err
	}
	config, err := t.clientConfig(&f.settings)
	if err != nil {
		return err
	}
	if _, err := newClient(config); err != nil {
		return err
	}
	store, err := t.openStore(config)
	if err != nil {
		if _, ok := errors.AsType[*exitError](err); ok {
			return err
		}
		return &exitError{exitUnknown, fmt.Errorf("nothing was asked: %w", storeError(err))}
	}
	defer func() { _ = store.close() }() // all that it was told is on the disk
	entry, err := store.journal.Get(cmd.Context(), ref.ClientOrderID)
	if err == nil && entry.State == payneteasy.StateSettled {
		return t.reportSettled(entry)
	}
	if errors.Is(err, payneteasy.ErrNoEntry) && ref.OrderID == "" && ref.Amount.IsZero() {
		return usage("%s is not in the journal %s: give --amount and --currency, or --orderid", line(ref.ClientOrderID), store.journalPath())
	}
	watch := t.newWatch()
	config.Journal, config.Logger = store.journal, slog.New(watch)
	client, err := newClient(config)
	if err != nil {
		return err
	}
	watch.start("")
	found, err := client.Resolve(cmd.Context(), ref)
	watch.stop()
	switch {
	case errors.Is(err, payneteasy.ErrHeld):
		t.note("%s", err)
		return &exitError{exitUnknown, errors.New(f.settleCommand(ref.ClientOrderID))}
	case err != nil:
		return failed(err)
	}
	return t.report(found.Status)
}

// settleCommand is the advice for what is held.
func (s *settings) settleCommand(clientOrderID string) string {
	return fmt.Sprintf("it is held. Ask the gateway's manager whether there is an order, then: payneteasy batch settle %s --verdict … --reason …%s", pasted(clientOrderID, "CLIENT_ORDERID"), s.sameSettings())
}

// sameSettings is what a command that is advised needs to mean the same merchant, as far as it is not in the environment.
func (s *settings) sameSettings() string {
	var flags strings.Builder
	if s.configFile != "" {
		flags.WriteString(" --config " + pasted(s.configFile, "FILE"))
	}
	if s.profile != "" {
		flags.WriteString(" --profile " + pasted(s.profile, "NAME"))
	}
	for _, flag := range []struct{ name, value string }{
		{"--base-url", s.baseURL},
		{"--login", s.login},
		{"--key", s.keyFile},
		{"--control-key-file", s.controlKeyFile},
		{"--endpoint-id", s.endpointID},
		{"--group-id", s.groupID},
	} {
		if flag.value != "" {
			flags.WriteString(" " + flag.name + " …")
		}
	}
	return flags.String()
}

func (p *payment) settleCommand() string { return p.settings.settleCommand(p.req.ClientOrderID) }

func (p *payment) resolveCommand() string {
	return "payneteasy resolve " + pasted(p.req.ClientOrderID, "CLIENT_ORDERID") + p.sameSettings()
}

// reportSettled tells what a person has decided.
func (t *tool) reportSettled(entry payneteasy.Entry) error {
	result := resultOfVerdict(entry.Verdict)
	verdict := fmt.Sprintf("settled as %s: %s", entry.Verdict, entry.Reason)
	if t.json() {
		out := statusOutput{
			ClientOrderID: entry.ClientOrderID, OrderID: entry.OrderID, Paid: result == resultPaid, MayPayAgain: result == resultNotPaid, Verdict: verdict,
			Amount: entry.Amount.Decimal(), Currency: entry.Amount.Currency(),
		}
		t.printJSON(out)
	} else {
		t.printRows([][2]string{
			{"client_orderid", entry.ClientOrderID},
			{"orderid", entry.OrderID},
			{"amount", entry.Amount.String()},
			{"verdict", verdict},
		})
	}
	if exit := result.exit(); exit != exitDone {
		return &exitError{status: exit}
	}
	return nil
}
