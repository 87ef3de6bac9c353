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

// notBegun returns the entry of a payout before anything is sent.
func notBegun(client *payneteasy.Client, req *payneteasy.PayoutRequest) payneteasy.Entry {
	e := client.NewEntry(req.Ref())
	e.Send = string(order.SendNotSent)
	return e
}

// show prints the result. JSON is printed for every outcome. The error is printed on stderr by the caller.
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

// showLink prints the link to the page where the receiver fills in the destination. In JSON the link is in the object.
func (p *payment) showLink() {
	if !p.tool.JSON() {
		p.tool.PrintRows([][2]string{
			{"client_orderid", p.entry.ClientOrderID},
			{"orderid", p.entry.OrderID()},
			{"link", p.link},
		})
	}
	p.tool.Note("anyone who has the link can decide where the money goes: give it only to the receiver, " +
		"and keep it out of logs and chats")
}

// notSent returns the error of a payout that was not sent at all.
func (p *payment) notSent(err error) error {
	p.quiet = true
	before := ""
	if !errors.Is(err, payneteasy.ErrNotSent) {
		before = terminal.Line(p.req.ClientOrderID) + " was not sent: "
	}
	return exit.Otherwise(exit.NotSent, before, err)
}

// unopened returns the error of a payout whose journal cannot be opened. Nothing was sent now. Only the journal knows
// whether the ID was used before.
func (p *payment) unopened(err error) error {
	p.quiet = true
	if _, ok := errors.AsType[*exit.Error](err); ok {
		return err
	}
	p.entry = p.client.NewEntry(p.req.Ref())
	return exit.Otherwise(exit.Unknown,
		"nothing was sent now; whether "+terminal.Line(p.req.ClientOrderID)+" was sent before is not known: ", err)
}

// duplicate returns the error of a client_orderid that was used before. Nothing was sent now. If the payout is the
// same, the journal's decision is the result.
func (p *payment) duplicate(stored payneteasy.Entry) error {
	asked := p.entry
	asked.Command = p.command()
	d := &payneteasy.DuplicateError{Entry: stored, Asked: asked}
	p.entry = stored
	text := fmt.Sprintf("nothing was sent now: %s, begun %s", terminal.Message(d), began(stored))
	if differences := p.differences(stored, asked); differences != "" {
		p.quiet = true
		p.anotherPayout = "another payout was made under this ID, " + differences + ": give the same values" +
			duplicate.NewIDAdvice(stored, "give it")
		return &exit.Error{Status: exit.Unknown, Err: fmt.Errorf("%s; %s", text, p.anotherPayout)}
	}
	if stored.Cause() == payneteasy.CauseHeld {
		text += "; " + p.settleCommand()
	} else if stored.IsOpen() {
		text += "; find the outcome with " + p.resolveCommand()
	}
	p.tool.Note("%s", text)
	return exit.Decided(payneteasy.DecisionOf(d))
}

// differences says how the stored payout differs from the payout that is asked for. It is empty if they do not differ.
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

// unknown returns the error of a payout that may have been paid.
func (p *payment) unknown(err error) error {
	err = interruption(err)
	p.quiet = true
	p.tool.Note("%s", err)
	p.cause = terminal.Message(err) + "; "
	status := exit.Unknown
	if payneteasy.DecisionOf(err) == payneteasy.DecisionPending {
		status = exit.Pending
	}
	return &exit.Error{Status: status, Err: errors.New("do not pay again; find the outcome with " + p.resolveCommand())}
}
