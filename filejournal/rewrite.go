package filejournal

import (
	"encoding/json"
	"io"

	"github.com/payneteasy-go/payneteasy"
)

// rewriteJournal replaces a file by a new one with one line for each entry, and returns its size. The new file gets its
// name when all of it is on the disk. So each line proves the lines before it, and the last line proves all entries.
func rewriteJournal(disk disk, path string, entries map[string]payneteasy.Entry) (size int64, err error) {
	size = int64(len(journalHeader))
	err = disk.replace(path, func(file io.Writer) error {
		if _, err := io.WriteString(file, journalHeader); err != nil {
			return err
		}
		for _, entry := range entries {
			body, err := json.Marshal(entry)
			if err != nil {
				return err
			}
			if err := writeSyncedLine(file, body, &size); err != nil {
				return err
			}
		}
		return writeSyncedLine(file, []byte(syncedMark), &size)
	})
	return size, err
}

func writeSyncedLine(file io.Writer, body []byte, size *int64) error {
	text := appendLine(nil, line{body, *size, *size})
	*size += int64(len(text))
	_, err := file.Write(text)
	return err
}
