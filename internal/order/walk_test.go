package order

import (
	"fmt"
	"slices"
	"strings"
)

// shape is a record without what no longer decides anything. With an alarm everything is Review until a person settles,
// and this replaces Booked and Settled. The orders that a person knew are those of the record until they change.
type shape struct {
	flags   [3]bool // gone, alarm, overtaken
	send    uint8
	booked  uint8
	settled uint8
	paid    bool
	orders  [3]uint8 // "", A, B
	known   [3]bool
}

var (
	sends     = knownSends
	ends      = append([]End{""}, knownEnds...)
	decisions = append([]Decision{""}, knownDecisions...)
)

func number[T comparable](all []T, one T) uint8 {
	i := slices.Index(all, one)
	if i < 0 || i > 15 {
		panic(fmt.Sprint("not known: ", one))
	}
	return uint8(i)
}

func place(id string) int { return strings.Index(" AB", (id + " ")[:1]) }

func (o Order) code() uint8 {
	code := number(ends, o.End) | number([]int64{0, other.Minor, asked.Minor}, o.Paid.Minor)<<4
	if !o.TakenBack.IsZero() {
		code |= 1 << 6
	}
	if !o.Doubt.IsZero() {
		code |= 1 << 7
	}
	return code
}

func codes(orders []Order) (codes [3]uint8) {
	for _, o := range orders {
		codes[place(o.ID)] = o.code()
	}
	return codes
}

func shapeOf(r Record) shape {
	s := shape{send: number(sends, r.Send), flags: [3]bool{r.Gone, r.Alarm != ""}, orders: codes(r.Orders)}
	if r.Alarm != "" {
		return s
	}
	s.flags[2] = r.Settled.Overtaken
	s.booked, s.settled, s.paid = number(decisions, r.Booked), number(decisions, r.Settled.Decision),
		r.Settled.Paid == asked
	if r.Settled.Overtaken {
		for _, o := range r.Settled.Orders {
			s.known[place(o.ID)] = true
		}
	}
	return s
}

// node is a record with the shortest history that leads to it.
type node struct {
	record Record
	from   int
	by     string
}

// search is the walk through all records.
type search struct {
	facts   []happened
	nodes   []node
	visited map[shape]struct{}
}

func (s *search) add(r Record, from int, by string) {
	key := shapeOf(r)
	if _, ok := s.visited[key]; !ok {
		s.visited[key] = struct{}{}
		s.nodes = append(s.nodes, node{r, from, by})
	}
}

// history is the list of facts that lead to a record.
func (s *search) history(i int, more ...string) string {
	for ; i >= 0; i = s.nodes[i].from {
		more = slices.Insert(more, 0, s.nodes[i].by)
	}
	return strings.Join(more, ", ")
}

// walk visits every record and every step from it.
func walk(
	facts []happened, visit func(r Record, history func(...string) string),
	step func(before, after Record, f happened, history func(...string) string),
) *search {
	s := &search{facts: facts, visited: map[shape]struct{}{}}
	s.add(Record{Send: Created}, -1, "created")
	s.add(Record{Send: Sending}, -1, "sending")
	for i := 0; i < len(s.nodes); i++ {
		r := s.nodes[i].record
		history := func(more ...string) string { return s.history(i, more...) }
		visit(r, history)
		for _, f := range facts {
			next := Next(r, f.fact)
			step(r, next, f, history)
			s.add(next, i, f.name)
		}
		if next, ok := Begin(r, Record{Send: Sending}); ok {
			s.add(next, i, "begin")
		}
	}
	return s
}
