package filejournal

import (
	"bytes"
	"errors"
	"fmt"
)

// Repair puts what cannot be read aside, into a file beside the journal with .corrupt added to its name, and keeps all
// lines that can be read, if Open calls the journal corrupt. It returns how many pieces it put aside. What stood in
// such a line is not known any more: its payout counts as it did in the line before, if there was one, which may be as
// free to be sent. Look before you go on.
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
