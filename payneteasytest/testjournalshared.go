package payneteasytest

import (
	"fmt"

	"github.com/payneteasy-go/payneteasy"
)

// TestSharedJournal checks a journal of several processes. one and two are open on the same storage, each as a process
// opens it. Run TestJournal too. Neither can check that entries survive a crash of the database, or whose clock Get
// returns.
func TestSharedJournal(t TB, one, two payneteasy.Journal) {
	t.Helper()
	first, second := &journalTest{t: t, journal: one}, &journalTest{t: t, journal: two}
	for round := range rounds {
		id := fmt.Sprintf("shared-%d", round)
		second.requireNone(id)
		first.put(journalEntry(id, "sending", 1))
		second.requireStored(journalEntry(id, "sending", 1))
		second.put(journalEntry(id, "not sent", 2))
		first.requireConflict(journalEntry(id, "accepted", 2), "while 2 is stored by another process")
		first.requireStored(journalEntry(id, "not sent", 2))
		requireOne(t, id, "sending", 3, one, two)
	}
}
