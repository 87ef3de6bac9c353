package filejournal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// disk is the part of a file system that a Journal uses. Tests replace it with a disk that loses all unsynced data.
type disk interface {
	// resolve returns the one real path of a file that may have several paths, because of links.
	resolve(path string) (string, error)
	// lock locks the journal against other processes until unlock. Until handover it also locks the file itself, which
	// may have several names.
	lock(path string) (unlock, handover func() error, err error)
	// read opens a file for reading. A missing file reads as empty.
	read(path string) (io.ReadCloser, error)
	// replace atomically replaces a file by what write writes, and makes it durable.
	replace(path string, write func(io.Writer) error) error
	// open opens an existing file for appending. No one else may have it open. It fails if the file does not have the
	// expected size. Then it truncates the file to size.
	open(path string, expected, size int64) (diskFile, error)
}

type diskFile interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// ErrInUse says that a journal is already open, in this process or another.
var ErrInUse = errors.New("in use by this process or another")

// ErrCannotLock says that the journal's file system cannot lock files. Keep the journal on a local disk.
var ErrCannotLock = errors.New("the file system cannot lock files: keep the journal on a local disk")

// osDisk is the real disk. A test may replace the system calls; nil means the real call.
type osDisk struct {
	flock  func(fd, how int) error
	create func(path string) (*os.File, error) // a temporary file
}

func createFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

// resolve checks a path before anything is created beside it.
func (osDisk) resolve(path string) (string, error) {
	switch {
	case path == "":
		return "", errors.New("the path is empty")
	case os.IsPathSeparator(path[len(path)-1]):
		return "", errors.New("the path ends with a slash: name a file")
	}
	path, err := filepath.Abs(path) // the program may change its working directory
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, usableFile(real)
	}
	dir, err := usableDir(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // Open will create it
		return filepath.Join(dir, filepath.Base(path)), nil
	case err != nil:
		return "", withoutPath(err)
	case info.Mode()&fs.ModeSymlink != 0:
		return "", errors.New("it is a dangling symbolic link")
	}
	return "", errors.New("it changed while it was being opened")
}

// usableDir returns the real path of a directory, which must exist.
func usableDir(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("its directory %s does not exist: create it first", path)
	case err != nil:
		return "", fmt.Errorf("its directory %s: %w", path, withoutPath(err))
	case !info.IsDir():
		return "", fmt.Errorf("%s is not a directory", path)
	}
	return filepath.EvalSymlinks(path)
}

// usableFile refuses what exists and cannot be a journal. Opening it would fail later, or wait forever.
func usableFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return withoutPath(err)
	}
	if kind := kindOf(info.Mode()); kind != "" {
		return errors.New("it is " + kind + ", not a file")
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return withoutPath(err)
	}
	return file.Close()
}

// kindOf names the kind of a file that is not regular. It returns "" for a regular file.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return ""
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// withoutPath removes the path from an error of package os, because the caller names it.
func withoutPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

func (d osDisk) lock(path string) (unlock, handover func() error, err error) {
	unlock, err = d.lockFile(path + ".lock")
	switch {
	case errors.Is(err, ErrInUse), errors.Is(err, ErrCannotLock):
		return nil, nil, err
	case err != nil:
		return nil, nil, fmt.Errorf("its lock file %s: %w", path+".lock", withoutPath(err))
	}
	// NFS gives an exclusive lock only on a file that is open for writing.
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return unlock, func() error { return nil }, nil
	}
	if err == nil {
		if err = d.lockOpened(file); err == nil {
			err = oneName(file)
		}
		if err == nil {
			return unlock, sync.OnceValue(func() error { return unlockAndClose(file) }), nil
		}
		err = errors.Join(err, file.Close())
	}
	return nil, nil, errors.Join(err, unlock())
}

func (osDisk) read(path string) (io.ReadCloser, error) {
	err := regularOrNone(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return io.NopCloser(strings.NewReader("")), nil
	}
	return file, err
}

// regularOrNone refuses a path that exists and is not a regular file. Opening a pipe would wait forever.
func regularOrNone(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a link, not a file", path)
	}
	if kind := kindOf(info.Mode()); kind != "" {
		return fmt.Errorf("%s is %s, not a file", path, kind)
	}
	return nil
}

func (d osDisk) replace(path string, write func(io.Writer) error) (err error) {
	temporary := path + ".tmp"
	if err := regularOrNone(temporary); err != nil {
		return err
	}
	if _, err := os.Lstat(temporary + ".lock"); err == nil {
		return fmt.Errorf("%s is another journal: move one of them", temporary)
	}
	create := d.create
	if create == nil {
		create = createFile
	}
	file, err := create(temporary)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(file, 1<<16)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func (d osDisk) open(path string, expected, size int64) (diskFile, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil {
		err = d.lockOpened(file) // the file may also be open under another name, mounted elsewhere
	}
	if err == nil {
		err = oneName(file)
	}
	if err == nil && opened.Size() != expected {
		err = errors.New("it changed while it was being opened")
	}
	if err == nil {
		err = errors.Join(file.Truncate(size), file.Sync())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &osFile{file, path, opened}, nil
}

// osFile is a file that becomes unusable when it is no longer at its path. The next process that opens the journal
// would not see what is written to it.
type osFile struct {
	*os.File
	path   string
	opened fs.FileInfo
}

func (f *osFile) Sync() error {
	if err := f.File.Sync(); err != nil {
		return err
	}
	there, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	if !os.SameFile(there, f.opened) {
		return errors.New("another file is in its place")
	}
	return oneName(f.File)
}

func (f *osFile) Close() error { return unlockAndClose(f.File) }
