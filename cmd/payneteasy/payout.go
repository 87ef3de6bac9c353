package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
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

Exit status:
  0  paid; with --no-wait: accepted, not paid yet
  1  rejected, declined or filtered: not paid. If it is paid again, then under a
     new CLIENT_ORDERID
  2  usage or configuration: nothing was sent
  3  it may have been paid: do not pay again. payneteasy resolve CLIENT_ORDERID
     asks what became of it
  4  not sent, and that is sure: the same command may be run again
  5  no final status in time: it may still be paid. payneteasy wait goes on
     waiting`

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
		Use: "payout [flags] CLIENT_ORDERID", Short: "Pay out once, and wait for the final status", Long: payoutHelp, Example: payoutExamples,
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
	store  *store
	watch  *watch
	out    payoutOutput
}

func (t *tool) payout(cmd *cobra.Command, args []string, f *payoutFlags, form bool) error {
	p := &payment{payoutFlags: f, tool: t, form: form, watch: t.newWatch()}
	var err error
	if p.values, err = t.payoutValues(cmd, args, f); err != nil {
		return err
	}
	if p.req, err = payoutRequest(p.values, f.extra); err != nil {
		return err
	}
	if err := checkMaxWait(f.maxWait); err != nil {
		return err
	}
	config, err := t.clientConfig(&f.settings)
	if err != nil {
		return err
	}
	if p.client, err = newClient(config); err != nil {
		return err
	}
	if err := p.client.Validate(p.req); err != nil && !form { // that of a form may have a longer callback URL
		return &exitError{exitUsage, err}
	}
	if err := t.mayAsk(config, f.yes); err != nil {
		return err
	}
	p.out = newPayoutOutput(p.req)
	err = p.run(cmd.Context(), config)
	var ended *exitError
	if errors.As(err, &ended) && ended.status == exitUsage {
		return err
	}
	p.watch.gap()
	t.printPayout(p.out, err)
	return err
}

// run pays with the store open.
func (p *payment) run(ctx context.Context, config payneteasy.Config) (err error) {
	t := p.tool
	p.store, err = t.openStore(config)
	if err != nil {
		return p.unopened(storeError(err))
	}
	defer func() { _ = p.store.close() }() // all that it was told is on the disk
	config.Journal, config.Logger = p.store.journal, slog.New(p.watch)
	if p.client, err = newClient(config); err != nil {
		return err
	}
	// A used id is refused before anything of it is written: what is known of its destination must stay.
	switch entry, err := p.store.journal.Get(ctx, p.req.ClientOrderID); {
	case err == nil && !entry.Free():
		return p.duplicate(&payneteasy.DuplicateError{Entry: entry})
	case err != nil && !errors.Is(err, payneteasy.ErrNoEntry):
		return p.notSent(err)
	}
	p.tool.showPayment(p, config)
	if err := t.confirmPayment(ctx, config, p.yes); err != nil {
		return p.notSent(err)
	}
	sum := p.store.destinations.of(p.values)
	if err := p.store.destinations.remember(p.req.ClientOrderID, sum); err != nil {
		return p.notSent(fmt.Errorf("its destination could not be written down: %w", err))
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
				p.out.OrderID, p.out.SerialNumber, p.out.RedirectURL = form.OrderID, form.SerialNumber, form.RedirectURL
			}
			done <- err
			return
		}
		payout, err := p.client.Payout(call, p.req)
		if err == nil {
			p.out.OrderID, p.out.SerialNumber = payout.OrderID, payout.SerialNumber
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		p.tool.note("interrupted: it waits for the gateway's answer to what is sent already, and ends then")
		return <-done
	}
}

// concluded goes on from what came of the call.
func (p *payment) concluded(ctx context.Context, err error) error {
	p.out.Outcome = string(payneteasy.OutcomeOf(err))
	if told, ok := errors.AsType[*payneteasy.Error](err); ok {
		p.out.OrderID, p.out.SerialNumber = told.OrderID, told.SerialNumber
	}
	var duplicate *payneteasy.DuplicateError
	var invalid *payneteasy.ValidationError
	switch {
	case err == nil:
		return p.accepted(ctx)
	case errors.As(err, &duplicate):
		return p.duplicate(duplicate)
	case errors.As(err, &invalid) && errors.Is(err, payneteasy.ErrNotSent):
		return &exitError{exitUsage, err}
	case errors.Is(err, payneteasy.ErrOutcomeUnknown):
		return p.resolve(ctx, err)
	case errors.Is(err, payneteasy.ErrRejected):
		return &exitError{exitRejected, err}
	}
	return p.notSent(err)
}

// resolve asks what became of a payout without an answer.
func (p *payment) resolve(ctx context.Context, unknown error) error {
	if ctx.Err() != nil {
		return p.unknown(unknown)
	}
	p.tool.note("%s", unknown)
	p.tool.note("asking the gateway what became of it, for two minutes at most")
	p.watch.start("")
	found, err := p.client.Resolve(ctx, p.req.Ref())
	p.watch.stop()
	if err != nil {
		return p.unknown(err)
	}
	p.out.Outcome, p.out.OrderID, p.out.SerialNumber = string(payneteasy.OutcomeAccepted), found.OrderID, found.SerialNumber
	if found.Status.Status.Final() {
		return p.final(found.Status)
	}
	p.out.seen(found.Status)
	if p.form {
		return &exitError{exitUnknown, fmt.Errorf("the order exists, but its link was lost with the answer: payneteasy wait %s tells what becomes of it; do not pay again before it is declined", pasted(p.req.ClientOrderID, "CLIENT_ORDERID"))}
	}
	return p.accepted(ctx)
}

// accepted waits for the final status, if that is wanted.
func (p *payment) accepted(ctx context.Context) error {
	if !p.wait {
		return nil
	}
	ref := p.req.Ref()
	ref.OrderID = p.out.OrderID
	if p.form {
		p.tool.printLink(p.out)
	}
	status, err := p.watch.wait(ctx, p.client, ref, p.maxWait, "accepted    order "+p.out.OrderID)
	if status != nil {
		p.out.seen(status)
	}
	if err != nil {
		return failed(fmt.Errorf("%w; go on with: payneteasy wait %s --orderid %s%s", err, pasted(p.req.ClientOrderID, "CLIENT_ORDERID"), p.out.OrderID, p.sameSettings()))
	}
	return p.final(status)
}

func (p *payment) final(status *payneteasy.Status) error {
	p.out.seen(status)
	return judged(status)
}
