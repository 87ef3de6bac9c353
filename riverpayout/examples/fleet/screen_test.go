package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestScreen checks that on a terminal a summary overwrites the summary before it, but never an event.
func TestScreen(t *testing.T) {
	t.Parallel()
	counts := counts{
		enqueued: 200, sending: 1, asking: 2, held: 3, paid: 4, notPaid: 6, reversed: 1, other: 10,
		sentASecond: 50,
	}
	const row = ` +\d\.\ds       200        1       2      4         6      8      3      50`
	show := func(terminal bool) string {
		var out bytes.Buffer
		s := newScreen(&out)
		s.terminal = terminal
		s.line(heading)
		s.summary(counts)
		s.summary(counts)
		s.event("worker-%d", 1)
		s.summary(counts)
		s.keep()
		s.keep()
		return out.String()
	}
	require.Regexp(t, "^"+heading+"\n\r"+row+"\r"+row+"\n +\\d\\.\\ds  worker-1\n\r"+row+"\n$", show(true))
	lines := show(false)
	require.Regexp(t, "^"+heading+"\n"+row+"\n"+row+"\n +\\d\\.\\ds  worker-1\n"+row+"\n$", lines)
	for line := range bytes.SplitSeq([]byte(lines), []byte("\n")) {
		if bytes.Contains(line, []byte("200")) {
			require.Len(t, line, len(heading), "the row is as wide as the heading")
		}
	}
}
