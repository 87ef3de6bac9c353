package fakewire

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// Faults are the planned faults. The caller needs a lock.
type Faults[F any] struct {
	next   []F            // for the next calls, one each
	about  map[string][]F // for the next calls about one ID
	random *rand.Rand
	chance int // one call in this many
	choice []F
}

// Next breaks the next calls of any kind, one fault each.
func (f *Faults[F]) Next(faults ...F) { f.next = append(f.next, faults...) }

// About breaks the next calls about one ID, one fault each.
func (f *Faults[F]) About(id string, faults ...F) {
	if f.about == nil {
		f.about = map[string][]F{}
	}
	f.about[id] = append(f.about[id], faults...)
}

// AtRandom breaks one call in oneIn with one of these faults.
func (f *Faults[F]) AtRandom(seed uint64, oneIn int, faults ...F) {
	f.random = rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // repeatable on purpose
	f.chance, f.choice = oneIn, faults
}

// TakeNext takes the next call's fault if it is of that kind, or nil.
func (f *Faults[F]) TakeNext(such func(F) bool) *F {
	if len(f.next) == 0 || !such(f.next[0]) {
		return nil
	}
	fault := f.next[0]
	f.next = f.next[1:]
	return &fault
}

// Take takes the fault for a call about one ID, or nil.
func (f *Faults[F]) Take(id string) *F {
	if fault := f.TakeNext(func(F) bool { return true }); fault != nil {
		return fault
	}
	if queue := f.about[id]; len(queue) > 0 {
		f.about[id] = queue[1:]
		return &queue[0]
	}
	if f.random != nil && f.random.IntN(max(f.chance, 1)) == 0 && len(f.choice) > 0 {
		return &f.choice[f.random.IntN(len(f.choice))]
	}
	return nil
}

// Pending describes the planned faults in their order.
func (f *Faults[F]) Pending() []string {
	var pending []string
	for _, fault := range f.next {
		pending = append(pending, fmt.Sprintf("next call: %v", fault))
	}
	for _, id := range slices.Sorted(maps.Keys(f.about)) {
		for _, fault := range f.about[id] {
			pending = append(pending, fmt.Sprintf("next call about %s: %v", id, fault))
		}
	}
	if f.random != nil {
		for _, fault := range f.choice {
			pending = append(pending, fmt.Sprintf("one call in %d at random: %v", max(f.chance, 1), fault))
		}
	}
	return pending
}
