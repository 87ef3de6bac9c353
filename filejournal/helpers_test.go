package filejournal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

func testEntry(id string) payneteasy.Entry {
	return payneteasy.Entry{
		ClientOrderID: id, Revision: 1, Send: "sending", Command: "payout",
		BaseURL: payneteasy.ConnPaySandbox, Login: "me", Endpoint: payneteasy.EndpointID(1),
	}
}

func openTest(t *testing.T, disk *memoryDisk) *Journal {
	j, err := open("journal", disk)
	require.NoError(t, err)
	return j
}

// waitFor spins until n entries wait for the next write.
func waitFor(j *Journal, n int) {
	for {
		j.mu.Lock()
		waiting := j.pending != nil && len(j.pending.undo) == n
		j.mu.Unlock()
		if waiting {
			return
		}
	}
}

// journalOf returns a closed journal with one entry for each ID, and its content.
func journalOf(t *testing.T, ids ...string) (path string, content []byte) {
	path = filepath.Join(t.TempDir(), "journal")
	j, err := Open(path)
	require.NoError(t, err)
	for _, id := range ids {
		err = j.Put(t.Context(), testEntry(id))
		require.NoError(t, err)
	}
	require.NoError(t, j.Close())
	content, err = os.ReadFile(path)
	require.NoError(t, err)
	return path, content
}

// appendEntry appends a line that is a group of its own.
func appendEntry(t testing.TB, content []byte, entry payneteasy.Entry) []byte {
	body, err := json.Marshal(entry)
	require.NoError(t, err)
	size := int64(len(content))
	return appendLine(content, line{body, size, size})
}
