package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/filejournal"
)

// OpenCopy opens a copy of a store, only for reading. So the store itself may be in use by another run.
func OpenCopy(t *profile.Invocation, config payneteasy.Config) (*Store, error) {
	dir, err := dirOf(t, config)
	if err != nil {
		return nil, err
	}
	parent := dir // the copy is as safe there as the original
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		parent = "" // nothing to copy
	}
	temporary, err := os.MkdirTemp(parent, "reading-")
	if err != nil {
		return nil, exit.Usagef("%w", err)
	}
	s, err := copyStore(dir, temporary)
	if err != nil {
		return nil, exit.Usagef("%s: %w", dir, errors.Join(err, os.RemoveAll(temporary)))
	}
	if cut := s.Journal.Cut(); cut.Bytes > 0 {
		t.Note("%s", unreadNote(s.JournalPath(), cut))
	}
	return s, nil
}

// unreadNote says what a copy of a journal lacks.
func unreadNote(path string, cut filejournal.Cut) string {
	text := fmt.Sprintf("%s: the last %d bytes cannot be read: a payneteasy is writing them now, or a crash has "+
		"damaged them. They are not counted here", path, cut.Bytes)
	if len(cut.ClientOrderIDs) > 0 {
		text += fmt.Sprintf(". They are about %q", cut.ClientOrderIDs)
	}
	return text
}

func copyStore(dir, temporary string) (*Store, error) {
	for _, name := range []string{journalName, destinationsName, fingerprintKey, notesName} {
		if err := copyFile(filepath.Join(dir, name), filepath.Join(temporary, name)); err != nil {
			return nil, err
		}
	}
	s := &Store{dir: dir, copied: temporary}
	return s, s.open(temporary)
}

// copyFile copies a file. If it does not exist, there is no copy.
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
