// Payout makes one payout, waits for the decision and prints what happens. Run it with -help for its flags and
// variables.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

const usage = `Makes one payout and waits for the decision.

` + variables + `
Exit status:

  0  paid
  1  not paid, or rejected
  2  wrong usage or configuration
  3  unknown, refused, reversed, or a person must look
  4  not sent
  5  pending

`

// Exit statuses.
const (
	exitPaid = iota
	exitNotPaid
	exitUsage
	exitUnknown
	exitNotSent
	exitPending
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	exit := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(exit)
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("payout", flag.ContinueOnError)
	flags.SetOutput(stderr)
	amountText := flags.String("amount", "10.42", "`amount` in major units")
	currency := flags.String("currency", "USD", "ISO 4217 `code`")
	account := flags.String("account", "1234567890",
		"account `number`. In a sandbox, 1234567890 is approved, 0987654321 is declined, 1987654321 is an error")
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitPaid
	} else if err != nil { // Parse has printed it
		return exitUsage
	}
	refuse := func(err error) int {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	if flags.NArg() > 0 {
		return refuse(fmt.Errorf("unexpected argument %q", flags.Arg(0)))
	}
	amount, err := payneteasy.ParseAmount(*amountText, *currency)
	if err != nil {
		return refuse(err)
	}
	config, fake, err := configure(getenv)
	if err != nil {
		return refuse(err)
	}
	name := config.BaseURL
	if fake != nil {
		defer fake.Close()
		fake.SetStepTime(0) // an order makes one step with each question
		name += " (a fake on this machine)"
	}
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return refuse(err)
	}
	p := printer{out: stdout, began: time.Now()}
	p.line("gateway", "%s", name)
	return pay(ctx, client, &payneteasy.PayoutRequest{
		// Use an ID for one payout only. Store it with the debt before the call.
		ClientOrderID: "payout-" + rand.Text()[:12],
		Amount:        amount,
		BankAccount:   &payneteasy.BankAccount{Number: *account, Name: "Jane Doe", RoutingNumber: "15"},
		OrderDesc:     "Example payout",
	}, p)
}

// pay makes the payout, waits for the decision, and returns the exit status.
func pay(ctx context.Context, client *payneteasy.Client, req *payneteasy.PayoutRequest, p printer) int {
	p.line("payout", "%s of %s", req.ClientOrderID, req.Amount)

	// Ctrl-C must not interrupt the payout, because its outcome would be unknown. Ctrl-C ends the wait instead.
	payout, err := client.Payout(context.WithoutCancel(ctx), req)
	var entry payneteasy.Entry // store it in a Journal
	if failed, ok := errors.AsType[*payneteasy.Error](err); ok {
		p.line(string(failed.Decision), "%v", err)
		if !errors.Is(err, payneteasy.ErrOutcomeUnknown) || failed.Decision == payneteasy.DecisionReview {
			return exitStatus(failed.Decision) // not sent, rejected, or the ID was used for another payout
		}
		entry = failed.Entry // it may have been paid: ask the gateway, and never send it again
	} else {
		p.line("accepted", "order %s, serial number %s", payout.OrderID, payout.SerialNumber)
		entry = payout.Entry
	}

	reason := "the gateway does not know the order"
	entry, err = client.Wait(ctx, entry, &payneteasy.WaitOptions{OnProgress: func(now payneteasy.Progress) {
		s := now.Status
		if s == nil {
			return
		}
		p.line("status", "%-10s  %s", s.Status, s.OrderStage)
		if s.RedirectTo != "" {
			p.line("redirect", "the receiver must confirm at %s", s.RedirectTo)
		}
		reason = fmt.Sprintf("%s: %s (code %s)", s.Status, s.ErrorMessage, s.ErrorCode)
	}})
	decision := entry.Decision()
	if err != nil { // book nothing, because the decision is not final or the Journal could not store it
		p.line(string(decision), "%v", err)
		if decision == payneteasy.DecisionPending {
			return exitPending
		}
		return exitUnknown
	}
	switch decision {
	case payneteasy.DecisionPaid:
		p.line("paid", "order %s: %s", entry.OrderID(), entry.Paid())
	case payneteasy.DecisionReversed:
		p.line("reversed", "%s; taken back: %s", reason, entry.TakenBack())
	case payneteasy.DecisionReview:
		p.line("review", "%s, %s; ask the gateway manager before paying again", entry.Cause(), reason)
	case payneteasy.DecisionNotPaid, payneteasy.DecisionRejected, payneteasy.DecisionNotSent,
		payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused:
		p.line(string(decision), "%s", reason)
	}
	return exitStatus(decision)
}

func exitStatus(decision payneteasy.Decision) int {
	switch decision {
	case payneteasy.DecisionPaid:
		return exitPaid
	case payneteasy.DecisionNotPaid, payneteasy.DecisionRejected:
		return exitNotPaid
	case payneteasy.DecisionNotSent:
		return exitNotSent
	case payneteasy.DecisionPending:
		return exitPending
	case payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionReversed, payneteasy.DecisionReview:
	}
	return exitUnknown
}

// printer prints the timeline.
type printer struct {
	out   io.Writer
	began time.Time
}

func (p printer) line(what, format string, args ...any) {
	elapsed := time.Since(p.began).Round(100 * time.Millisecond).Seconds()
	fmt.Fprintf(p.out, "%6.1fs  %-10s  %s\n", elapsed, what, fmt.Sprintf(format, args...))
}
