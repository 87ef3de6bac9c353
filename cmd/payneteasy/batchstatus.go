package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/batch"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const batchStatusHelp = `Show the decisions about the lines of a CSV file. The command reads only the
journal and does not call the gateway. You can use it while a run is in
progress. With --results it writes the results CSV.

Exit status: as for batch run.`

func (t *tool) batchStatusCommand() *cobra.Command {
	var f batchFlags
	cmd := &cobra.Command{
		Use: "status [flags] FILE.csv", Short: "Show the decisions of a CSV file's lines", Long: batchStatusHelp,
		Example: "  payneteasy batch status payouts.csv\n" +
			"  payneteasy batch status payouts.csv --results payouts.results.csv -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return exit.Usagef("batch status takes one FILE.csv; see payneteasy batch status --help")
			}
			return t.batchStatus(cmd.Context(), args[0], &f)
		},
	}
	f.AddAll(cmd)
	f.addIgnored(cmd)
	cmd.Flags().StringVar(&f.results, "results", "", "write the results CSV to `FILE`")
	return cmd
}

func (t *tool) batchStatus(ctx context.Context, path string, f *batchFlags) error {
	if err := f.checkIgnored(); err != nil {
		return err
	}
	content, err := t.Read(path)
	if err != nil {
		return exit.Usagef("%s: %w", terminal.Line(path), err)
	}
	if f.results != "" {
		if err := batch.CheckResultsPath(f.results); err != nil {
			return err
		}
	}
	config, err := t.ClientConfig(&f.Settings)
	if err != nil {
		return err
	}
	s, err := store.OpenCopy(t.Invocation, config)
	if err != nil {
		return err
	}
	b, _, err := t.planBatch(ctx, path, content, config, f, s)
	if err == nil {
		if !t.hasJournal(config) {
			t.Note("there is no journal yet: nothing was paid from here at this endpoint")
		}
		err = t.tellBatch(b, f.results)
	}
	return errors.Join(err, s.Close())
}

func (t *tool) tellBatch(b *batch.Batch, results string) error {
	if results != "" {
		if err := b.WriteResults(results); err != nil {
			return exit.Usagef("cannot write the results: %w", err)
		}
	}
	b.Summary(t.Output, results)
	if status := b.Exit(); status != exit.Done {
		return &exit.Error{Status: status}
	}
	return nil
}
