package payneteasy

import (
	"context"
	"errors"
	"sync"
	"time"
)

// CallbackStore remembers which callbacks have been handled, so that each is handled once: the gateway sends one again for
// 14 days until it is answered 200, and sends duplicates besides. MemoryCallbackStore serves one process, and forgets when
// it ends; a fleet needs one on its database.
//
// A key is 64 hex digits: the SHA-256 of status, type, orderid and client_orderid. All methods must be safe for concurrent
// use.
type CallbackStore interface {
	// Begin takes a key on. Of concurrent calls for one key exactly one returns nil; the others, and later ones until it is
	// released, return an error that matches ErrCallbackBusy, or ErrCallbackHandled once it is done. A store that outlives
	// its processes lets a key that was taken on and is neither done nor released go after some minutes.
	Begin(ctx context.Context, key string) error

	// Done marks a key that Begin took on as handled.
	Done(ctx context.Context, key string) error

	// Release gives a key back that Begin took on and that was not handled, so that it can be taken on again.
	Release(ctx context.Context, key string) error
}

var (
	// ErrCallbackHandled says that a callback was handled before.
	ErrCallbackHandled = errors.New("payneteasy: the callback was handled before")

	// ErrCallbackBusy says that a callback is being handled at this moment, or that a store takes no more on.
	ErrCallbackBusy = errors.New("payneteasy: the callback is being handled")
)

// What a MemoryCallbackStore keeps unless it is told otherwise.
const (
	callbackLimit  = 100_000
	callbackExpiry = 15 * 24 * time.Hour
)

// MemoryCallbackStore is a CallbackStore of one process: about 200 bytes a callback. The zero value is ready. After a
// restart a callback may be handled a second time.
type MemoryCallbackStore struct {
	Limit  int           // how many it remembers, the latest: 100,000 when zero
	Expiry time.Duration // how long: 15 days when zero, a day longer than the gateway repeats

	mu      sync.Mutex
	done    map[string]bool // false: taken on
	handled []handledCallback
}

type handledCallback struct {
	key string
	at  time.Time
}

var _ CallbackStore = (*MemoryCallbackStore)(nil)

func (s *MemoryCallbackStore) limit() int {
	if s.Limit <= 0 {
		return callbackLimit
	}
	return s.Limit
}

// Begin implements CallbackStore. When as many as Limit are being handled, it takes no more on.
func (s *MemoryCallbackStore) Begin(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	done, found := s.done[key]
	switch {
	case done:
		return ErrCallbackHandled
	case found, len(s.done)-len(s.handled) >= s.limit():
		return ErrCallbackBusy
	}
	if s.done == nil {
		s.done = map[string]bool{}
	}
	s.done[key] = false
	return nil
}

// Done implements CallbackStore.
func (s *MemoryCallbackStore) Done(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.done[key] {
		if s.done == nil {
			s.done = map[string]bool{}
		}
		s.done[key] = true
		s.handled = append(s.handled, handledCallback{key, time.Now()})
	}
	s.forget()
	return nil
}

// Release implements CallbackStore.
func (s *MemoryCallbackStore) Release(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.done[key] {
		delete(s.done, key)
	}
	return nil
}

// forget drops what has expired, and the oldest above the limit.
func (s *MemoryCallbackStore) forget() {
	expiry := s.Expiry
	if expiry <= 0 {
		expiry = callbackExpiry
	}
	old := 0
	for old < len(s.handled) && (len(s.handled)-old > s.limit() || time.Since(s.handled[old].at) >= expiry) {
		delete(s.done, s.handled[old].key)
		old++
	}
	s.handled = s.handled[old:]
}
