package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/filejournal"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// Store is what the tool remembers about the payouts of one login at one endpoint of one gateway. It belongs to the
// endpoint and not to a file of payouts. So a file that was renamed, split or sent twice still finds what was paid.
type Store struct {
	dir          string
	copied       string // where it was copied for reading, or nothing
	Journal      *filejournal.Journal
	Destinations *Destinations
	Notes        *Notes
}

// journalName is the journal's file in the directory of a store.
const journalName = "payouts.journal"

// Open opens the store of a configuration, or makes it. Only one process at a time can have it open.
func Open(t *profile.Invocation, config payneteasy.Config) (*Store, error) {
	dir, err := dirOf(t, config)
	if err != nil {
		return nil, err
	}
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("the state directory: %w", err)
	}
	s := &Store{dir: dir}
	if err := s.open(dir); errors.Is(err, filejournal.ErrInUse) {
		return nil, fmt.Errorf(
			"another payneteasy is using the journal of this login and endpoint: wait until it has ended (%s)",
			terminal.Message(err))
	} else if err != nil {
		return nil, err
	}
	if cut := s.Journal.Cut(); cut.Bytes > 0 {
		t.Note("%s", cutNote(s.JournalPath(), cut))
	}
	return s, nil
}

// open opens all files of a store, or none.
func (s *Store) open(dir string) (err error) {
	if s.Journal, err = filejournal.Open(filepath.Join(dir, journalName)); err != nil {
		return err
	}
	if s.Destinations, err = openDestinations(dir); err != nil {
		return errors.Join(err, s.Journal.Close())
	}
	if s.Notes, err = openNotes(dir); err != nil {
		return errors.Join(err, s.Destinations.close(), s.Journal.Close())
	}
	return nil
}

// cutNote says what was cut off a journal.
func cutNote(path string, cut filejournal.Cut) string {
	text := fmt.Sprintf("%s: the last %d bytes were damaged by a crash and were cut off: they are kept in %s. "+
		"Nothing was sent for them if the disk keeps what it has confirmed", path, cut.Bytes, cut.Aside)
	if len(cut.ClientOrderIDs) > 0 {
		text += fmt.Sprintf(". If it does not, ask the gateway manager about these before you pay them: %q",
			cut.ClientOrderIDs)
	}
	return text
}

// JournalPath returns the path of the original journal, even if a copy was opened.
func (s *Store) JournalPath() string { return filepath.Join(s.dir, journalName) }

// Close closes the journal and the files beside it, and removes a copy.
func (s *Store) Close() error {
	err := errors.Join(s.Notes.close(), s.Destinations.close(), s.Journal.Close())
	if s.copied != "" {
		err = errors.Join(err, os.RemoveAll(s.copied))
	}
	return err
}

// dirOf returns the directory of a configuration's store. Its name begins with words that a person recognizes. It ends
// with a checksum of the gateway, login and endpoint.
func dirOf(t *profile.Invocation, config payneteasy.Config) (string, error) {
	base, err := url.Parse(config.BaseURL)
	if err != nil {
		return "", exit.Usagef("configuration: the base URL cannot be read")
	}
	root, err := stateDir(t, config)
	if err != nil {
		return "", err
	}
	endpoint := config.Endpoint.String()
	sum := sha256.Sum256([]byte(strings.Join([]string{config.BaseURL, config.Login, endpoint}, "\n")))
	return filepath.Join(root, fileName(base.Host+"-"+config.Login+"-"+endpoint)+"-"+hex.EncodeToString(sum[:4])), nil
}

// fileName turns a text into a file name that is valid on every system.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '-':
			return r
		}
		return '_'
	}, s)
}

// stateDir returns the directory where the tool stores payouts. The XDG Base Directory Specification calls it state.
func stateDir(t *profile.Invocation, config payneteasy.Config) (string, error) {
	if dir := t.Env[profile.EnvStateDir]; dir != "" {
		return dir, checkStateDir(dir, config)
	}
	if dir := t.Env["XDG_STATE_HOME"]; filepath.IsAbs(dir) {
		return filepath.Join(dir, "payneteasy"), nil
	}
	if runtime.GOOS == "windows" && t.Env["LocalAppData"] != "" {
		return filepath.Join(t.Env["LocalAppData"], "payneteasy"), nil
	}
	if !filepath.IsAbs(t.Env["HOME"]) {
		return "", exit.Usagef("configuration: neither %s nor HOME tells where to keep the journal of payouts",
			profile.EnvStateDir)
	}
	return filepath.Join(t.Env["HOME"], ".local", "state", "payneteasy"), nil
}

// SandboxMark is a file in a sandbox's state directory, which is removed when the sandbox ends.
const SandboxMark = "sandbox"

// checkStateDir refuses a state directory in which payouts would be forgotten. That is one that depends on the current
// directory, or one that is misspelled. A sandbox's directory is refused for any other gateway, because its variables
// may have been left behind in this shell.
func checkStateDir(dir string, config payneteasy.Config) error {
	if !filepath.IsAbs(dir) {
		if fault := charcheck.Key(dir); fault != "" {
			return exit.Usagef("configuration: %s %s", profile.EnvStateDir, fault)
		}
		return exit.Usagef("configuration: %s is not an absolute path", profile.EnvStateDir)
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && charcheck.Key(dir) != "":
		return exit.Usagef("configuration: %s %s", profile.EnvStateDir, charcheck.Key(dir))
	case errors.Is(err, fs.ErrNotExist):
		return exit.Usagef(
			"configuration: %s: there is no directory %s: "+
				"make it, or unset the variable if it belongs to a sandbox that has ended",
			profile.EnvStateDir, terminal.Line(dir))
	case err != nil:
		return exit.Usagef("configuration: %s: %s: %w", profile.EnvStateDir, terminal.Line(dir),
			profile.WithoutPath(err))
	case !info.IsDir():
		return exit.Usagef("configuration: %s: %s is not a directory", profile.EnvStateDir, terminal.Line(dir))
	}
	of, err := readOwn(filepath.Join(dir, SandboxMark))
	if err == nil && strings.TrimSpace(string(of)) != config.BaseURL {
		return exit.Usagef("configuration: %s belongs to a sandbox, which removes it: unset it to pay at %s",
			profile.EnvStateDir, config.BaseURL)
	}
	return nil
}

// makeDir makes a directory that survives a power cut.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for range 3 { // at most three are new: the store's, the tool's, and state itself
		dir = filepath.Dir(dir)
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// syncDir makes the names in a directory durable. Windows has no such call.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// readOwn reads a file of the state directory. It refuses a pipe, which would keep the tool waiting.
func readOwn(path string) ([]byte, error) {
	if err := pipeFault(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// pipeFault refuses a path that exists and is not a regular file.
func pipeFault(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file: remove it, or name another state directory", terminal.Line(path))
	}
	return nil
}

// JournalOf returns the path of a configuration's journal, and whether it exists.
func JournalOf(t *profile.Invocation, config payneteasy.Config) (path string, found bool, err error) {
	dir, err := dirOf(t, config)
	if err != nil {
		return "", false, err
	}
	path = filepath.Join(dir, journalName)
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, false, nil
	}
	return path, err == nil, err
}
