package payneteasy

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// disk is what a FileJournal needs of a file system: a seam for tests that lose whatever was not synced.
type disk interface {
	// resolve is the one path of a file that may have several, by links.
	resolve(path string) (string, error)
	// lock keeps other processes away until unlock, and until handover from the file itself, by whatever name.
	lock(path string) (unlock, handover func() error, err error)
	// read opens a file for reading; one that is not there reads as empty.
	read(path string) (io.ReadCloser, error)
	// replace puts a file in the place of another, all or nothing, and makes it durable. Its content is what write writes.
	replace(path string, write func(io.Writer) error) error
	// open opens an existing file, which nobody else may have open, for appending. Its size must be the one given; it is
	// cut to the other first.
	open(path string, is, size int64) (diskFile, error)
}

type diskFile interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

type osDisk struct{}

func (osDisk) resolve(path string) (string, error) {
	path, err := filepath.Abs(path) // the program may change its directory
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", errors.New("it is a link to nothing")
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil { // the file may not be there yet
		return filepath.Join(dir, filepath.Base(path)), nil
	}
	return path, nil
}

func (osDisk) lock(path string) (unlock, handover func() error, err error) {
	unlock, err = lockFile(path + ".lock")
	if err != nil {
		return nil, nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return unlock, func() error { return nil }, nil
	}
	if err == nil {
		if err = lockOpened(file); err == nil {
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
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return io.NopCloser(strings.NewReader("")), nil
	}
	return file, err
}

func (osDisk) replace(path string, write func(io.Writer) error) (err error) {
	temporary := path + ".tmp"
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
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

func (osDisk) open(path string, is, size int64) (diskFile, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil {
		err = lockOpened(file) // the file may be open by another name, mounted in another place
	}
	if err == nil {
		err = oneName(file)
	}
	if err == nil && opened.Size() != is {
		err = errors.New("it has changed while it was opened")
	}
	if err == nil {
		err = errors.Join(file.Truncate(size), file.Sync())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &osFile{file, path, opened}, nil
}

// osFile is a file that is not used any more when it is not at its path any more: what is written into it would be lost
// to the next who opens the journal.
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
