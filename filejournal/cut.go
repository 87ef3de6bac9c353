package filejournal

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Cut is what Open took off the end of a journal: from the first line that has zeros in it or no end, if no later line
// proves that it was acknowledged. That is how a power cut leaves the lines of calls that had not returned: some are
// whole, some are not, in any order. No payout was sent because of them.
//
// Only the lines that were written last before a crash have no proof. If there was no power cut, or the disk loses what
// it has confirmed (fsync), they may have been acknowledged: ask the gateway about the ClientOrderIDs before you pay
// them again. A copy of the file that was cut short looks the same: never go on from one.
type Cut struct {
	Offset int64 // where the journal was cut, in bytes
	Bytes  int   // how much was cut off; 0 if nothing was
	Lines  int   // how many whole lines are in it

	// ClientOrderIDs are all that can be read in it, also in damaged lines, each once.
	ClientOrderIDs []string

	// Aside is the file that it was appended to: the journal's name with .cut added.
	Aside string
}

// cutAside copies the end of a journal to the file beside it, before it is cut off.
func cutAside(disk disk, path string, offset int64) (Cut, error) {
	cut := Cut{Offset: offset, Aside: path + ".cut"}
	tail, err := readFrom(disk, path, offset)
	if err == nil {
		err = putAsideOnce(disk, cut.Aside, tail)
	}
	if err != nil {
		return Cut{}, fmt.Errorf("payneteasy: journal %s: its damaged end cannot be kept in %s: %w",
			path, cut.Aside, err)
	}
	cut.Bytes = len(tail)
	cut.ClientOrderIDs = readableIDs(tail)
	for text := range bytes.SplitSeq(tail, []byte("\n")) {
		for _, part := range split(text) {
			if part.intact {
				cut.Lines++
			}
		}
	}
	return cut, nil
}

// putAsideOnce is putAside of what is not there yet: an Open before may have failed after it.
func putAsideOnce(disk disk, path string, piece []byte) error {
	content, err := readFrom(disk, path, 0)
	if end := []byte("\n"); err != nil ||
		bytes.HasSuffix(bytes.TrimSuffix(content, end), bytes.TrimSuffix(piece, end)) {
		return err
	}
	return putAside(disk, path, piece)
}

// readableIDs are the client_orderids in a damaged text.
func readableIDs(text []byte) (ids []string) {
	seen := map[string]bool{}
	for {
		_, value, found := bytes.Cut(text, []byte(`"client_orderid":`))
		if !found {
			return ids
		}
		text = value
		var id string
		if !bytes.HasPrefix(value, []byte(`"`)) || json.NewDecoder(bytes.NewReader(value)).Decode(&id) != nil ||
			seen[id] {
			continue
		}
		seen[id] = true
		ids = append(ids, id)
	}
}
