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

const batchHelp = `Pay every line of a CSV file. A batch survives a crash in the middle.

A journal remembers what was sent. There is one journal for each gateway, login
and endpoint, in the state directory ($PAYNETEASY_STATE_DIR, or
$XDG_STATE_HOME/payneteasy, or ~/.local/state/payneteasy). Do not delete it.

Nothing is stored in the CSV file. You can run the same file again, also
renamed, split or merged with other files. Nothing is paid twice.`

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

// addIgnored adds the flag for columns that are not parameters.
func (f *batchFlags) addIgnored(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.ignored, "ignore-column", nil,
		"ignore the column `NAME` of the file; may be repeated")
	profile.NoFileCompletion(cmd, "ignore-column")
}

// checkIgnored returns an error if a parameter would be ignored, because that would change the payout.
func (f *batchFlags) checkIgnored() error {
	for i, name := range f.ignored {
		name = strings.TrimSpace(name) // as in the header
		f.ignored[i] = name
		switch {
		case name == "":
			return exit.Usagef("--ignore-column is empty: give the name of a column")
		case payoutinput.IsParameter(name):
			return exit.Usagef(
				"--ignore-column %s: this is a parameter of the payout: remove the column from the file instead", name)
		}
	}
	return nil
}

func (t *tool) batchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "batch COMMAND", Short: "Pay every line of a CSV file", Long: batchHelp, Example: batchExamples,
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
		t.Note("the last line of %s has no line break: make sure that the file is complete", terminal.Line(path))
	}
	t.Note("%s in %s", terminal.Plural(b.Lines(), "payout"), terminal.Line(path))
	t.showWhere(config, "", f.Used, s)
	return b, client, nil
}
