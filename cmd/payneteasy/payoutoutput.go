package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
)

// payoutOutput is what came of a payout.
type payoutOutput struct {
	Outcome       string        `json:"outcome"`
	Held          bool          `json:"held,omitempty"`
	ClientOrderID string        `json:"client_orderid"`
	OrderID       string        `json:"orderid,omitempty"`
	Amount        string        `json:"amount"`
	Currency      string        `json:"currency"`
	SerialNumber  string        `json:"serial_number,omitempty"`
	RedirectURL   string        `json:"redirect_url,omitempty"`
	Error         string        `json:"error,omitempty"`
	Journal       *entryOutput  `json:"journal,omitempty"` // of a used client_orderid
	Status        *statusOutput `json:"status,omitempty"`
}

// entryOutput is what the journal knows of a payout.
type entryOutput struct {
	State    string `json:"state"`
	OrderID  string `json:"orderid,omitempty"`
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
	Status   string `json:"status,omitempty"`
	Began    string `json:"began"`
}

func newPayoutOutput(req *payneteasy.PayoutRequest) payoutOutput {
	return payoutOutput{
		Outcome: string(payneteasy.OutcomeNotSent), ClientOrderID: req.ClientOrderID,
		Amount: req.Amount.Decimal(), Currency: req.Amount.Currency(),
	}
}

// seen is the last status that was seen.
func (o *payoutOutput) seen(status *payneteasy.Status) {
	out := newStatusOutput(status)
	o.Status = &out
}

func newEntryOutput(e payneteasy.Entry) *entryOutput {
	out := &entryOutput{State: string(e.State), OrderID: e.OrderID, Status: string(e.Status), Began: e.Began.UTC().Format("2006-01-02T15:04:05Z")}
	if !e.Amount.IsZero() {
		out.Amount, out.Currency = e.Amount.Decimal(), e.Amount.Currency()
	}
	return out
}

// printPayout prints one result, whatever came of it. What went wrong is told on stderr by whoever gets err.
func (t *tool) printPayout(out payoutOutput, err error) {
	if err != nil && err.Error() != "" {
		out.Error = strings.TrimPrefix(err.Error(), "payneteasy: ")
	}
	if t.json() {
		t.printJSON(out)
		return
	}
	switch {
	case out.Status != nil && out.Error == "":
		t.printStatus(*out.Status)
	case out.Outcome == string(payneteasy.OutcomeAccepted) && out.Error == "" && out.RedirectURL != "":
		t.printLink(out)
	case out.Outcome == string(payneteasy.OutcomeAccepted) && out.Error == "":
		t.printRows([][2]string{
			{"client_orderid", out.ClientOrderID},
			{"orderid", out.OrderID},
			{"serial number", out.SerialNumber},
			{"verdict", "accepted: not paid yet"},
		})
	}
}

// printLink prints where the receiver says to which account he wants the money.
func (t *tool) printLink(out payoutOutput) {
	if t.json() {
		return // it is in the object
	}
	t.printRows([][2]string{
		{"client_orderid", out.ClientOrderID},
		{"orderid", out.OrderID},
		{"link", out.RedirectURL},
	})
	t.note("whoever has the link decides where the money goes: give it to the receiver alone, and keep it out of logs and chats")
}

// storeError is why a store cannot be opened.
func storeError(err error) error {
	if errors.Is(err, filejournal.ErrInUse) {
		return fmt.Errorf("another payneteasy is using the journal of this login and endpoint: wait until it has ended (%s)", strings.TrimPrefix(err.Error(), "payneteasy: "))
	}
	return err
}

// notSent is a payout of which no byte has left.
func (p *payment) notSent(err error) error {
	if _, ok := errors.AsType[*exitError](err); ok {
		return err
	}
	if !errors.Is(err, payneteasy.ErrNotSent) {
		err = fmt.Errorf("%s was not sent: %w", line(p.req.ClientOrderID), err)
	}
	return &exitError{exitNotSent, err}
}

// unopened is a payout without the journal, which alone knows whether its id was used before. Nothing was sent now.
func (p *payment) unopened(err error) error {
	if _, ok := errors.AsType[*exitError](err); ok {
		return err
	}
	p.out.Outcome = string(payneteasy.OutcomeUnknown)
	return &exitError{exitUnknown, fmt.Errorf("nothing was sent now, and whether %s was sent before is not known: %w", line(p.req.ClientOrderID), err)}
}

// duplicate is a client_orderid that was used before. Nothing was sent now; what was sent then may have been paid.
func (p *payment) duplicate(d *payneteasy.DuplicateError) error {
	p.out.Outcome, p.out.OrderID, p.out.Journal = string(payneteasy.OutcomeUnknown), d.Entry.OrderID, newEntryOutput(d.Entry)
	var advice string
	switch d.Entry.State {
	case payneteasy.StateHeld:
		advice = p.settleCommand()
	case payneteasy.StateFinal:
		advice = fmt.Sprintf("its status was %q; %s asks again", d.Entry.Status, p.resolveCommand())
	case payneteasy.StateSettled:
		advice = fmt.Sprintf("it was settled as %q", d.Entry.Verdict)
	default:
		advice = "it may have been paid: find out with " + p.resolveCommand()
	}
	return &exitError{exitUnknown, fmt.Errorf("nothing was sent now: %s, begun %s; %s", strings.TrimPrefix(d.Error(), "payneteasy: "), p.out.Journal.Began, advice)}
}

// unknown is a payout of which nobody knows what came of it.
func (p *payment) unknown(err error) error {
	p.out.Outcome, p.out.Held = string(payneteasy.OutcomeUnknown), errors.Is(err, payneteasy.ErrHeld)
	p.tool.note("%s", err)
	if p.out.Held {
		return &exitError{exitUnknown, errors.New(p.settleCommand())}
	}
	return &exitError{exitUnknown, errors.New("do not send it again; find out with " + p.resolveCommand())}
}
