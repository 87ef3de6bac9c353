package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// orderOutput is what every command shows of an order. It contains no names and no card data.
type orderOutput struct {
	ClientOrderID string              `json:"client_orderid"`
	OrderID       string              `json:"orderid,omitempty"`
	Decision      payneteasy.Decision `json:"decision"`
	Cause         payneteasy.Cause    `json:"cause,omitempty"` // set for a review
	PayAgain      string              `json:"pay_again"`       // no, new id, same id
	Amount        string              `json:"amount,omitempty"`
	Currency      string              `json:"currency,omitempty"`
	Paid          string              `json:"paid,omitempty"`
	TakenBack     string              `json:"taken_back,omitempty"`
	Orders        []orderPart         `json:"orders,omitempty"` // set if there are several
	Settled       string              `json:"settled,omitempty"`
	Began         string              `json:"began,omitempty"`

	Status          string `json:"status,omitempty"`
	OrderStage      string `json:"order_stage,omitempty"`
	TransactionType string `json:"transaction_type,omitempty"`
	ErrorCode       string `json:"error_code,omitempty"`
	ErrorMessage    string `json:"error_message,omitempty"`
	RedirectTo      string `json:"redirect_to,omitempty"`
	SerialNumber    string `json:"serial_number,omitempty"`

	RedirectURL string `json:"redirect_url,omitempty"` // set for a form
	Advice      string `json:"advice,omitempty"`
	Error       string `json:"error,omitempty"`
}

// orderPart is one of several orders of a client_orderid.
type orderPart struct {
	OrderID   string `json:"orderid"`
	End       string `json:"end"`
	Paid      string `json:"paid,omitempty"`
	TakenBack string `json:"taken_back,omitempty"`
}

// newOrderOutput returns the output for an entry and its last status, which may be nil.
func newOrderOutput(e payneteasy.Entry, s *payneteasy.Status) orderOutput {
	decision, cause := e.Decision(), e.Cause()
	out := orderOutput{
		ClientOrderID:   e.ClientOrderID,
		OrderID:         e.OrderID(),
		Decision:        decision,
		Cause:           cause,
		PayAgain:        payAgain(decision),
		Paid:            terminal.Decimal(e.Paid()),
		TakenBack:       terminal.Decimal(e.TakenBack()),
		Status:          string(e.Status),
		TransactionType: e.TransactionType,
		SerialNumber:    e.SerialNumber,
		Advice:          exit.Advice(decision, cause),
	}
	if e.Settlement.Decision == decision {
		out.Settled = e.Settlement.Reason
	}
	if len(e.Orders) > 1 {
		for _, o := range e.Orders {
			out.Orders = append(out.Orders,
				orderPart{o.ID, o.End, terminal.Decimal(o.Paid), terminal.Decimal(o.TakenBack)})
		}
	}
	amount := e.Amount
	if s != nil {
		out.Status, out.TransactionType, out.SerialNumber = string(s.Status), s.TransactionType, s.SerialNumber
		out.ErrorCode, out.ErrorMessage = s.ErrorCode, s.ErrorMessage
		out.OrderStage, out.RedirectTo = s.OrderStage, s.RedirectTo
		for _, shown := range []payneteasy.Amount{s.InitialAmount, s.Amount} {
			if amount.IsZero() {
				amount = shown
			}
		}
	}
	if !amount.IsZero() {
		out.Amount, out.Currency = amount.Decimal(), amount.Currency()
	}
	return out
}

func payAgain(d payneteasy.Decision) string {
	switch d.PayAgain() {
	case payneteasy.PayAgainNewID:
		return "new id"
	case payneteasy.PayAgainSameID:
		return "same id"
	case payneteasy.PayAgainNo:
	}
	return "no"
}

// report shows an order as text or JSON, and returns the exit status of its decision.
func (t *tool) report(e payneteasy.Entry, s *payneteasy.Status) error {
	t.printOrder(newOrderOutput(e, s))
	return exit.Decided(e.Decision())
}

// reportFailed reports a failed question or a failed write of the journal. JSON shows what is known about the order and
// the error. In text form only the error is shown.
func (t *tool) reportFailed(e payneteasy.Entry, s *payneteasy.Status, err error) error {
	err = interruption(err)
	if t.JSON() {
		out := newOrderOutput(e, s)
		out.Error = terminal.Message(err)
		t.PrintJSON(out)
	}
	return exit.Failed(err)
}

// interruptedError is the error of a command that a signal has ended.
type interruptedError struct{ err error }

// Error leaves out Go's own words about the cancelled context.
func (e *interruptedError) Error() string {
	return "interrupted: " + strings.TrimSuffix(terminal.Message(e.err), ": "+context.Canceled.Error())
}

func (e *interruptedError) Unwrap() error { return e.err }

// interruption marks an error that a signal has caused.
func interruption(err error) error {
	if errors.Is(err, context.Canceled) {
		return &interruptedError{err}
	}
	return err
}

// printOrder prints an order as text or JSON.
func (t *tool) printOrder(out orderOutput) {
	if t.JSON() {
		t.PrintJSON(out)
		return
	}
	failure := out.ErrorMessage
	if out.ErrorCode != "" {
		failure += " (code " + out.ErrorCode + ")"
	}
	rows := [][2]string{
		{"client_orderid", out.ClientOrderID},
		{"orderid", out.OrderID},
		{"decision", string(out.Decision)},
		{"cause", string(out.Cause)},
		{"amount", withCurrency(out.Amount, out.Currency)},
		{"paid", withCurrency(out.Paid, out.Currency)},
		{"taken back", withCurrency(out.TakenBack, out.Currency)},
	}
	if out.Decision == payneteasy.DecisionReversed && out.TakenBack == "" {
		rows = append(rows, [2]string{"taken back", "unknown amount"})
	}
	for _, o := range out.Orders {
		text := o.OrderID + " " + o.End
		if o.Paid != "" {
			text += ", paid " + o.Paid
		}
		if o.TakenBack != "" {
			text += ", taken back " + o.TakenBack
		}
		rows = append(rows, [2]string{"order", strings.TrimSpace(text)})
	}
	t.PrintRows(append(rows, [][2]string{
		{"settled", out.Settled},
		{"status", out.Status},
		{"stage", out.OrderStage},
		{"type", out.TransactionType},
		{"error", failure},
		{"confirm at", out.RedirectTo},
		{"serial number", out.SerialNumber},
		{"what to do", out.Advice},
	}...))
}

func withCurrency(amount, currency string) string {
	if amount == "" {
		return ""
	}
	return amount + " " + currency
}

// began returns the time when a payout began, in RFC 3339.
func began(e payneteasy.Entry) string { return e.Began.UTC().Format(time.RFC3339) }
