//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package filejournal

import (
	"errors"
	"os"
)

func (osDisk) lockFile(string) (unlock func() error, err error) {
	return nil, errors.New("Journal cannot lock a file on this system")
}

func syncDir(string) error { return nil }

// lockOpened does nothing: here the file beside the journal is the only lock.
func (osDisk) lockOpened(*os.File) error { return nil }

// oneName does not count: hard links are rare here.
func oneName(*os.File) error { return nil }

func unlockAndClose(file *os.File) error { return file.Close() }
