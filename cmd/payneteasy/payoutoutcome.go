package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/duplicate"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// notBegun is a payout that nothing was sent of.
func notBegun(client *payneteasy.Client, req *payneteasy.PayoutRequest) payneteasy.Entry {
	e := client.NewEntry(req.Ref())
	e.Send = string(order.SendNotSent)
	return e
}

// show prints one result, in JSON whatever came of it. What went wrong is told on stderr.
func (p *payment) show(err error) {
	out := newOrderOutput(p.entry, p.watch.last)
	out.RedirectURL = p.link
	if p.anotherPayout != "" {
		out.Decision, out.Cause = payneteasy.DecisionReview, ""
		out.PayAgain, out.Advice = "no", p.anotherPayout
	}
	if err != nil && err.Error() != "" {
		out.Error = p.cause + terminal.Message(err)
	}
	switch {
	case p.tool.JSON():
		p.tool.PrintJSON(out)
	case p.quiet:
	case p.link != "" && !p.wait:
		p.showLink()
	default:
		p.tool.printOrder(out)
	}
}

// showLink prints where the receiver says to which account the money goes. In JSON it is in the object.
func (p *payment) showLink() {
	if !p.tool.JSON() {
		p.tool.PrintRows([][2]string{
			{"client_orderid", p.entry.ClientOrderID},
			{"orderid", p.entry.OrderID()},
			{"link", p.link},
		})
	}
	p.tool.Note("anyone with the link decides where the money goes: give it to the receiver alone, " +
		"and keep it out of logs and chats")
}

// notSent is a payout of which no byte has left.
func (p *payment) notSent(err error) error {
	p.quiet = true
	before := ""
	if !errors.Is(err, payneteasy.ErrNotSent) {
		before = terminal.Line(p.req.ClientOrderID) + " was not sent: "
	}
	return exit.Otherwise(exit.NotSent, before, err)
}

// unopened is a payout without the journal, which alone knows whether its id was used before. Nothing was sent now.
func (p *payment) unopened(err error) error {
	p.quiet = true
	if _, ok := errors.AsType[*exit.Error](err); ok {
		return err
	}
	p.entry = p.client.NewEntry(p.req.Ref())
	return exit.Otherwise(exit.Unknown,
		"nothing was sent now, and whether "+terminal.Line(p.req.ClientOrderID)+" was sent before is not known: ", err)
}

// duplicate is a client_orderid that was used before. Nothing was sent now. If it was the same payout, the journal's
// decision is the answer.
func (p *payment) duplicate(stored payneteasy.Entry) error {
	asked := p.entry
	asked.Command = p.command()
	d := &payneteasy.DuplicateError{Entry: stored, Asked: asked}
	p.entry = stored
	text := fmt.Sprintf("nothing was sent now: %s, begun %s", terminal.Message(d), began(stored))
	if differences := p.differences(stored, asked); differences != "" {
		p.quiet = true
		p.anotherPayout = "another payout was made under this id, " + differences + ": give the same values" +
			duplicate.NewIDAdvice(stored, "give it")
		return &exit.Error{Status: exit.Unknown, Err: fmt.Errorf("%s; %s", text, p.anotherPayout)}
	}
	if stored.Cause() == payneteasy.CauseHeld {
		text += "; " + p.settleCommand()
	} else if stored.IsOpen() {
		text += "; find out with " + p.resolveCommand()
	}
	p.tool.Note("%s", text)
	return exit.Decided(payneteasy.DecisionOf(d))
}

// differences are how the payout that was made under this id differs from the one that is asked for, or nothing.
func (p *payment) differences(stored, asked payneteasy.Entry) string {
	var texts []string
	differs := p.store.Compare(stored, asked.Command, asked.Amount, p.store.Destinations.Of(p.values))
	if differs.Command {
		texts = append(texts, "by "+stored.Command)
	}
	if differs.Amount {
		texts = append(texts, fmt.Sprintf("of %s, not of %s", stored.Amount, asked.Amount))
	}
	switch {
	case differs.UnknownDestination:
		texts = append(texts, "by another program, to a destination that this tool does not know")
	case differs.Destination != "":
		texts = append(texts, "to "+differs.Destination)
	}
	return strings.Join(texts, ", ")
}

func (p *payment) command() string {
	if p.form {
		return "payout-form"
	}
	return "payout"
}

// unknown is a payout that may have been paid.
func (p *payment) unknown(err error) error {
	err = interruption(err)
	p.quiet = true
	p.tool.Note("%s", err)
	p.cause = terminal.Message(err) + "; "
	status := exit.Unknown
	if payneteasy.DecisionOf(err) == payneteasy.DecisionPending {
		status = exit.Pending
	}
	return &exit.Error{Status: status, Err: errors.New("do not send it again; find out with " + p.resolveCommand())}
}
