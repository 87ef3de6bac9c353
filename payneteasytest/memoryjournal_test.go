package payneteasytest_test

import (
	"testing"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

func TestMemoryJournal(t *testing.T) {
	t.Parallel()
	journal := &payneteasytest.MemoryJournal{}
	payneteasytest.TestJournal(t, func() (payneteasy.Journal, error) { return journal, nil })
}
