package filejournal

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestRepair checks that readable lines are kept and all others are moved aside, whatever is broken.
func TestRepair(t *testing.T) {
	t.Parallel()
	path, content := journalOf(t, "a", "b", "c", "d", "e")
	lines := bytes.SplitAfter(content, []byte("\n")) // the header, a mark, five entries, a mark, and nothing
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	start, zeros := lines[0], make([]byte, 1000)
	rest := func(from int) []byte { return join(lines[from:]...) }
	unended := func(i int, end ...byte) []byte { return join(lines[i][:len(lines[i])-1], end) }
	rotten := bytes.Replace(content, []byte(`"a"`), []byte(`"q"`), 1)
	for name, test := range map[string]struct {
		broken []byte
		aside  int
		lost   string // the ID whose line was moved aside
	}{
		"a rotten LF":             {bytes.Replace(content, []byte("\n>{"), []byte("x>{"), 1), 0, ""},
		"two rotten LFs":          {join(start, lines[1], unended(2, 'x'), lines[3], unended(4, 0), rest(5)), 0, ""},
		"all LFs but the first":   {join(start, bytes.ReplaceAll(rest(1), []byte("\n"), []byte("x"))), 0, ""},
		"the LF before the end":   {join(content[:len(content)-len(lines[7])-1], []byte{'x'}, lines[7]), 0, ""},
		"an LF that is missing":   {join(start, lines[1], unended(2), rest(3)), 0, ""},
		"a rotten line, and torn": {join(rotten, []byte(`>{"client_or`)), 2, "a"},
		"zeros over an LF": {
			join(start, lines[1], lines[2], unended(3, zeros[:9]...), lines[4][8:], rest(5)), 1, "c",
		},
		"zeros before a line":      {join(start, lines[1], lines[2][:100], zeros[:len(lines[2])-100], rest(3)), 1, "a"},
		"two writers":              {join(content, lines[3]), 1, ""},
		"a line that is missing":   {join(start, lines[1], lines[2], rest(4)), 0, "b"},
		"a line of another place":  {join(start, lines[1], lines[3], lines[2], rest(4)), 0, ""},
		"a mark that is missing":   {join(start, rest(2)), 0, ""},
		"a first line that is cut": {join(start, lines[1][:5]), 1, "abcde"},
		"a header and nothing":     {start, 0, "abcde"},
	} {
		require.NoError(t, os.WriteFile(path, test.broken, 0o600))
		require.NoError(t, os.RemoveAll(path+".corrupt"))
		_, err := Open(path)
		var corrupt *CorruptError
		require.ErrorAs(t, err, &corrupt, name)
		require.NotEmpty(t, corrupt.Offsets, name)
		aside, err := Repair(path)
		require.NoError(t, err, name)
		require.Equal(t, test.aside, aside, name)
		bad, err := os.ReadFile(path + ".corrupt")
		require.NoError(t, err, name)
		require.Equal(t, test.aside, bytes.Count(bad, []byte("\n")), name)
		j, err := Open(path)
		require.NoError(t, err, name)
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			_, _, err = j.Get(t.Context(), id)
			require.Equal(t, strings.Contains(test.lost, id), err != nil, "%s: %s", name, id)
		}
		require.Zero(t, j.Cut(), name)
		require.NoError(t, j.Close())
	}
}

// TestTwoWritersRepaired has two lines that exclude each other. The line that frees no ID is kept.
func TestTwoWritersRepaired(t *testing.T) {
	t.Parallel()
	for _, accepted := range []int{0, 1} {
		path, content := journalOf(t, "a")
		for i := range 2 {
			entry := testEntry("a")
			entry.Revision, entry.Send = 2, "not sent"
			if i == accepted {
				entry.Send, entry.Orders = "accepted",
					[]payneteasy.Order{{ID: "77", End: "open"}}
			}
			content = appendEntry(t, content, entry)
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
		aside, err := Repair(path)
		require.NoError(t, err)
		require.Equal(t, 1, aside)
		j, err := Open(path)
		require.NoError(t, err)
		entry, _, err := j.Get(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, "77", entry.OrderID())
		require.NoError(t, j.Close())
	}
}
