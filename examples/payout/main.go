// Payout pays once and waits for the final status, printing what happens. Run it with -help for its flags and variables.
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
	"github.com/payneteasy-go/payneteasy/examples/internal/target"
)

const usage = `Pays once and waits for the final status.

` + target.Usage + `
Exit status: 0 paid; 1 rejected or not paid; 2 configuration; 3 unknown, or a
person must look; 4 not sent; 5 not final when the waiting ended.

`

// Exit statuses.
const (
	exitPaid = iota
	exitNotPaid
	exitConfiguration
	exitUnknown
	exitNotSent
	exitPending
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, environ []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("payout", flag.ContinueOnError)
	flags.SetOutput(stderr)
	amountText := flags.String("amount", "10.42", "`amount` in major units")
	currency := flags.String("currency", "USD", "ISO 4217 `code`")
	account := flags.String("account", "1234567890", "account `number`; in a sandbox 1234567890 is approved, 0987654321 declined, 1987654321 an error")
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitPaid
		}
		return exitConfiguration
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "configuration: unexpected %q\n", flags.Arg(0))
		return exitConfiguration
	}
	amount, err := payneteasy.ParseAmount(*amountText, *currency)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitConfiguration
	}
	gateway, err := target.FromEnv(environ)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitConfiguration
	}
	defer gateway.Close()
	client, err := payneteasy.NewClient(gateway.Config)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitConfiguration
	}
	p := printer{out: stdout, began: time.Now()}
	p.line("gateway", "%s", gateway.Name)
	return pay(ctx, client, &payneteasy.PayoutRequest{
		// One attempt, ever. A real merchant stores this id, with the debt it pays, before the call.
		ClientOrderID: "payout-" + rand.Text()[:12],
		Amount:        amount,
		BankAccount:   &payneteasy.BankAccount{Number: *account, Name: "Jane Doe", RoutingNumber: "15"},
		OrderDesc:     "Example payout",
	}, p)
}

// pay is what a merchant's code looks like.
func pay(ctx context.Context, client *payneteasy.Client, req *payneteasy.PayoutRequest, p printer) int {
	p.line("payout", "%s of %s", req.ClientOrderID, req.Amount)

	// Ctrl-C must not tear a payout apart: it would leave the outcome unknown. It ends the waiting instead.
	payout, err := client.Payout(context.WithoutCancel(ctx), req)
	var entry payneteasy.Entry // a real merchant has it in a Journal
	if failed, ok := errors.AsType[*payneteasy.Error](err); ok {
		p.line(string(failed.Decision), "%v", err)
		if failed.Decision.PayAgain() == payneteasy.PayAgainSameID { // not sent, or rejected
			return exitStatus(failed.Decision)
		}
		entry = failed.Entry // it may have been paid: ask, and never send it again
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
	switch {
	case err != nil:
		p.line(string(decision), "%v", err)
	case decision == payneteasy.DecisionPaid:
		p.line("paid", "order %s: %s", entry.OrderID(), entry.Paid())
	case decision == payneteasy.DecisionReview:
		p.line("review", "%s, %s; ask the gateway's manager before paying again", entry.Cause(), reason)
	default:
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

// printer writes the timeline.
type printer struct {
	out   io.Writer
	began time.Time
}

func (p printer) line(what, format string, args ...any) {
	elapsed := time.Since(p.began).Round(100 * time.Millisecond).Seconds()
	fmt.Fprintf(p.out, "%6.1fs  %-10s  %s\n", elapsed, what, fmt.Sprintf(format, args...))
}
