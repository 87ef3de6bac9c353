package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// OutputFault says why no file can be written at a path. Check it before time or money is spent on the content.
func OutputFault(path string) error {
	switch {
	case path == "":
		return errors.New("the path is empty")
	case os.IsPathSeparator(path[len(path)-1]):
		return fmt.Errorf("%s ends with a slash: name a file", terminal.Line(path))
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return directoryFault(filepath.Dir(path))
	case err != nil:
		if fault := directoryFault(filepath.Dir(path)); fault != nil {
			return fault
		}
		return fmt.Errorf("%s: %w", terminal.Line(path), WithoutPath(err))
	case info.IsDir():
		return fmt.Errorf("%s is a directory: name a file", terminal.Line(path))
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is a pipe, a socket or a device: name a file", terminal.Line(path))
	}
	return nil
}

// directoryFault says why a path is not an existing directory.
func directoryFault(path string) error {
	info, err := os.Stat(path)
	fault := charcheck.Key(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && fault != "":
		return fmt.Errorf("there is no directory %s: the path %s", terminal.Line(path), fault)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no directory %s: make it first", terminal.Line(path))
	case err != nil:
		return fmt.Errorf("%s: %w", terminal.Line(path), WithoutPath(err))
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", terminal.Line(path))
	}
	return nil
}
