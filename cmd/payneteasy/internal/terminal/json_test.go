package terminal

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestJSONEscapes checks that JSON moves no terminal's cursor, and that its meaning stays the same.
func TestJSONEscapes(t *testing.T) {
	t.Parallel()
	const hostile = "a\u009b2J\u0080\u007f\u202eb\U000e0041 ä€😀\x1b\n<&>"
	for _, print := range []func(*Output, any){(*Output).PrintJSON, (*Output).PrintLine} {
		var stdout bytes.Buffer
		print(NewOutput(&stdout, nil, nil), []string{hostile})
		for _, r := range stdout.String() {
			require.True(t, r == '\n' || r >= ' ' && r < 0x7f || r > 0x9f && r != 0x202e && r != 0xe0041, "%q", r)
		}
		var back []string
		require.NoError(t, json.Unmarshal(stdout.Bytes(), &back))
		require.Equal(t, []string{hostile}, back)
		require.Contains(t, stdout.String(), "ä€😀")
	}
}
