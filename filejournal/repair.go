package filejournal

import (
	"bytes"
	"errors"
	"fmt"
)

// Repair repairs a journal that Open reports as corrupt. It keeps all lines that can be read. It moves all others into
// a file beside the journal, with .corrupt added to its name, and returns how many pieces it moved. The content of a
// moved line is lost to the journal. Its payout counts as the line before says, if there is one, and may look free to
// be sent. Look at these lines before you continue.
func Repair(path string) (aside int, err error) { return repair(path, osDisk{}) }

func repair(path string, disk disk) (aside int, err error) {
	path, unlock, handover, err := lockJournal(path, disk)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, handover(), unlock()) }()
	if aside, err = repairJournal(path, disk); err != nil {
		return 0, fmt.Errorf("payneteasy: journal %s: %w", path, err)
	}
	return aside, nil
}

func repairJournal(path string, disk disk) (aside int, err error) {
	content, err := readFrom(disk, path, 0)
	if err != nil {
		return 0, err
	}
	found, err := parseJournal(path, bytes.NewReader(content), false)
	if err != nil || len(found.corrupt()) == 0 {
		return 0, err
	}
	parsed, err := parseJournal(path, bytes.NewReader(content), true)
	if err != nil {
		return 0, err
	}
	bad := make([][]byte, len(parsed.lost))
	for i, lost := range parsed.lost {
		bad[i] = content[lost.begin:lost.end]
	}
	if err := putAside(disk, path+".corrupt", bad...); err != nil {
		return 0, err
	}
	if _, err := rewriteJournal(disk, path, parsed.entries); err != nil {
		return 0, err
	}
	return len(bad), nil
}
