package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const batchReviewHelp = `List the open payouts of this login and endpoint. The command reads only the
journal.

Payouts that a person must look at come first, with the cause. Ask the gateway
manager about each one, and name its client_orderid, amount and time. Then close
it with payneteasy settle.

Pending, unknown and refused payouts follow. The next question may close them.

Exit status: 0 no payout is a review; 3 at least one is a review; 2 wrong usage
or configuration, or no journal.`

func (t *tool) batchReviewCommand() *cobra.Command {
	var f profile.Settings
	cmd := &cobra.Command{
		Use: "review [flags]", Short: "List payouts that a person must look at, and other open ones",
		Long:    batchReviewHelp,
		Example: "  payneteasy batch review\n  payneteasy batch review --output json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 0 {
				return exit.Usagef("batch review takes no arguments; see payneteasy batch review --help")
			}
			return t.batchReview(cmd.Context(), &f)
		},
	}
	f.AddAll(cmd)
	return cmd
}

func (t *tool) batchReview(ctx context.Context, f *profile.Settings) error {
	config, err := t.ClientConfig(f)
	if err != nil {
		return err
	}
	if err := t.wantJournal(config); err != nil {
		return err
	}
	s, err := store.OpenCopy(t.Invocation, config)
	if err != nil {
		return err
	}
	reviews, others, err := openEntries(ctx, s)
	if err = errors.Join(err, s.Close()); err != nil {
		return exit.Usagef("%w", err)
	}
	t.Note("open payouts")
	t.showWhere(config, "", f.Used, s)
	if t.JSON() {
		t.PrintJSON(struct {
			Review []orderOutput `json:"review"`
			Open   []orderOutput `json:"open"`
		}{reviews, others})
	} else {
		t.tellOpen(reviews, others)
	}
	if len(reviews) > 0 {
		return &exit.Error{Status: exit.Of(payneteasy.DecisionReview)}
	}
	return nil
}

// wantJournal returns an error if there is no journal. No payout was ever made there, so the person means another
// endpoint or state directory.
func (t *tool) wantJournal(config payneteasy.Config) error {
	path, found, err := store.JournalOf(t.Invocation, config)
	if err != nil {
		return exit.Usagef("%w", err)
	}
	if !found {
		return exit.Usagef(
			"there is no journal %s: nothing was paid from here at endpoint %s of %s as %s: check these and %s",
			terminal.Line(path), config.Endpoint, config.BaseURL, terminal.Line(config.Login), profile.EnvStateDir)
	}
	return nil
}

// openEntries returns the entries that a person must look at, and the entries that the next question may close. The
// oldest come first.
func openEntries(ctx context.Context, s *store.Store) (reviews, others []orderOutput, err error) {
	reviews, others = []orderOutput{}, []orderOutput{}
	for entry, err := range s.Journal.Open(ctx) {
		if err != nil {
			return nil, nil, err
		}
		out := newOrderOutput(entry, nil)
		out.Began = began(entry)
		if out.Decision == payneteasy.DecisionReview {
			reviews = append(reviews, out)
		} else {
			others = append(others, out)
		}
	}
	return reviews, others, nil
}

func (t *tool) tellOpen(reviews, others []orderOutput) {
	if len(reviews) == 0 {
		t.Print("no payout needs a review\n")
	}
	if len(reviews)+len(others) == 0 {
		return
	}
	if len(reviews) == 0 {
		t.Print("\nopen: run the file again, or use payneteasy resolve\n\n")
	}
	t.Print("%-20s  %16s  %-24s  %s\n", "began (UTC)", "amount", "client_orderid", "decision")
	for i, o := range slices.Concat(reviews, others) {
		if i == len(reviews) && i > 0 {
			t.Print("\nopen: run the file again, or use payneteasy resolve\n\n")
		}
		text := string(o.Decision)
		if o.Cause != "" {
			text += " (" + string(o.Cause) + ")"
		}
		ids := []string{o.OrderID}
		if len(o.Orders) > 1 {
			ids = nil
			for _, order := range o.Orders {
				ids = append(ids, order.OrderID)
			}
		}
		if all := strings.TrimSpace(strings.Join(ids, " ")); all != "" {
			text += ", order " + all
		}
		if o.Paid != "" {
			text += ", paid " + o.Paid
		}
		if o.TakenBack != "" {
			text += ", taken back " + o.TakenBack
		}
		t.Print("%-20s  %16s  %-24s  %s\n", strings.TrimSuffix(strings.Replace(o.Began, "T", " ", 1), "Z"),
			withCurrency(o.Amount, o.Currency), terminal.Line(o.ClientOrderID), terminal.Line(text))
	}
}
