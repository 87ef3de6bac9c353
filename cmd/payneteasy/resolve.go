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

const resolveHelp = `Find the outcome of a payout that got no answer, or that the gateway refused. No
payout is sent. The command asks the gateway for the order until two minutes
after the payout was sent. It writes the answer into the journal.

A payout in the journal needs only its CLIENT_ORDERID. For any other payout,
give --orderid, or --amount and --currency.

If the gateway still does not know the payout, it is a review (held), because it
may still arrive. Ask the gateway manager, and name its ID, amount and time.
Then close it with payneteasy settle. A refused payout that the gateway still
does not know is rejected.

Exit status, by the decision: 0 paid; 1 not paid or rejected; 3 unknown,
refused, reversed, review, or no answer: do not pay again; 4 not sent; 5
pending: do not pay again; 2 wrong usage or configuration.`

const resolveExamples = `  payneteasy resolve payout-0001
  payneteasy resolve payout-0001 --amount 10.42 --currency USD`

func (t *tool) resolveCommand() *cobra.Command {
	var f orderFlags
	cmd := &cobra.Command{
		Use: "resolve [flags] CLIENT_ORDERID", Short: "Find the outcome of a payout without an answer",
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
		return exit.Otherwise(exit.Unknown, "the gateway was not asked: ", err)
	}
	defer func() { _ = s.Close() }() // everything written is already on disk
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

// settleAdvice says what to do about a payout that the gateway does not know.
func settleAdvice(s *profile.Settings, clientOrderID string) string {
	return fmt.Sprintf("the gateway does not know the payout. Ask the gateway manager whether there is an order, "+
		"then use payneteasy settle %s --as … --reason …%s",
		terminal.Pasted(clientOrderID, "CLIENT_ORDERID"), s.SameSettings())
}

func (p *payment) settleCommand() string { return settleAdvice(&p.Settings, p.req.ClientOrderID) }

func (p *payment) resolveCommand() string {
	return "payneteasy resolve " + terminal.Pasted(p.req.ClientOrderID, "CLIENT_ORDERID") + p.SameSettings()
}
