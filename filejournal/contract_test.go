package filejournal_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	var journal *filejournal.Journal
	payneteasytest.TestJournal(t, func() (payneteasy.Journal, error) {
		if journal != nil {
			require.NoError(t, journal.Close())
		}
		var err error
		journal, err = filejournal.Open(path)
		return journal, err
	})
	require.NoError(t, journal.Close())
}
