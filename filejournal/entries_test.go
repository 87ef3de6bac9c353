package filejournal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestEntriesAreCopies checks that the journal does not change when a caller changes an entry from it.
func TestEntriesAreCopies(t *testing.T) {
	t.Parallel()
	j, err := Open(filepath.Join(t.TempDir(), "journal"))
	require.NoError(t, err)
	defer func() { require.NoError(t, j.Close()) }()
	entry := testEntry("a")
	entry.Send, entry.Orders = "accepted", []payneteasy.Order{{ID: "1", End: "open"}}
	err = j.Put(t.Context(), entry)
	require.NoError(t, err)
	got, _, err := j.Get(t.Context(), "a")
	require.NoError(t, err)
	given := []payneteasy.Entry{entry, got}
	for open, err := range j.Open(t.Context()) {
		require.NoError(t, err)
		given = append(given, open)
	}
	require.Len(t, given, 3)
	for _, e := range given {
		e.Orders[0].End = "declined"
	}
	again, _, err := j.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPending, again.Decision())
}

// TestEntriesCanBeReadBack checks that Put refuses an entry that the next Open could not read, or would read
// differently.
func TestEntriesCanBeReadBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	j, err := Open(path)
	require.NoError(t, err)
	for name, change := range map[string]func(*payneteasy.Entry){
		"not UTF-8":             func(e *payneteasy.Entry) { e.ClientOrderID = "x\xff" },
		"no id":                 func(e *payneteasy.Entry) { e.ClientOrderID = "" },
		"an unknown value":      func(e *payneteasy.Entry) { e.Send = "telepathy" },
		"an order without end":  func(e *payneteasy.Entry) { e.Orders = []payneteasy.Order{{ID: "1"}} },
		"an impossible address": func(e *payneteasy.Entry) { e.Endpoint = payneteasy.EndpointID(-1) },
	} {
		entry := testEntry("a")
		change(&entry)
		err := j.Put(t.Context(), entry)
		require.Error(t, err, name)
	}
	err = j.Put(t.Context(), testEntry("a"))
	require.NoError(t, err)
	require.Equal(t, "filejournal.Journal("+path+")", fmt.Sprint(j))
	require.NoError(t, j.Close())
	j, err = Open(path)
	require.NoError(t, err)
	require.NoError(t, j.Close())
}

// TestRepairOfTwoWriters repairs a file with the lines of two processes. One process has freed an ID, and the other
// knows an order of it. The ID stays taken.
func TestRepairOfTwoWriters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	begun, accepted, notSent := testEntry("a"), testEntry("a"), testEntry("a")
	begun.Revision, accepted.Revision, notSent.Revision = 1, 2, 2
	accepted.Send, accepted.Orders = "accepted", []payneteasy.Order{{ID: "5", End: "open"}}
	notSent.Send = "not sent"
	again, freed := begun, notSent
	again.Revision, freed.Revision = 3, 4
	content := []byte(journalHeader)
	for _, entry := range []payneteasy.Entry{begun, accepted, notSent, again, freed} {
		body, err := json.Marshal(entry)
		require.NoError(t, err)
		content = appendLine(content, line{body, int64(len(content)), int64(len(content))})
	}
	require.NoError(t, os.WriteFile(path, content, 0o600))
	_, err := Open(path)
	_, corrupt := errors.AsType[*CorruptError](err)
	require.True(t, corrupt, err)
	aside, err := Repair(path)
	require.NoError(t, err)
	require.Equal(t, 3, aside)
	j, err := Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, j.Close()) }()
	found, _, err := j.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "5", found.OrderID())
	err = j.Put(t.Context(), begun)
	require.ErrorIs(t, err, payneteasy.ErrConflict)
}
