package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
)

const batchStatusHelp = `Tell from the journal alone where the lines of a CSV stand. It asks and sends
nothing, and may be called while a run is going on. With --results it writes the
results CSV.

Exit status: as of batch run.`

const batchHeldHelp = `List the open payouts of this login and endpoint, from the journal alone: first
those that are held, which may have been sent and which the gateway does not
know, or of which it has several. Ask the gateway's manager about each, with
client_orderid, amount and time, and then close it with payneteasy batch settle.
Then those that are only open.

What is final in a way that a person must look at (look) is in a file's results.

Exit status: 0 nothing is held; 3 something is; 2 usage or configuration.`

func (t *tool) batchStatusCommand() *cobra.Command {
	var f batchFlags
	cmd := &cobra.Command{
		Use: "status [flags] FILE.csv", Short: "Where the lines of a CSV stand", Long: batchStatusHelp,
		Example: "  payneteasy batch status payouts.csv\n  payneteasy batch status payouts.csv --results payouts.results.csv -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("batch status takes one FILE.csv; see payneteasy batch status --help")
			}
			return t.batchStatus(cmd.Context(), args[0], &f)
		},
	}
	f.addAll(cmd)
	f.addIgnored(cmd)
	cmd.Flags().StringVar(&f.results, "results", "", "write the results CSV to `FILE`")
	return cmd
}

func (t *tool) batchStatus(ctx context.Context, path string, f *batchFlags) error {
	if err := f.checkIgnored(); err != nil {
		return err
	}
	content, err := t.read(path)
	if err != nil {
		return usage("%s: %w", line(path), err)
	}
	if f.results != "" {
		if err := checkResultsPath(f.results); err != nil {
			return err
		}
	}
	config, err := t.clientConfig(&f.settings)
	if err != nil {
		return err
	}
	s, err := t.readStore(config)
	if err != nil {
		return err
	}
	b, _, err := t.planBatch(ctx, path, content, config, f, s)
	if err == nil {
		err = t.tellBatch(b, f.results)
	}
	return errors.Join(err, s.close())
}

func (t *tool) tellBatch(b *batch, results string) error {
	if results != "" {
		if err := b.writeResults(results); err != nil {
			return usage("the results could not be written: %w", err)
		}
	}
	t.summary(b, results)
	if exit := b.exit(); exit != exitDone {
		return &exitError{status: exit}
	}
	return nil
}

// readStore opens a copy of a store, for reading only: the store itself may be open in a run that is going on.
func (t *tool) readStore(config payneteasy.Config) (*store, error) {
	dir, err := t.storeDir(config)
	if err != nil {
		return nil, err
	}
	parent := dir // where the copy is as safe as what it is of
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		parent = "" // nothing to copy
	}
	temporary, err := os.MkdirTemp(parent, "reading-")
	if err != nil {
		return nil, usage("%w", err)
	}
	s, err := copyStore(dir, temporary)
	if err != nil {
		return nil, usage("%s: %w", dir, errors.Join(err, os.RemoveAll(temporary)))
	}
	return s, nil
}

func copyStore(dir, temporary string) (*store, error) {
	for _, name := range []string{journalName, destinationsName, fingerprintKey, notesName} {
		if err := copyFile(filepath.Join(dir, name), filepath.Join(temporary, name)); err != nil {
			return nil, err
		}
	}
	s := &store{dir: dir, copied: temporary}
	var err error
	if s.journal, err = filejournal.Open(filepath.Join(temporary, journalName)); err != nil {
		return nil, err
	}
	if s.destinations, err = openDestinations(temporary); err != nil {
		return nil, errors.Join(err, s.journal.Close())
	}
	if s.notes, err = openNotes(temporary); err != nil {
		return nil, errors.Join(err, s.destinations.close(), s.journal.Close())
	}
	return s, nil
}

// copyFile copies what there is of a file; none stays none.
func copyFile(from, to string) error {
	if err := pipeFault(from); err != nil {
		return err
	}
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err == nil {
		_, err = io.Copy(out, in)
		err = errors.Join(err, out.Close())
	}
	return errors.Join(err, in.Close())
}

func (t *tool) batchHeldCommand() *cobra.Command {
	var f settings
	cmd := &cobra.Command{
		Use: "held [flags]", Short: "List what is held, and what else is open", Long: batchHeldHelp,
		Example: "  payneteasy batch held\n  payneteasy batch held --output json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 0 {
				return usage("batch held takes no arguments; see payneteasy batch held --help")
			}
			return t.batchHeld(cmd.Context(), &f)
		},
	}
	f.addAll(cmd)
	return cmd
}

// openOutput is one payout that is open.
type openOutput struct {
	ClientOrderID string    `json:"client_orderid"`
	OrderID       string    `json:"orderid,omitempty"`
	OtherOrders   string    `json:"other_orders,omitempty"`
	State         string    `json:"state"`
	Amount        string    `json:"amount"`
	Currency      string    `json:"currency"`
	Began         time.Time `json:"began"`
}

func (t *tool) batchHeld(ctx context.Context, f *settings) error {
	config, err := t.clientConfig(f)
	if err != nil {
		return err
	}
	s, err := t.readStore(config)
	if err != nil {
		return err
	}
	held, others, err := openEntries(ctx, s)
	if err = errors.Join(err, s.close()); err != nil {
		return usage("%w", err)
	}
	t.note("open payouts")
	t.showWhere(config, "", f.used, s)
	if t.json() {
		t.printJSON(struct {
			Held []openOutput `json:"held"`
			Open []openOutput `json:"open"`
		}{held, others})
	} else {
		t.tellHeld(held, others)
	}
	if len(held) > 0 {
		return &exitError{status: exitUnknown}
	}
	return nil
}

// openEntries are those that a person must look at, and those that the next question may close; the oldest first.
func openEntries(ctx context.Context, s *store) (held, others []openOutput, err error) {
	held, others = []openOutput{}, []openOutput{}
	for entry, err := range s.journal.Open(ctx) {
		if err != nil {
			return nil, nil, err
		}
		out := openOutput{
			ClientOrderID: entry.ClientOrderID, OrderID: entry.OrderID, OtherOrders: entry.OtherOrders, State: string(entry.State),
			Amount: entry.Amount.Decimal(), Currency: entry.Amount.Currency(), Began: entry.Began.UTC(),
		}
		if entry.State == payneteasy.StateHeld || entry.OtherOrders != "" {
			held = append(held, out)
		} else {
			others = append(others, out)
		}
	}
	return held, others, nil
}

func (t *tool) tellHeld(held, others []openOutput) {
	if len(held) == 0 {
		t.print("nothing is held\n")
	}
	if len(held)+len(others) == 0 {
		return
	}
	if len(held) == 0 {
		t.print("\nopen, and not held: run the file again, or payneteasy resolve\n\n")
	}
	t.print("%-20s  %16s  %-24s  %s\n", "began (UTC)", "amount", "client_orderid", "state")
	for i, h := range slices.Concat(held, others) {
		if i == len(held) && i > 0 {
			t.print("\nopen, and not held: run the file again, or payneteasy resolve\n\n")
		}
		state := h.State
		if h.OrderID+h.OtherOrders != "" {
			state += ", orders " + h.OrderID + " " + h.OtherOrders
		}
		t.print("%-20s  %16s  %-24s  %s\n", h.Began.Format(time.DateTime), h.Amount+" "+h.Currency, line(h.ClientOrderID), line(strings.TrimSpace(state)))
	}
}
