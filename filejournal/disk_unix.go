//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package filejournal

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
)

// lockFile holds flock(2) on a separate lock file, because rewriting replaces the journal's own file. The lock ends
// with the process, however the process ends.
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

// unlockAndClose unlocks before it closes, because closing alone is not enough. While another goroutine starts a
// process, the child has a copy of the descriptor until it calls exec. The child would hold the lock until then.
func unlockAndClose(file *os.File) error {
	return errors.Join(syscall.Flock(int(file.Fd()), syscall.LOCK_UN), file.Close())
}

// lockOpened locks the file itself, whatever its name is. The file must be open for writing.
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

// cannotLock lists the errors of a file system that has no locks, or none for this file.
var cannotLock = []error{
	syscall.EBADF, syscall.ENOLCK, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.EINVAL, syscall.ENOSYS,
}

// oneName refuses a file with several names (hard links), because it could be opened more than once. It also refuses a
// file without a name. A file that is mounted by itself keeps its mounted name when its original is replaced.
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
