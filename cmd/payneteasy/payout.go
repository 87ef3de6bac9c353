package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/duplicate"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const payoutHelp = `Send one payout, and wait for the final status. A CLIENT_ORDERID stands for one
payout. The tool never pays the same ID twice, not even after a crash. For this
it keeps a journal for each login and endpoint, and prints its path. During the
wait, nothing else can be paid from this journal. --no-wait releases it at once.

At a terminal the tool shows where it pays, and asks before it sends. It does
not ask if the gateway is on this machine. A script must give --yes.

If no answer arrives, the order may exist. The tool then asks the gateway about
the order, and sends nothing twice. Ctrl-C ends the questions and the wait, but
never the payout.

Give a card, a wallet and any other documented parameter with --data NAME=VALUE,
or with --data @FILE for a file with an encoded body (a=1&b=2; @- is stdin). You
can use both. Every user of this machine can see the command line, so put a card
in a file.

If the gateway refuses the payout, the tool asks about it again two minutes
after it was sent. A proxy may have sent it twice, and the gateway may have
accepted the first copy. With --no-wait the command ends at once, as refused.

If the CLIENT_ORDERID was used before for the same payout, the command ends with
the decision in the journal. For any other payout it ends with a review.

Another machine or state directory may have used the ID. So the tool first asks
the gateway once. If the gateway knows the ID, nothing is sent, and the payout
is a review (elsewhere) until you close it with payneteasy settle. If the
gateway cannot be asked, nothing is sent. --no-check sends without asking.

Exit status, by the decision:
  0  paid
  1  not paid (declined or filtered): to pay again, use a new CLIENT_ORDERID; or
     rejected: there is no order
  2  wrong usage or configuration: nothing was sent
  3  unknown, refused, reversed or review: do not pay again. Ask about the
     payout with payneteasy resolve CLIENT_ORDERID
  4  certainly not sent: you can run the same command again
  5  pending: not final in time, or accepted with --no-wait. It may still be
     paid. Continue with payneteasy wait`

const payoutExamples = `  payneteasy payout payout-0001 --amount 10.42 --currency USD \
      --account-number 1234567890
  payneteasy payout payout-0002 --amount 10.42 --currency USD --data @card.txt \
      --yes --no-wait

  # ask about a payout without an answer
  payneteasy resolve payout-0001`

func (t *tool) payoutCommand() *cobra.Command {
	var f payoutFlags
	noWait := false
	cmd := &cobra.Command{
		Use: "payout [flags] CLIENT_ORDERID", Short: "Send one payout and wait for the final status", Long: payoutHelp,
		Example:           payoutExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.wait = !noWait
			return t.payout(cmd, args, &f, false)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "end when the gateway has accepted the payout, before it is paid")
	return cmd
}

// payment is one payout in progress.
type payment struct {
	*payoutFlags
	tool   *tool
	form   bool // payout-form
	values map[string]string
	req    *payneteasy.PayoutRequest
	client *payneteasy.Client
	store  *store.Store
	watch  *watch
	entry  payneteasy.Entry // what is known about the order
	link   string           // the link of a form
	quiet  bool             // the text form shows nothing on stdout
	cause  string           // begins the error in JSON; the text form shows it in its own line

	anotherPayout string // what to do about another payout under this ID; empty if there is none
}

func (t *tool) payout(cmd *cobra.Command, args []string, f *payoutFlags, form bool) error {
	p := &payment{payoutFlags: f, tool: t, form: form, watch: t.newWatch()}
	var err error
	if p.values, err = t.payoutValues(cmd, args, f); err != nil {
		return err
	}
	if p.req, err = payoutinput.FromCommandLine(p.values, f.extra); err != nil {
		return &exit.Error{Status: exit.Usage, Err: err}
	}
	if err := checkMaxWait(f.maxWait); err != nil {
		return err
	}
	config, err := t.ClientConfig(&f.Settings)
	if err != nil {
		return err
	}
	if p.client, err = profile.NewClient(config); err != nil {
		return err
	}
	if err := p.client.Validate(p.req); err != nil && !form { // a form may have a longer callback URL
		return &exit.Error{Status: exit.Usage, Err: err}
	}
	if err := t.mayAsk(config, f.yes); err != nil {
		return err
	}
	p.entry = notBegun(p.client, p.req)
	err = p.run(cmd.Context(), config)
	if ended, ok := errors.AsType[*exit.Error](err); ok && ended.Status == exit.Usage {
		return err
	}
	p.watch.gap()
	p.show(err)
	return err
}

// run opens the journal and pays.
func (p *payment) run(ctx context.Context, config payneteasy.Config) (err error) {
	t := p.tool
	p.store, err = store.Open(t.Invocation, config)
	if err != nil {
		return p.unopened(err)
	}
	defer func() { _ = p.store.Close() }() // everything written is already on disk
	config.Journal, config.Wait.OnProgress = p.store.Journal, p.watch.progress
	if p.client, err = profile.NewClient(config); err != nil {
		return err
	}
	// Refuse a used ID before the destination is written, because the stored destination must stay.
	switch entry, _, err := p.store.Journal.Get(ctx, p.req.ClientOrderID); {
	case err == nil && entry.Decision().PayAgain() != payneteasy.PayAgainSameID:
		return p.duplicate(entry)
	case err != nil && !errors.Is(err, payneteasy.ErrNoEntry):
		return p.notSent(err)
	}
	p.tool.showPayment(p, config)
	if err := t.confirmPayment(ctx, config, p.yes); err != nil {
		return p.notSent(err)
	}
	if !p.noCheck {
		switch orderID, err := duplicate.OrderElsewhere(ctx, p.client, p.req.Ref()); {
		case orderID != "":
			return p.adopt(ctx, orderID)
		case err != nil && ctx.Err() == nil:
			return p.notSent(fmt.Errorf("cannot ask whether the gateway knows the ID: %s",
				terminal.MessageWithoutSerial(err)))
		}
	}
	sum := p.store.Destinations.Of(p.values)
	if err := p.store.Destinations.Remember(p.req.ClientOrderID, sum); err != nil {
		return p.notSent(err)
	}
	if ctx.Err() != nil {
		return p.notSent(errors.New("interrupted before anything was sent"))
	}
	return p.concluded(ctx, p.send(ctx))
}

// send sends the payout. An interrupt does not cancel the call.
func (p *payment) send(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		call := context.WithoutCancel(ctx)
		if p.form {
			form, err := p.client.PayoutForm(call, p.req)
			if err == nil {
				p.entry, p.link = form.Entry, form.RedirectURL.Reveal()
			}
			done <- err
			return
		}
		payout, err := p.client.Payout(call, p.req)
		if err == nil {
			p.entry = payout.Entry
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		p.tool.Note("interrupted: the payout was already sent; the command ends after the gateway's answer")
		return <-done
	}
}

// concluded continues after the call with its outcome.
func (p *payment) concluded(ctx context.Context, err error) error {
	if err == nil {
		return p.accepted(ctx)
	}
	if told, ok := errors.AsType[*payneteasy.Error](err); ok {
		p.entry = told.Entry
	}
	if duplicate, ok := errors.AsType[*payneteasy.DuplicateError](err); ok {
		return p.duplicate(duplicate.Entry)
	}
	_, invalid := errors.AsType[*payneteasy.ValidationError](err)
	switch payneteasy.DecisionOf(err) {
	case payneteasy.DecisionNotSent:
		if invalid {
			return &exit.Error{Status: exit.Usage, Err: err}
		}
		return p.notSent(err)
	case payneteasy.DecisionRejected:
		return &exit.Error{Status: exit.Rejected, Err: err}
	case payneteasy.DecisionRefused:
		if !p.wait {
			return p.unknown(err)
		}
	case payneteasy.DecisionUnknown, payneteasy.DecisionPending, payneteasy.DecisionPaid, payneteasy.DecisionNotPaid,
		payneteasy.DecisionReversed, payneteasy.DecisionReview:
	}
	return p.resolve(ctx, err)
}

// resolve asks the gateway about a payout without an answer, or about a refused one.
func (p *payment) resolve(ctx context.Context, unknown error) error {
	if ctx.Err() != nil {
		return p.unknown(&interruptedError{unknown})
	}
	p.tool.Note("%s", unknown)
	p.tool.Note("asking the gateway about the payout, until %s at the latest",
		p.entry.Began.Add(p.entry.Window).Format(time.RFC3339))
	entry, err := p.watch.resolve(ctx, p.client, p.entry)
	p.entry = entry
	if err != nil {
		return p.unknown(err)
	}
	switch entry.Decision() {
	case payneteasy.DecisionPending:
		if p.form && p.link == "" {
			p.tool.Note(
				"the order exists, but its link was lost with the answer: "+
					"follow it with payneteasy wait %s; do not pay again before it is declined",
				terminal.Pasted(p.req.ClientOrderID, "CLIENT_ORDERID"))
			break
		}
		return p.accepted(ctx)
	case payneteasy.DecisionReview:
		if entry.Cause() == payneteasy.CauseHeld {
			p.tool.Note("%s", p.settleCommand())
		}
	case payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionPaid, payneteasy.DecisionNotPaid,
		payneteasy.DecisionReversed, payneteasy.DecisionRejected, payneteasy.DecisionNotSent:
	}
	return exit.Decided(entry.Decision())
}

// accepted waits for the final decision if p.wait is set.
func (p *payment) accepted(ctx context.Context) error {
	if p.form && p.wait {
		p.showLink()
	}
	if !p.wait {
		return exit.Decided(p.entry.Decision())
	}
	entry, err := p.watch.wait(ctx, p.client, p.entry, p.maxWait, "accepted    order "+p.entry.OrderID())
	p.entry = entry
	if err != nil {
		p.quiet = true
		err = interruption(err)
		return exit.Failed(fmt.Errorf("%w; continue with payneteasy wait %s --orderid %s%s", err,
			terminal.Pasted(p.req.ClientOrderID, "CLIENT_ORDERID"), entry.OrderID(), p.SameSettings()))
	}
	return exit.Decided(entry.Decision())
}
