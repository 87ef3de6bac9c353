package riverpayout

import (
	"context"
	"fmt"

	"github.com/payneteasy-go/payneteasy"
)

// stage keeps a final state back while the gateway is asked, so that it can be written in the transaction that completes
// the job, and no transaction is open during an HTTP call. What is not final is written at once.
type stage struct {
	staged bool
	base   int // the revision that is stored
	entry  payneteasy.Entry
}

type stageKey struct{}

// withStage makes Journal.Update keep final states back for calls with this context.
func withStage(ctx context.Context, s *stage) context.Context {
	return context.WithValue(ctx, stageKey{}, s)
}

func stageOf(ctx context.Context) *stage {
	s, _ := ctx.Value(stageKey{}).(*stage)
	return s
}

func (s *stage) takes(entry payneteasy.Entry) bool {
	return s.staged && s.entry.ClientOrderID == entry.ClientOrderID || entry.State == payneteasy.StateFinal
}

func (s *stage) update(entry payneteasy.Entry) error {
	if s.staged && entry.Revision != s.entry.Revision+1 {
		return fmt.Errorf("%w: client_orderid %q, revision %d is next", payneteasy.ErrJournalConflict, entry.ClientOrderID, s.entry.Revision+1)
	}
	if !s.staged {
		s.staged, s.base = true, entry.Revision-1
	}
	s.entry = entry
	return nil
}
