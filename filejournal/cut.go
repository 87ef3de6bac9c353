package filejournal

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Cut describes the end of a journal that Open cut off. The cut begins at the first line that contains zeros or has no
// end, if no later line proves that this line was acknowledged. A power cut leaves such damage in the lines of calls
// that had not returned. Some of these lines are whole and some are not, in any order. No payout was sent because of
// them.
//
// Only the lines of the last write before a crash have no proof. They may have been acknowledged if there was no power
// cut, or if the disk loses what it has confirmed (fsync). Ask the gateway about the ClientOrderIDs before you pay them
// again. A truncated copy of the file looks the same, so never continue with such a copy.
type Cut struct {
	Offset int64 // where the journal was cut, in bytes
	Bytes  int   // how much was cut off; 0 if nothing was
	Lines  int   // how many whole lines were cut off

	// ClientOrderIDs lists each ID that can be read in the part cut off, also in damaged lines.
	ClientOrderIDs []string

	// Aside is the file that holds the part cut off. Its name is the journal's name with .cut added. Open appends to
	// it.
	Aside string
}

// cutAside copies the end of a journal to the file beside it, before the end is cut off.
func cutAside(disk disk, path string, offset int64) (Cut, error) {
	cut := Cut{Offset: offset, Aside: path + ".cut"}
	tail, err := readFrom(disk, path, offset)
	if err == nil {
		err = putAsideOnce(disk, cut.Aside, tail)
	}
	if err != nil {
		return Cut{}, fmt.Errorf("payneteasy: journal %s: cannot copy its damaged end to %s: %w",
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

// putAsideOnce calls putAside unless the piece is already there, because an earlier Open may have failed after it.
func putAsideOnce(disk disk, path string, piece []byte) error {
	content, err := readFrom(disk, path, 0)
	if end := []byte("\n"); err != nil ||
		bytes.HasSuffix(bytes.TrimSuffix(content, end), bytes.TrimSuffix(piece, end)) {
		return err
	}
	return putAside(disk, path, piece)
}

// readableIDs returns the client_orderids that a damaged text contains.
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
