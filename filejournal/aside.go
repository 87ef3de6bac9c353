package filejournal

import (
	"bytes"
	"errors"
	"io"
)

// putAside appends pieces of a journal to a file beside it. Each piece ends with an LF there.
func putAside(disk disk, path string, pieces ...[]byte) error {
	content, err := readFrom(disk, path, 0)
	if err != nil {
		return err
	}
	for _, piece := range pieces {
		if content = append(content, piece...); !bytes.HasSuffix(piece, []byte("\n")) {
			content = append(content, '\n')
		}
	}
	return disk.replace(path, func(file io.Writer) error {
		_, err := file.Write(content)
		return err
	})
}

// readFrom reads a file from a given byte to its end.
func readFrom(disk disk, path string, offset int64) ([]byte, error) {
	file, err := disk.read(path)
	if err != nil {
		return nil, err
	}
	_, err = io.CopyN(io.Discard, file, offset)
	var content []byte
	if err == nil {
		content, err = io.ReadAll(file)
	}
	return content, errors.Join(err, file.Close())
}
