package payneteasy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// teller is a process that tells the news of an order, step by step.
type teller struct {
	phase  string // "", "read", "inside" or "booked"
	read   Entry
	news   News
	by     string
	now    time.Duration // when it read the order again, to begin to tell
	begun  int           // number of tellings that it has begun
	lapsed bool          // the telling has expired since it began
}

// tellingWorld is an order, two tellers, and a merchant's books that compare Seq.
type tellingWorld struct {
	entry    Entry
	tellers  [2]teller
	now      time.Duration
	begun    int // the highest Seq that the function was, or may have been, called with
	booked   int // Seq in the books
	crashes  int
	failures int
}

var tellingEpoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (w tellingWorld) clock() time.Time { return clockAt(w.now) }

func clockAt(now time.Duration) time.Time { return tellingEpoch.Add(now) }

func (w tellingWorld) key() string {
	key := fmt.Sprint(w.entry.Seq, w.entry.Told.Seq, w.entry.Telling, w.entry.Revision, w.now, w.begun, w.booked,
		w.crashes, w.failures)
	for _, p := range w.tellers {
		key += fmt.Sprint(";", p.phase, p.read.Revision, p.read.Seq, p.news.Seq, p.by, p.now, p.begun, p.lapsed)
	}
	return key
}

// tellingWalk tries every sequence of steps of two processes with one order.
type tellingWalk struct {
	*testing.T
	seen map[string]bool
}

// These are the limits of the walk.
const (
	walkSeq, walkBegun, walkCrashes, walkFailures, walkLapses = 2, 2, 1, 1, 2
)

// TestTellingByTwoTellers checks every sequence in which two tellers read the order, begin to tell, book, record it or
// fail. They may die at each step, or hang until the telling has expired. New news may arrive at each step.
func TestTellingByTwoTellers(t *testing.T) {
	t.Parallel()
	walk := tellingWalk{t, map[string]bool{}}
	walk.from(tellingWorld{entry: Entry{ClientOrderID: "payout-0001", Revision: 1}})
	require.Greater(t, len(walk.seen), 1000)
}

// from takes every possible step from a world.
func (t tellingWalk) from(w tellingWorld) {
	if t.seen[w.key()] {
		return
	}
	t.seen[w.key()] = true
	requireAllIsTold(t.T, w)
	if w.entry.Seq < walkSeq {
		after := w
		after.entry.Seq, after.entry.Revision = w.entry.Seq+1, w.entry.Revision+1
		t.to(w, after)
	}
	if w.now < walkLapses*tellingExpiry && w.entry.Telling.By != "" {
		after := w
		after.now += tellingExpiry
		for i := range after.tellers {
			after.tellers[i].lapsed = true
		}
		t.to(w, after)
	}
	for i := range w.tellers {
		t.step(w, i)
	}
}

// to checks a step, and continues from there.
func (t tellingWalk) to(before, after tellingWorld) {
	require.GreaterOrEqual(t, after.entry.Told.Seq, before.entry.Told.Seq, "Told.Seq decreased")
	require.LessOrEqual(t, after.entry.Told.Seq, after.begun, "news counts as told that was never told")
	require.GreaterOrEqual(t, after.booked, before.booked)
	inside := 0
	for _, p := range after.tellers {
		if (p.phase == "inside" || p.phase == "booked") && !p.lapsed {
			inside++
		}
	}
	require.LessOrEqual(t, inside, 1, "two tell at the same time")
	t.from(after)
}

// step takes every possible step of one teller.
func (t tellingWalk) step(w tellingWorld, i int) {
	change := func(phase string, change func(w *tellingWorld, p *teller)) {
		after := w
		after.tellers[i].phase = phase
		change(&after, &after.tellers[i])
		t.to(w, after)
	}
	p := w.tellers[i]
	switch {
	case p.phase == "" && p.begun < walkBegun && w.entry.Seq > w.entry.Told.Seq:
		change("read", func(w *tellingWorld, p *teller) { p.read = w.entry })
	case strings.HasPrefix(p.phase, "read"), p.phase == "written":
		t.begin(w, i, change)
	case p.phase == "inside":
		change("booked", func(w *tellingWorld, p *teller) { w.booked = max(w.booked, p.news.Seq) })
		if w.failures < walkFailures {
			change("", func(w *tellingWorld, p *teller) {
				w.failures++
				w.entry = w.entry.endTelling(p.news.Seq, p.by, false)
			})
		}
	case p.phase == "booked":
		change("", func(w *tellingWorld, p *teller) { w.entry = w.entry.endTelling(p.news.Seq, p.by, true) })
	}
	if p.phase != "" && w.crashes < walkCrashes {
		change("", func(w *tellingWorld, _ *teller) { w.crashes++ })
	}
}

// begin takes the steps of a teller until it is inside the merchant's function.
func (t tellingWalk) begin(w tellingWorld, i int, change func(string, func(*tellingWorld, *teller))) {
	p := w.tellers[i]
	switch {
	case p.phase == "read":
		by := fmt.Sprint(i, "-", p.begun)
		if w.entry.isBeingTold(w.clock()) || w.entry.Revision != p.read.Revision {
			change("", func(*tellingWorld, *teller) {})
			return
		}
		change("read again", func(w *tellingWorld, p *teller) {
			p.news, p.by, p.begun, p.now = p.read.News(), by, p.begun+1, w.now
		})
	case p.phase == "read again" && w.entry.Revision != p.read.Revision: // a conflict
		change("", func(*tellingWorld, *teller) {})
	case p.phase == "read again":
		change("written", func(w *tellingWorld, p *teller) {
			require.Equal(t, w.begun >= p.news.Seq, p.news.Again)
			w.entry = w.entry.beginTelling(p.by, clockAt(p.now))
			w.begun = max(w.begun, p.news.Seq)
		})
	case p.phase == "written" && p.now != w.now: // it took too long
		change("", func(*tellingWorld, *teller) {})
	case p.phase == "written":
		change("inside", func(_ *tellingWorld, p *teller) { p.lapsed = false })
	}
}

// requireAllIsTold lets the tellers end, in both orders. The next callback comes after the telling has expired. Then
// the books must have the latest news.
func requireAllIsTold(t *testing.T, w tellingWorld) {
	t.Helper()
	for _, first := range []int{0, 1} {
		end := w
		for _, i := range []int{first, 1 - first} {
			if p := end.tellers[i]; p.phase == "inside" || p.phase == "booked" {
				end.booked = max(end.booked, p.news.Seq)
				end.entry = end.entry.endTelling(p.news.Seq, p.by, true)
			}
		}
		end.now += tellingExpiry
		if end.entry.Seq > end.entry.Told.Seq {
			require.False(t, end.entry.isBeingTold(end.clock()))
			entry := end.entry.beginTelling("last", end.clock())
			end.booked = max(end.booked, entry.Seq)
			end.entry = entry.endTelling(entry.Seq, "last", true)
		}
		require.Equal(t, end.entry.Seq, end.entry.Told.Seq)
		require.Equal(t, end.entry.Seq, end.booked)
	}
}
