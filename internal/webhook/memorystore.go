package webhook

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// The limits of a MemoryStore.
const (
	memoryLimit  = 100_000             // the latest orders that are kept, and as many in progress
	memoryExpiry = 15 * 24 * time.Hour // of a kept order. The gateway repeats for 14 days
)

// MemoryStore is a Store of one process. It takes about 1 KiB for each order that has a record. The zero value is
// ready. After a restart the same news may be told again.
type MemoryStore struct {
	BusyExpiry time.Duration // of a Begin without an End. Zero means never

	mu     sync.Mutex
	busy   map[string]time.Time     // since when
	orders map[string]*list.Element // of kept
	kept   list.List                // of keptOrder, the oldest first
}

// Begin implements Store. It returns ErrBusy while the order, or memoryLimit orders, are in progress.
func (s *MemoryStore) Begin(_ context.Context, order string) (record string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	since, busy := s.busy[order]
	if busy && s.BusyExpiry > 0 && time.Since(since) >= s.BusyExpiry {
		busy = false
	}
	if busy || len(s.busy) >= memoryLimit {
		return "", ErrBusy
	}
	if s.busy == nil {
		s.busy, s.orders = map[string]time.Time{}, map[string]*list.Element{}
	}
	s.busy[order] = time.Now()
	if known := s.orders[order]; known != nil {
		return known.Value.(keptOrder).record, nil
	}
	return "", nil
}

// End implements Store.
func (s *MemoryStore) End(_ context.Context, order, record string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, order)
	if record == "" || s.orders == nil {
		return nil
	}
	if known := s.orders[order]; known != nil {
		s.kept.Remove(known)
	}
	s.orders[order] = s.kept.PushBack(keptOrder{order, record, time.Now()})
	s.forget()
	return nil
}

// forget drops expired orders, and the oldest above the limit.
func (s *MemoryStore) forget() {
	for oldest := s.kept.Front(); oldest != nil; oldest = s.kept.Front() {
		known := oldest.Value.(keptOrder)
		if s.kept.Len() <= memoryLimit && time.Since(known.at) < memoryExpiry {
			return
		}
		s.kept.Remove(oldest)
		delete(s.orders, known.order)
	}
}

type keptOrder struct {
	order, record string
	at            time.Time
}
