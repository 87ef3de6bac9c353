package payneteasy

import (
	"container/list"
	"context"
	"encoding/json"
	"sync"
	"time"
)

// CallbackStore lets the callbacks of one order be handled one after the other, so that old news is not told after new.
// For a client without a Config.Journal it also keeps one record an order: what is known of the order, and what was
// told of it. The handler needs the record to see contradictions, second orders of a ClientOrderID, and parts that are
// taken back. With a journal the record is "". MemoryCallbackStore serves one process, and forgets when it ends.
// Several processes need a store on their database.
//
// An order is 64 hex digits: the SHA-256 of base URL, login and client_orderid. Its record is text of at most 4 KiB
// that only the handler reads; it holds ids and amounts, and nothing of a person or a card. All methods must be safe
// for concurrent use.
type CallbackStore interface {
	// Begin starts the handling of a callback of an order, and returns the order's record: "" for none. Of concurrent
	// calls for one order exactly one passes; the others, and later ones until End, return an error that matches
	// ErrCallbackBusy. A store that outlives its processes lets a later Begin pass some minutes after one without End.
	Begin(ctx context.Context, order string) (record string, err error)

	// End ends what Begin has started, and stores the record, which may be the same as before.
	End(ctx context.Context, order, record string) error
}

// MemoryCallbackStore is a CallbackStore of one process. It takes about 1 KiB an order without a Config.Journal, and
// nothing with one. The zero value is ready. After a restart the same news may be told a second time.
type MemoryCallbackStore struct {
	Limit  int           // how many orders it keeps, the latest: 100,000 when zero
	Expiry time.Duration // how long: 15 days when zero, a day longer than the gateway repeats

	expires time.Duration // of a Begin without an End, if it does: a journal keeps others away too

	mu     sync.Mutex
	busy   map[string]time.Time     // since when
	orders map[string]*list.Element // of kept
	kept   list.List                // of keptOrder, the oldest first
}

func (s *MemoryCallbackStore) limit() int {
	if s.Limit <= 0 {
		return callbackLimit
	}
	return s.Limit
}

// Begin implements CallbackStore. It returns ErrCallbackBusy while Limit orders are in progress.
func (s *MemoryCallbackStore) Begin(_ context.Context, order string) (record string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	since, busy := s.busy[order]
	if busy && s.expires > 0 && time.Since(since) >= s.expires {
		busy = false
	}
	if busy || len(s.busy) >= s.limit() {
		return "", ErrCallbackBusy
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

// End implements CallbackStore.
func (s *MemoryCallbackStore) End(_ context.Context, order, record string) error {
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

// forget drops what has expired, and the oldest above the limit.
func (s *MemoryCallbackStore) forget() {
	expiry := s.Expiry
	if expiry <= 0 {
		expiry = callbackExpiry
	}
	for oldest := s.kept.Front(); oldest != nil; oldest = s.kept.Front() {
		known := oldest.Value.(keptOrder)
		if s.kept.Len() <= s.limit() && time.Since(known.at) < expiry {
			return
		}
		s.kept.Remove(oldest)
		delete(s.orders, known.order)
	}
}

// callbackRecord is an entry as a CallbackStore keeps it.
func (e Entry) callbackRecord() (string, error) {
	record, err := json.Marshal(e)
	if err == nil && len(record) > maxCallbackRecord {
		err = errorf("the record of %q has %d bytes: at most %d can be stored without Config.Journal",
			e.ClientOrderID, len(record), maxCallbackRecord)
	}
	return string(record), err
}

type keptOrder struct {
	order, record string
	at            time.Time
}
