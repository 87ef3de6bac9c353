//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package filejournal

import (
	"errors"
	"os"
)

func (osDisk) lockFile(string) (unlock func() error, err error) {
	return nil, errors.New("filejournal cannot lock files on this system")
}

func syncDir(string) error { return nil }

// lockOpened does nothing, because the lock file beside the journal is the only lock here.
func (osDisk) lockOpened(*os.File) error { return nil }

// oneName does nothing, because hard links are rare here.
func oneName(*os.File) error { return nil }

func unlockAndClose(file *os.File) error { return file.Close() }
