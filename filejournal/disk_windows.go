package filejournal

import (
	"errors"
	"os"
	"syscall"
)

// lockFile opens a file that no one else can open until it is closed. However the process ends, Windows closes the
// handle.
func (osDisk) lockFile(path string) (unlock func() error, err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	const shareNothing = 0
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, shareNothing, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	const sharingViolation = syscall.Errno(32)
	if errors.Is(err, sharingViolation) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, err
	}
	return func() error { return syscall.CloseHandle(handle) }, nil
}

// syncDir does nothing. Windows has no fsync for directories, and NTFS journals names.
func syncDir(string) error { return nil }

// lockOpened does nothing, because the lock file beside the journal is the only lock here.
func (osDisk) lockOpened(*os.File) error { return nil }

// oneName does nothing, because hard links are rare here.
func oneName(*os.File) error { return nil }

func unlockAndClose(file *os.File) error { return file.Close() }
