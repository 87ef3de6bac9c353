package payneteasy

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// disk is what a FileJournal needs of a file system: a seam for tests that lose whatever was not synced.
type disk interface {
	// resolve is the one path of a file that may have several, by links.
	resolve(path string) string
	// lock keeps other processes away until unlock.
	lock(path string) (unlock func() error, err error)
	// read returns a whole file, or nothing if there is none.
	read(path string) ([]byte, error)
	// replace puts a file in the place of another, all or nothing, and makes it durable.
	replace(path string, content []byte) error
	// open opens an existing file for appending, cut to size first.
	open(path string, size int64) (diskFile, error)
}

type diskFile interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

type osDisk struct{}

func (osDisk) resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil { // the file may not be there yet
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

func (osDisk) lock(path string) (func() error, error) { return lockFile(path) }

func (osDisk) read(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

func (osDisk) replace(path string, content []byte) (err error) {
	temporary := path + ".tmp"
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
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

func (osDisk) open(path string, size int64) (diskFile, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(file.Truncate(size), file.Sync()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
