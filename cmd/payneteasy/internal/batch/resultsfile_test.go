package batch

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlainText(t *testing.T) {
	t.Parallel()
	for said, written := range map[string]string{
		"": "", "declined": "declined", "=HYPERLINK(1)": "'=HYPERLINK(1)", "+1": "'+1", "-1": "'-1", "@x": "'@x",
		"\t=1": "'\t=1", "a=1": "a=1",
	} {
		require.Equal(t, written, plainText(said))
	}
}
