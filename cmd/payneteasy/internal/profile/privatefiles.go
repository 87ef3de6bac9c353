package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// readPrivate reads a file that no one else may read or change.
func readPrivate(path string, limit int) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, openFault(path, err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, WithoutPath(err)
	}
	if err := checkPrivate(path, info); err != nil {
		return nil, err
	}
	return readUpTo(file, limit)
}

// warnReadable warns that others can read a secret, whose file a flag or a variable names. It is no error, because the
// person may have reasons.
func (t *Invocation) warnReadable(name, path string) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() && runtime.GOOS != "windows" && info.Mode().Perm()&0o066 != 0 {
		t.Note("warning: others can read or change the file of %s: %s", name, terminal.ChmodCommand(path))
	}
}

// checkPrivate refuses a file that others can read or change.
func checkPrivate(path string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file: reading a pipe or a device might never end")
	case runtime.GOOS == "windows": // its permissions work differently
		return nil
	case !ownedByUser(info):
		return errors.New("it belongs to another user, who could change where money goes")
	case info.Mode().Perm()&0o066 != 0:
		return fmt.Errorf("others can read or change it: %s", terminal.ChmodCommand(path))
	}
	return nil
}
