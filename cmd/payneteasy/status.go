package main

import (
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
)

const statusHelp = `Ask the gateway once what became of an order.

An order is recognised by the journal, if this tool has paid it, or by
--orderid, or by --amount and --currency. By its client_orderid alone it is
shown, and may be another merchant's: then neither paid nor declined is taken
for a proof (status 3).

Exit status: 0 paid; 1 declined or filtered: not paid; 3 anything else: not
final yet, an error that a person must look at, taken back, or the gateway did
not tell; 2 usage or configuration.`

const statusExamples = `  payneteasy status payout-0001
  payneteasy status payout-0001 --orderid 6982864
  payneteasy status payout-0001 --amount 10.42 --currency USD --output json`

const waitHelp = `Ask about an order until its status is final: every 3 to 5 seconds, after five
minutes every 5 to 10 minutes. A terminal shows one line that goes on; elsewhere
each change is a line. Ctrl-C ends the waiting, not the payout. An order is
recognised by the journal, if this tool has paid it, or by --orderid, or by
--amount and --currency.

Exit status: 0 paid; 1 declined or filtered: not paid; 3 an error that a person
must look at, taken back, or the gateway did not tell; 5 no final status in
time; 2 usage or configuration.`

const waitExamples = `  payneteasy wait payout-0001
  payneteasy wait payout-0001 --orderid 6982864
  payneteasy wait payout-0001 --amount 10.42 --currency USD --max-wait 10m`

type orderFlags struct {
	settings
	orderID, amount, currency string
	maxWait                   time.Duration
}

func (f *orderFlags) add(cmd *cobra.Command) {
	f.addAll(cmd)
	cmd.Flags().StringVar(&f.orderID, "orderid", "", "the gateway's `ID` of the order")
	cmd.Flags().StringVar(&f.amount, "amount", "", "the `AMOUNT` of the order, in major units: 10.42")
	cmd.Flags().StringVar(&f.currency, "currency", "", "its currency, an ISO 4217 `CODE`")
	noCompletion(cmd, "orderid", "amount", "currency")
}

func (f *orderFlags) ref(cmd *cobra.Command, args []string) (payneteasy.OrderRef, error) {
	if len(args) != 1 {
		return payneteasy.OrderRef{}, usage("%s takes one CLIENT_ORDERID; see %[1]s --help", cmd.CommandPath())
	}
	ref := payneteasy.OrderRef{ClientOrderID: args[0], OrderID: f.orderID}
	if f.amount == "" && f.currency == "" {
		return ref, nil
	}
	if f.amount == "" || f.currency == "" {
		return ref, usage("--amount and --currency go together")
	}
	var err error
	if ref.Amount, err = payneteasy.ParseAmount(f.amount, f.currency); err != nil {
		return ref, &exitError{exitUsage, err}
	}
	return ref, nil
}

func (t *tool) statusCommand() *cobra.Command {
	var f orderFlags
	cmd := &cobra.Command{
		Use: "status [flags] CLIENT_ORDERID", Short: "Ask what became of an order", Long: statusHelp, Example: statusExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := f.ref(cmd, args)
			if err != nil {
				return err
			}
			config, err := t.clientConfig(&f.settings)
			if err != nil {
				return err
			}
			client, err := newClient(config)
			if err != nil {
				return err
			}
			ref, doubt := t.named(cmd.Context(), config, ref)
			status, err := client.Status(cmd.Context(), ref)
			if err != nil {
				return failed(err)
			}
			if status.Approved() && !proved(ref) {
				doubt = "it was found by its id alone: ask with --orderid, or --amount and --currency, before it is booked"
			}
			return t.reportDoubting(status, doubt)
		},
	}
	f.add(cmd)
	return cmd
}

func addMaxWait(cmd *cobra.Command, maxWait *time.Duration) {
	cmd.Flags().DurationVar(maxWait, "max-wait", time.Hour, "how long to wait, a `TIME` like 90s, 10m or 2h")
	noCompletion(cmd, "max-wait")
}

func checkMaxWait(maxWait time.Duration) error {
	if maxWait <= 0 {
		return usage("--max-wait is not a positive time")
	}
	return nil
}

func (t *tool) waitCommand() *cobra.Command {
	var f orderFlags
	cmd := &cobra.Command{
		Use: "wait [flags] CLIENT_ORDERID", Short: "Wait for an order's final status", Long: waitHelp, Example: waitExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := f.ref(cmd, args)
			if err != nil {
				return err
			}
			if err := checkMaxWait(f.maxWait); err != nil {
				return err
			}
			config, err := t.clientConfig(&f.settings)
			if err != nil {
				return err
			}
			watch := t.newWatch()
			config.Logger = slog.New(watch)
			client, err := newClient(config)
			if err != nil {
				return err
			}
			ref, doubt := t.named(cmd.Context(), config, ref)
			if !proved(ref) {
				return usage("%s is not in the journal: say --orderid, or --amount and --currency", line(ref.ClientOrderID))
			}
			status, err := watch.wait(cmd.Context(), client, ref, f.maxWait, "")
			if err != nil {
				if status != nil && t.json() {
					t.printJSON(newStatusOutput(status))
				}
				return failed(err)
			}
			watch.gap()
			return t.reportDoubting(status, or(t.record(cmd.Context(), config, ref), doubt))
		},
	}
	f.add(cmd)
	addMaxWait(cmd, &f.maxWait)
	return cmd
}

// failed is a question without an answer. Only what was refused before it was asked is usage: all the rest leaves open
// whether the order is paid, and a script must not take it for anything else.
func failed(err error) error {
	var invalid *payneteasy.ValidationError
	switch {
	case errors.As(err, &invalid):
		return &exitError{exitUsage, err}
	case errors.Is(err, payneteasy.ErrWaitTimeout):
		return &exitError{exitTimedOut, err}
	}
	return &exitError{exitUnknown, err}
}

// statusOutput is what may be shown of a status: no names, no card.
type statusOutput struct {
	ClientOrderID   string `json:"client_orderid"`
	OrderID         string `json:"orderid"`
	Status          string `json:"status"`
	Final           bool   `json:"final"`
	Paid            bool   `json:"paid"`
	MayPayAgain     bool   `json:"may_pay_again"`
	Verdict         string `json:"verdict"`
	Amount          string `json:"amount,omitempty"`
	Currency        string `json:"currency,omitempty"`
	OrderStage      string `json:"order_stage,omitempty"`
	TransactionType string `json:"transaction_type,omitempty"`
	ErrorCode       string `json:"error_code,omitempty"`
	ErrorMessage    string `json:"error_message,omitempty"`
	RedirectTo      string `json:"redirect_to,omitempty"`
	SerialNumber    string `json:"serial_number,omitempty"`
}

func newStatusOutput(s *payneteasy.Status) statusOutput {
	verdict, _ := judge(s)
	out := statusOutput{
		ClientOrderID: s.ClientOrderID, OrderID: s.OrderID, Status: string(s.Status), Final: s.Status.Final(),
		Paid: s.Approved(), MayPayAgain: s.MayPayAgain(), Verdict: verdict,
		OrderStage: s.OrderStage, TransactionType: s.TransactionType, ErrorCode: s.ErrorCode, ErrorMessage: s.ErrorMessage,
		RedirectTo: s.RedirectTo, SerialNumber: s.SerialNumber,
	}
	amount := s.Amount
	if amount.IsZero() {
		amount = s.InitialAmount
	}
	if !amount.IsZero() {
		out.Amount, out.Currency = amount.Decimal(), amount.Currency()
	}
	return out
}

// judge says what a status means for whoever owes the money. Status 1 lets a script pay again under a new id, so it is
// kept for what MayPayAgain allows.
func judge(s *payneteasy.Status) (verdict string, exit int) {
	switch {
	case is(s, payneteasy.StatusUnknown):
		return "not final: the gateway itself does not know; ask its manager, do not pay again", exitUnknown
	case !s.Status.Final():
		return "not final: ask again, do not pay again", exitUnknown
	case s.Approved():
		return "paid", exitDone
	case s.MayPayAgain():
		return "not paid: if it is paid again, then under a new client_orderid", exitRejected
	case s.Reversed():
		return "taken back, or being claimed: a person must look", exitUnknown
	case s.AmountDiffers():
		return "another amount than was asked for: a person must look", exitUnknown
	case is(s, payneteasy.StatusError):
		return "an error: ask the gateway's manager before paying again", exitUnknown
	}
	return "no proof of whose order this is: ask with --orderid, or --amount and --currency; if you did, a person must look", exitUnknown
}

// is compares without regard to case, as the SDK does.
func is(s *payneteasy.Status, code payneteasy.StatusCode) bool {
	return strings.EqualFold(string(s.Status), string(code))
}

func (t *tool) report(s *payneteasy.Status) error {
	out := newStatusOutput(s)
	if t.json() {
		t.printJSON(out)
	} else {
		t.printStatus(out)
	}
	return judged(s)
}

// reportDoubting is report of an order of which one status does not settle what became of it, if there is such a doubt.
func (t *tool) reportDoubting(s *payneteasy.Status, doubt string) error {
	if doubt == "" {
		return t.report(s)
	}
	out := newStatusOutput(s)
	out.Paid, out.MayPayAgain, out.Verdict = false, false, "a person must look: it is "+out.Status+", and "+doubt
	if t.json() {
		t.printJSON(out)
	} else {
		t.printStatus(out)
	}
	return &exitError{status: exitUnknown}
}

// judged is the exit status of an order's status.
func judged(s *payneteasy.Status) error {
	if _, exit := judge(s); exit != exitDone {
		return &exitError{status: exit}
	}
	return nil
}

func (t *tool) printStatus(out statusOutput) {
	failure := out.ErrorMessage
	if out.ErrorCode != "" {
		failure += " (code " + out.ErrorCode + ")"
	}
	amount := out.Amount
	if amount != "" {
		amount += " " + out.Currency
	}
	t.printRows([][2]string{
		{"client_orderid", out.ClientOrderID},
		{"orderid", out.OrderID},
		{"status", out.Status},
		{"stage", out.OrderStage},
		{"type", out.TransactionType},
		{"amount", amount},
		{"error", failure},
		{"confirm at", out.RedirectTo},
		{"serial number", out.SerialNumber},
		{"verdict", out.Verdict},
	})
}

// printRows prints names and values; others' text is made fit for a terminal.
func (t *tool) printRows(rows [][2]string) {
	for _, row := range rows {
		if row[1] != "" {
			t.print("%-14s  %s\n", row[0], line(row[1]))
		}
	}
}
