//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package filejournal

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
)

// lockFile holds flock(2) on a file of its own: the journal's changes when it is rewritten. The lock ends with the
// process, however that ends.
func (d osDisk) lockFile(path string) (unlock func() error, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := d.lockOpened(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() error { return unlockAndClose(file) }, nil
}

// unlockAndClose does both, since closing is not enough: a process that another goroutine is just starting has a copy
// of the descriptor until it calls exec, and would hold the lock for that long.
func unlockAndClose(file *os.File) error {
	return errors.Join(syscall.Flock(int(file.Fd()), syscall.LOCK_UN), file.Close())
}

// lockOpened locks a file by itself, whatever its name. The file must be open for writing.
func (d osDisk) lockOpened(file *os.File) error {
	flock := d.flock
	if flock == nil {
		flock = syscall.Flock
	}
	err := flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return ErrInUse
	case slices.ContainsFunc(cannotLock, func(known error) bool { return errors.Is(err, known) }):
		return fmt.Errorf("%w (flock: %w)", ErrCannotLock, err)
	}
	return fmt.Errorf("flock: %w", err)
}

// cannotLock is what a file system answers that has no locks, or not for this file.
var cannotLock = []error{
	syscall.EBADF, syscall.ENOLCK, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.EINVAL, syscall.ENOSYS,
}

// oneName refuses a file with several names, by which it could be open more than once, or with none any more: it may
// have been replaced under another name, as a file that is mounted by itself has one.
func oneName(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink != 1 {
		return fmt.Errorf("it has %d names (hard links), not one", stat.Nlink)
	}
	return nil
}

// syncDir makes a new name in a directory durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
