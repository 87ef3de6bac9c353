package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// recently is the period in which an earlier payment of the same amount to the same destination causes a warning.
const recently = 30 * 24 * time.Hour

// earlier is a payout of the journal that a line of the file may repeat.
type earlier struct {
	entry payneteasy.Entry
	lines []keyedLine // that would be sent
	more  int         // number of other payouts like it
}

// before finds two kinds of payouts in the journal. The first have the same destination and amount, and are recent. The
// second have IDs that look alike, of any age, and are added to similar.
func (w *warnings) before(ctx context.Context, now time.Time, similar *warning) (*warning, error) {
	found := &warning{
		Kind: "paid_before",
		Text: "The same amount went to the same destination in the last 30 days. Is it paid already?",
	}
	known := w.store.Destinations.All()
	if len(known) == 0 || len(w.send) == 0 {
		return found, nil
	}
	w.ids = make(map[string]int, len(w.file.lines))
	for i := range w.file.lines {
		w.ids[w.file.lines[i].id] = i
	}
	latest, alike := map[uint64]earlier{}, alikeBefore{}
	for id, sum := range known {
		if _, again := w.ids[id]; again {
			continue // it is the same payout, or a fault
		}
		entry, sent, err := w.sent(ctx, id)
		if err != nil {
			return nil, err
		}
		if !sent {
			continue
		}
		alike.add(w, entry)
		key := paymentKey(sum.Account, entry.Amount)
		e, asked := latest[key]
		if now.Sub(entry.Began) > recently || isNotPaid(entry) || asked && e.entry.Began.After(entry.Began) {
			continue
		}
		if !asked { // once for each key, however many payouts have it
			e.lines = w.sendingOf(of(w.same, key))
		}
		latest[key] = earlier{entry: entry, lines: e.lines}
	}
	alike.tell(w, similar)
	for _, e := range latest {
		if len(e.lines) > 0 {
			found.Groups = append(found.Groups, w.paidGroup(e))
			w.concern(found, destinationField, e.lines, func(i int) string {
				return fmt.Sprintf("was sent %s on %s as %s: if it is paid already, remove the line",
					w.file.lines[i].amount, day(e.entry), quotedID(e.entry.ClientOrderID))
			})
		}
	}
	return found, nil
}

// sent returns the journal's entry of an ID that is not free.
func (w *warnings) sent(ctx context.Context, id string) (entry payneteasy.Entry, sent bool, err error) {
	entry, _, err = w.store.Journal.Get(ctx, id)
	if errors.Is(err, payneteasy.ErrNoEntry) {
		return entry, false, nil
	}
	return entry, err == nil && entry.Decision().PayAgain() != payneteasy.PayAgainSameID, err
}

// isNotPaid reports whether a payout is known not to be paid, so that another payment is right.
func isNotPaid(entry payneteasy.Entry) bool {
	return entry.Decision().PayAgain() != payneteasy.PayAgainNo
}

// day is the day on which a payout began.
func day(entry payneteasy.Entry) string { return entry.Began.UTC().Format("2 Jan 2006") }

func (w *warnings) paidGroup(e earlier) warningGroup {
	g := w.group(e.lines)
	first := &w.file.lines[e.lines[0].line]
	g.Text = fmt.Sprintf("%s: %s to %s (%s), as %s was on %s", g.place(), first.amount, w.destination(first), g.names(),
		quotedID(e.entry.ClientOrderID), day(e.entry))
	g.ClientOrderIDs = append(g.ClientOrderIDs, e.entry.ClientOrderID)
	return g
}

// alikeBefore holds payouts of the journal by the skeletons of their IDs, with the lines that look alike. The lines of
// a skeleton are compared once, however many payouts have it.
type alikeBefore map[uint64]earlier

// add adds a payout of the journal. If several look like the same lines, the warning shows the latest and counts the
// others.
func (a alikeBefore) add(w *warnings, entry payneteasy.Entry) {
	for _, s := range skeletons(entry.ClientOrderID) {
		key := maphash.String(w.seed, s)
		lines := of(w.alike, key)
		if len(lines) == 0 {
			continue
		}
		known, asked := a[key]
		if !asked {
			known.lines = w.sendingOf(lines)
		}
		if len(known.lines) == 0 {
			a[key] = known
			continue
		}
		if asked {
			known.more++
		}
		later := cmp.Or(entry.Began.Compare(known.entry.Began),
			cmp.Compare(known.entry.ClientOrderID, entry.ClientOrderID))
		if !asked || later > 0 {
			known.entry = entry
		}
		a[key] = known
		return
	}
}

// tell adds a group for each skeleton, and a concern for each line.
func (a alikeBefore) tell(w *warnings, similar *warning) {
	for _, e := range a {
		if len(e.lines) == 0 {
			continue
		}
		id, sent := quotedID(e.entry.ClientOrderID), day(e.entry)
		w.concern(similar, "client_orderid", e.lines, func(i int) string {
			return fmt.Sprintf("looks like %s, which was sent on %s%s (%s): if both are one debt, remove the line",
				id, sent, andMore(e.more), difference(e.entry.ClientOrderID, w.file.lines[i].id))
		})
		g := w.group(e.lines)
		g.Text = fmt.Sprintf("%s: %s; %s was sent on %s%s (%s)", g.place(), g.names(), id, sent, andMore(e.more),
			difference(g.ClientOrderIDs[0], e.entry.ClientOrderID))
		g.ClientOrderIDs = append(g.ClientOrderIDs, e.entry.ClientOrderID)
		similar.Groups = append(similar.Groups, g)
	}
}
