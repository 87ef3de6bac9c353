package profile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// maxInput is larger than any key or body.
const maxInput = 16 << 20

// ErrInterrupted ends a command that waits for its input.
var ErrInterrupted = errors.New("interrupted before it was read")

// Read reads a file, or stdin for -. Its errors do not show the name, because it may be a secret in the wrong place. A
// signal stops it while it waits for the writer of a pipe.
func (t *Invocation) Read(path string) ([]byte, error) {
	if info, err := os.Stat(path); path != "-" && (err != nil || info.Mode().IsRegular() || info.IsDir()) {
		return t.readAll(path) // nothing to wait for
	}
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	go func() { // left behind when interrupted, because nothing can stop the opening of a pipe
		content, err := t.readAll(path)
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		return r.content, r.err
	case <-t.Interrupted:
		return nil, ErrInterrupted
	}
}

func (t *Invocation) readAll(path string) ([]byte, error) {
	if path == "-" {
		content, err := readUpTo(t.Stdin, maxInput)
		if err != nil {
			return nil, fmt.Errorf("stdin: %w", err)
		}
		return content, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, openFault(path, err)
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("it is a directory")
	}
	return readUpTo(file, maxInput)
}

// readUpTo reads everything or nothing, because a part could be taken for the whole.
func readUpTo(from io.Reader, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(from, int64(limit)+1))
	switch {
	case err != nil:
		return nil, WithoutPath(err)
	case len(content) > limit && limit >= 1<<20:
		return nil, fmt.Errorf("it is longer than %d MB", limit>>20)
	case len(content) > limit:
		return nil, fmt.Errorf("it is longer than %d KiB", limit>>10)
	}
	return content, nil
}

// openFault says why a file cannot be opened, without its path. If the file does not exist, it also says what is wrong
// with the path.
func openFault(path string, err error) error {
	if fault := charcheck.Key(path); fault != "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: the path %s", WithoutPath(err), fault)
	}
	return WithoutPath(err)
}

// WithoutPath returns the cause of a file's error, without the path.
func WithoutPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
