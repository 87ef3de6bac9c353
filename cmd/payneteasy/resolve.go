package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const resolveHelp = `Find out what became of a payout without an answer, or that the gateway has
refused. It sends no payout: it asks the gateway for the order until the
gateway had its time, two minutes after the payout was sent, and writes what it
finds into the journal.

What the journal has of the payout need not be told again. For a payout that it
does not have, --amount and --currency, or --orderid, are required.

A payout that the gateway does not know after all this is a review (held): it
may still arrive. Ask the gateway's manager, with id, amount and time, then
payneteasy settle. One that the gateway had refused is rejected then.

Exit status, by the decision: 0 paid; 1 not paid or rejected; 3 unknown,
refused, reversed, review, or the gateway did not tell: do not pay again; 4 not
sent; 5 pending: do not pay again; 2 usage or configuration.`

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
	config, err := t.ClientConfig(&f.Settings)
	if err != nil {
		return err
	}
	s, err := store.Open(t.Invocation, config)
	if err != nil {
		return exit.Otherwise(exit.Unknown, "nothing was asked: ", err)
	}
	defer func() { _ = s.Close() }() // all that it was told is on the disk
	watch := t.newWatch()
	config.Journal, config.Wait.OnProgress = s.Journal, watch.progress
	client, err := profile.NewClient(config)
	if err != nil {
		return err
	}
	entry, known, err := storedEntry(cmd.Context(), s, client, ref)
	if err != nil {
		return err
	}
	entry, err = watch.resolve(cmd.Context(), client, entry)
	if err != nil {
		return t.reportFailed(entry, watch.last, err)
	}
	if !known && watch.last == nil {
		return t.reportFailed(entry, nil, notFound(ref))
	}
	if entry.Cause() == payneteasy.CauseHeld {
		t.Note("%s", settleAdvice(&f.Settings, ref.ClientOrderID))
	}
	watch.gap()
	return t.report(entry, watch.last)
}

// settleAdvice is the advice for a payout that the gateway does not know.
func settleAdvice(s *profile.Settings, clientOrderID string) string {
	return fmt.Sprintf("the gateway does not know it. Ask the gateway's manager whether there is an order, then: "+
		"payneteasy settle %s --as … --reason …%s", terminal.Pasted(clientOrderID, "CLIENT_ORDERID"), s.SameSettings())
}

func (p *payment) settleCommand() string { return settleAdvice(&p.Settings, p.req.ClientOrderID) }

func (p *payment) resolveCommand() string {
	return "payneteasy resolve " + terminal.Pasted(p.req.ClientOrderID, "CLIENT_ORDERID") + p.SameSettings()
}
