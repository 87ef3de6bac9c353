//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package payneteasy

import (
	"errors"
	"os"
	"syscall"
)

// lockFile holds flock(2) on a file of its own: the journal's changes when it is rewritten. The lock ends with the
// process, however that ends.
func lockFile(path string) (unlock func() error, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockOpened(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() error {
		// Closing is not enough: a process that another goroutine is just starting has a copy of the descriptor until
		// it calls exec, and would hold the lock for that long.
		return errors.Join(syscall.Flock(int(file.Fd()), syscall.LOCK_UN), file.Close())
	}, nil
}

// lockOpened locks a file by itself, whatever its name.
func lockOpened(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errors.New("it is open already, in this process or another")
	}
	return err
}

// linksTo is how many names a file has, if it exists.
func linksTo(path string) uint64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return uint64(stat.Nlink) //nolint:unconvert // narrower on some systems
}

// syncDir makes a new name in a directory durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
