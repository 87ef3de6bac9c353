package payneteasytest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/payneteasy-go/payneteasy"
)

// rounds is how often a race is run. A journal that fails only by chance fails in some of the rounds.
const rounds = 50

// race checks that exactly one Put passes when many store the first entry of an ID, or change one revision.
func (j *journalTest) race() {
	for round := range rounds {
		id := fmt.Sprintf("race-%d", round)
		for i, send := range []string{
			"sending", "not sent", "sending", // an attempt, its end, the next attempt
		} {
			requireOne(j.t, id, send, i+1, j.journal)
		}
	}
}

// requireOne puts one revision from many goroutines at once, into journals on the same storage.
func requireOne(t TB, id, send string, revision int, journals ...payneteasy.Journal) {
	t.Helper()
	j := &journalTest{t: t, journal: journals[0]}
	const callers = 16
	var group sync.WaitGroup
	start := make(chan struct{})
	results := make([]error, callers)
	for i := range callers {
		group.Go(func() {
			<-start
			entry := journalEntry(id, send, revision)
			entry.SerialNumber = strconv.Itoa(i + 1)
			results[i] = journals[i%len(journals)].Put(context.Background(), entry)
		})
	}
	close(start)
	group.Wait()
	winner := ""
	for i, err := range results {
		switch {
		case err == nil:
			j.check(winner == "", "Put of revision %d, %d at once: several passed", revision, callers)
			winner = strconv.Itoa(i + 1)
		case !errors.Is(err, payneteasy.ErrConflict):
			j.t.Errorf("journal: Put of one revision, many at once: want ErrConflict, got %v", err)
		}
	}
	j.check(winner != "", "Put of revision %d, %d at once: none passed", revision, callers)
	want := journalEntry(id, send, revision)
	want.SerialNumber = winner
	j.requireStored(want)
}
