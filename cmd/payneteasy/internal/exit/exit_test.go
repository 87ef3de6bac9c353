package exit

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOtherwise checks that an error that already has a status keeps it, and its text.
func TestOtherwise(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err    error
		status int
		text   string
	}{
		{io.EOF, Unknown, "nothing was asked: EOF"},
		{Usagef("no key: %w", io.EOF), Usage, "no key: EOF"},
		{errors.Join(io.EOF, &Error{Status: NotSent}), NotSent, "EOF\n"},
	} {
		err := Otherwise(Unknown, "nothing was asked: ", test.err)
		ended, ok := errors.AsType[*Error](err)
		require.True(t, ok)
		require.Equal(t, test.status, ended.Status)
		require.EqualError(t, err, test.text)
		require.ErrorIs(t, err, io.EOF)
	}
}
