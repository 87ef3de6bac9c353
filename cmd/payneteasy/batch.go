package main

import (
	"bytes"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/batch"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const batchHelp = `Pay many, from a CSV, and survive a crash in the middle.

What was sent is remembered in one journal for each gateway, login and endpoint,
in the state directory ($PAYNETEASY_STATE_DIR, else $XDG_STATE_HOME/payneteasy
or ~/.local/state/payneteasy), and never in the CSV: run the same file again,
renamed, split or together with others, and nothing is paid twice. Do not delete
it.`

const batchExamples = `  payneteasy batch run payouts.csv --dry-run
  payneteasy batch run payouts.csv
  payneteasy batch status payouts.csv
  payneteasy batch review
  payneteasy batch settle payout-0007 --as not-sent \
      --reason 'the manager, by mail, 2 May'`

type batchFlags struct {
	profile.Settings
	batch.Options
	dryRun, yes bool
	strict      bool
	results     string
	ignored     []string // columns
}

// addIgnored adds the flag for columns that are no parameters.
func (f *batchFlags) addIgnored(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.ignored, "ignore-column", nil,
		"leave out a column of the file, by `NAME`; may be repeated")
	profile.NoFileCompletion(cmd, "ignore-column")
}

// checkIgnored refuses to leave out a parameter: the payout would be another.
func (f *batchFlags) checkIgnored() error {
	for i, name := range f.ignored {
		name = strings.TrimSpace(name) // as the header's names
		f.ignored[i] = name
		switch {
		case name == "":
			return exit.Usagef("--ignore-column is empty: give the name of a column")
		case payoutinput.IsParameter(name):
			return exit.Usagef(
				"--ignore-column %s: it is a parameter of the payout; remove the column from the file instead", name)
		}
	}
	return nil
}

func (t *tool) batchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "batch COMMAND", Short: "Pay many, from a CSV", Long: batchHelp, Example: batchExamples,
		Args: cobra.ArbitraryArgs, RunE: group,
	}
	cmd.AddCommand(t.batchRunCommand(), t.batchStatusCommand(), t.batchReviewCommand(), t.settleCommand("batch settle"))
	return cmd
}

func (t *tool) planBatch(
	ctx context.Context, path string, content []byte, config payneteasy.Config, f *batchFlags, s *store.Store,
) (*batch.Batch, *payneteasy.Client, error) {
	config.Journal = s.Journal
	client, err := profile.NewClient(config)
	if err != nil {
		return nil, nil, err
	}
	b, err := batch.New(ctx, content, client, s, f.ignored, f.strict)
	if err != nil {
		return nil, nil, &exit.Error{Status: exit.Unknown, Err: err}
	}
	if b.IsFaulty() {
		return nil, nil, b.ShowFaults(t.Output, path)
	}
	if !bytes.HasSuffix(content, []byte("\n")) {
		t.Note("the last line of %s has no line break: make sure that the file is whole", terminal.Line(path))
	}
	t.Note("%s of %s", terminal.Plural(b.Lines(), "payout"), terminal.Line(path))
	t.showWhere(config, "", f.Used, s)
	return b, client, nil
}
