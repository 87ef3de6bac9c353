package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Note is a part of a payout's outcome that the journal does not hold and a later run shows. It is the gateway's words.
type Note struct {
	ClientOrderID string `json:"client_orderid"`
	OrderID       string `json:"orderid,omitempty"`
	Code          string `json:"error_code,omitempty"`
	Message       string `json:"error_message,omitempty"`
}

// Notes are in a file beside the journal, one a line. The last note of an ID counts.
type Notes struct {
	mu    sync.Mutex
	file  *os.File
	torn  bool // the last note may be incomplete
	known map[string]Note
}

const notesName = "notes"

func openNotes(dir string) (*Notes, error) {
	n := &Notes{known: map[string]Note{}}
	path := filepath.Join(dir, notesName)
	content, err := readOwn(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(content)) {
		var known Note
		if json.Unmarshal([]byte(line), &known) == nil { // ignores an incomplete note
			n.known[known.ClientOrderID] = known
		}
	}
	n.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil && len(content) > 0 && !bytes.HasSuffix(content, []byte("\n")) {
		_, err = n.file.WriteString("\n") // the incomplete note stays on a line of its own
	}
	return n, err
}

// Add stores a note about how a payout ended. Nothing is decided by it, so it need not survive a power cut.
func (n *Notes) Add(added Note) error {
	encoded, err := json.Marshal(added)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[added.ClientOrderID] = added
	encoded = append(encoded, '\n')
	if n.torn {
		encoded = append([]byte("\n"), encoded...)
	}
	_, err = n.file.Write(encoded)
	if n.torn = err != nil; n.torn {
		return err
	}
	return nil
}

// Of returns the note about a payout.
func (n *Notes) Of(clientOrderID string) (Note, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	known, ok := n.known[clientOrderID]
	return known, ok
}

func (n *Notes) close() error { return n.file.Close() }
