package payneteasytest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/payneteasy-go/payneteasy"
)

// rounds is how often a race is run: one that is lost by chance is lost in some of them.
const rounds = 50

// race: of many that begin with one id, new or free again, that change one revision, or that tell it, one passes.
func (j *journalTest) race() {
	ctx := context.Background()
	for round := range rounds {
		id := fmt.Sprintf("race-%d", round)
		j.requireOne("begin with a new id", payneteasy.ErrDuplicate, func(int) error {
			_, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.SendSending))
			return err
		})
		j.requireOne("change one revision", payneteasy.ErrJournalConflict, func(i int) error {
			next := journalEntry(id, payneteasy.SendNotSent)
			next.Revision, next.SerialNumber = 2, strconv.Itoa(i+1)
			return j.journal.Update(ctx, next)
		})
		j.requireOne("tell one revision", payneteasy.ErrTelling, func(i int) error {
			_, err := j.journal.BeginTelling(ctx, id, 2, strconv.Itoa(i+1))
			return err
		})
		j.requireOne("begin with an id that is free again", payneteasy.ErrDuplicate, func(int) error {
			_, err := j.journal.Begin(ctx, journalEntry(id, payneteasy.SendSending))
			return err
		})
	}
}

// requireOne calls from many goroutines at once.
func (j *journalTest) requireOne(what string, refusal error, call func(i int) error) {
	j.t.Helper()
	const callers = 16
	var group sync.WaitGroup
	start := make(chan struct{})
	results := make([]error, callers)
	for i := range callers {
		group.Go(func() {
			<-start
			results[i] = call(i)
		})
	}
	close(start)
	group.Wait()
	passed := 0
	for _, err := range results {
		var duplicate *payneteasy.DuplicateError
		switch {
		case err == nil:
			passed++
		case !errors.Is(err, refusal):
			j.t.Errorf("journal: %s, many at once: want %v, got %v", what, refusal, err)
		case errors.Is(refusal, payneteasy.ErrDuplicate):
			j.check(errors.As(err, &duplicate), "%s: want a *DuplicateError, got %v", what, err)
		}
	}
	j.check(passed == 1, "%s, %d at once: %d passed", what, callers, passed)
}
