package payneteasy

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// CallbackStore remembers what was told of each order last, so that the same news is told once, and lets the callbacks
// of one order be handled one after the other, so that old news is not told after new. MemoryCallbackStore serves one
// process, and forgets when it ends; a fleet needs one on its database.
//
// An order is 64 hex digits: the SHA-256 of client_orderid and orderid. What was told, and which amounts callbacks
// claimed to be taken back, is a line of at most 200 characters that only the handler reads. All methods must be safe
// for concurrent use.
type CallbackStore interface {
	// Begin takes an order on, and returns what was told of it last: "" for nothing. Of concurrent calls for one order
	// exactly one passes; the others, and later ones until it is ended, return an error that matches ErrCallbackBusy. A
	// store that outlives its processes lets an order that was taken on and not ended go after some minutes.
	Begin(ctx context.Context, order string) (told string, err error)

	// End lets an order go that Begin took on. told is what was told of it last, which may be what it was.
	End(ctx context.Context, order, told string) error
}

// ErrCallbackBusy says that another callback of the same order is being handled at this moment, or that a store takes
// no more on.
var ErrCallbackBusy = errors.New("payneteasy: the order's callback is being handled")

// What a MemoryCallbackStore keeps unless it is told otherwise.
const (
	callbackLimit  = 100_000
	callbackExpiry = 15 * 24 * time.Hour
)

// MemoryCallbackStore is a CallbackStore of one process: about 300 bytes an order. The zero value is ready. After a
// restart the same news may be told a second time.
type MemoryCallbackStore struct {
	Limit  int           // how many orders it remembers, the latest: 100,000 when zero
	Expiry time.Duration // how long: 15 days when zero, a day longer than the gateway repeats

	mu     sync.Mutex
	busy   map[string]bool
	orders map[string]*list.Element // of told
	told   list.List                // of toldOrder, the oldest first
}

type toldOrder struct {
	order, told string
	at          time.Time
}

var _ CallbackStore = (*MemoryCallbackStore)(nil)

func (s *MemoryCallbackStore) limit() int {
	if s.Limit <= 0 {
		return callbackLimit
	}
	return s.Limit
}

// Begin implements CallbackStore. When as many as Limit are being handled, it takes no more on.
func (s *MemoryCallbackStore) Begin(_ context.Context, order string) (told string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	if s.busy[order] || len(s.busy) >= s.limit() {
		return "", ErrCallbackBusy
	}
	if s.busy == nil {
		s.busy, s.orders = map[string]bool{}, map[string]*list.Element{}
	}
	s.busy[order] = true
	if known := s.orders[order]; known != nil {
		return known.Value.(toldOrder).told, nil
	}
	return "", nil
}

// End implements CallbackStore.
func (s *MemoryCallbackStore) End(_ context.Context, order, told string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, order)
	if told == "" || s.orders == nil {
		return nil
	}
	if known := s.orders[order]; known != nil {
		s.told.Remove(known)
	}
	s.orders[order] = s.told.PushBack(toldOrder{order, told, time.Now()})
	s.forget()
	return nil
}

// forget drops what has expired, and the oldest above the limit.
func (s *MemoryCallbackStore) forget() {
	expiry := s.Expiry
	if expiry <= 0 {
		expiry = callbackExpiry
	}
	for oldest := s.told.Front(); oldest != nil; oldest = s.told.Front() {
		known := oldest.Value.(toldOrder)
		if s.told.Len() <= s.limit() && time.Since(known.at) < expiry {
			return
		}
		s.told.Remove(oldest)
		delete(s.orders, known.order)
	}
}
