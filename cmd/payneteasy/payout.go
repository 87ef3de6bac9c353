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

const payoutHelp = `Pay out, once, and wait for the final status. CLIENT_ORDERID names one attempt,
ever: an id that was used before is not sent again, not even after a crash, for
the tool keeps a journal of each login and endpoint, whose path it prints. While
it waits, nothing else can be paid from this journal; --no-wait lets go of it at
once.

It shows where it pays and asks, when a person is at the terminal and the
gateway is not on this machine. A script must say --yes.

When no answer comes, the order may exist: it asks the gateway what became of
it, and sends nothing twice. Ctrl-C ends the asking and waiting, never the
payout.

A card, a wallet and all other documented parameters go by --data: NAME=VALUE,
or @FILE of an encoded body (a=1&b=2; @- is stdin), or both. What is on the
command line shows to every user of this machine: a card belongs into a file.

What the gateway refuses is asked about again when it had its time, two minutes
after it was sent: a proxy may have sent it twice, and the first copy may have
been accepted. With --no-wait it ends at once, as refused.

A CLIENT_ORDERID that was used before for the same payout is not sent again: it
ends with the decision that the journal has. For any other payout it is a
review.

The journal of another machine or state directory may have it. So the gateway is
asked first, once: if it knows the id, nothing is sent, and the payout is a
review (elsewhere) until payneteasy settle. If it cannot be asked, nothing is
sent either. --no-check sends without asking.

Exit status, by the decision:
  0  paid
  1  not paid (declined or filtered): if it is paid again, then under a new
     CLIENT_ORDERID; or rejected: there is no order
  2  usage or configuration: nothing was sent
  3  unknown, refused, reversed or review: do not pay again. payneteasy resolve
     CLIENT_ORDERID asks what became of it
  4  not sent, and that is sure: the same command may be run again
  5  pending: not final in time, or accepted with --no-wait; it may still be
     paid. payneteasy wait goes on waiting`

const payoutExamples = `  payneteasy payout payout-0001 --amount 10.42 --currency USD \
      --account-number 1234567890
  payneteasy payout payout-0002 --amount 10.42 --currency USD --data @card.txt \
      --yes --no-wait

  # what became of a payout without an answer
  payneteasy resolve payout-0001`

func (t *tool) payoutCommand() *cobra.Command {
	var f payoutFlags
	noWait := false
	cmd := &cobra.Command{
		Use: "payout [flags] CLIENT_ORDERID", Short: "Pay out once, and wait for the final status", Long: payoutHelp,
		Example:           payoutExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.wait = !noWait
			return t.payout(cmd, args, &f, false)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "end when the gateway has accepted it, before it is paid")
	return cmd
}

// payment is one payout under way.
type payment struct {
	*payoutFlags
	tool   *tool
	form   bool // payout-form
	values map[string]string
	req    *payneteasy.PayoutRequest
	client *payneteasy.Client
	store  *store.Store
	watch  *watch
	entry  payneteasy.Entry // what is known of the order
	link   string           // of a form
	quiet  bool             // in text, nothing of it is shown on stdout
	cause  string           // of its error, which text has on a line of its own

	anotherPayout string // what to do about another payout that was made under its id, or nothing
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
	if err := p.client.Validate(p.req); err != nil && !form { // that of a form may have a longer callback URL
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

// run pays with the store open.
func (p *payment) run(ctx context.Context, config payneteasy.Config) (err error) {
	t := p.tool
	p.store, err = store.Open(t.Invocation, config)
	if err != nil {
		return p.unopened(err)
	}
	defer func() { _ = p.store.Close() }() // all that it was told is on the disk
	config.Journal, config.Wait.OnProgress = p.store.Journal, p.watch.progress
	if p.client, err = profile.NewClient(config); err != nil {
		return err
	}
	// A used id is refused before anything of it is written: what is known of its destination must stay.
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
			return p.notSent(fmt.Errorf("it could not be checked: %s", terminal.MessageWithoutSerial(err)))
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

// send makes the call, which nothing tears apart.
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
		p.tool.Note("interrupted: it waits for the gateway's answer to what is sent already, and ends then")
		return <-done
	}
}

// concluded goes on from what came of the call.
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

// resolve asks what became of a payout without an answer, or of one that was refused.
func (p *payment) resolve(ctx context.Context, unknown error) error {
	if ctx.Err() != nil {
		return p.unknown(&interruptedError{unknown})
	}
	p.tool.Note("%s", unknown)
	p.tool.Note("asking the gateway what became of it, until %s at most",
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
					"payneteasy wait %s tells what becomes of it; do not pay again before it is declined",
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

// accepted waits for the final decision, if that is wanted.
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
		return exit.Failed(fmt.Errorf("%w; go on with: payneteasy wait %s --orderid %s%s", err,
			terminal.Pasted(p.req.ClientOrderID, "CLIENT_ORDERID"), entry.OrderID(), p.SameSettings()))
	}
	return exit.Decided(entry.Decision())
}
