package batch

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// warning is something in a file that may be right or a mistake, with the lines that have it.
type warning struct {
	Kind   string         `json:"kind"`
	Text   string         `json:"text"`
	Groups []warningGroup `json:"groups"`
	More   int            `json:"more_groups,omitempty"`
}

// warningGroup holds lines to compare with each other, or with an earlier payout.
type warningGroup struct {
	Lines          []int    `json:"lines"`
	ClientOrderIDs []string `json:"client_orderids"` // of the lines, then of the earlier payout
	More           int      `json:"more_lines,omitempty"`
	Text           string   `json:"text"`
}

// Above these limits, groups and lines are counted and not shown.
const (
	maxGroups     = 10
	maxGroupLines = 10
)

// keyedLine is a line with the key by which it is compared. Sorting puts equal keys next to each other.
type keyedLine struct {
	key  uint64
	line int
}

func sortKeyedLines(keys []keyedLine) {
	slices.SortFunc(keys, func(a, b keyedLine) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.line, b.line))
	})
}

// of returns the lines of a key.
func of(keys []keyedLine, key uint64) []keyedLine {
	at, _ := slices.BinarySearchFunc(keys, key, func(k keyedLine, key uint64) int { return cmp.Compare(k.key, key) })
	end, _ := slices.BinarySearchFunc(keys[at:], key, func(k keyedLine, key uint64) int {
		if k.key == key {
			return -1
		}
		return 1
	})
	return keys[at : at+end]
}

// several calls found with the lines of each key that has more than one.
func several(keys []keyedLine, found func([]keyedLine)) {
	for len(keys) > 0 {
		same := 1
		for same < len(keys) && keys[same].key == keys[0].key {
			same++
		}
		if same > 1 {
			found(keys[:same])
		}
		keys = keys[same:]
	}
}

// warnings finds what a person should look at among the lines that would be sent. The work grows like the sorting of
// the file and of the earlier payouts.
type warnings struct {
	*Batch
	seed    maphash.Seed
	sending []bool         // by line
	ids     map[string]int // lines by client_orderid
	alike   []keyedLine    // lines by skeletons
	same    []keyedLine    // lines by destination and amount
}

// destinationField stands for the column of a line's destination.
const destinationField = ""

// warn finds the warnings of a plan.
func (b *Batch) warn(ctx context.Context, now time.Time) error {
	w := &warnings{Batch: b, seed: maphash.MakeSeed(), sending: make([]bool, len(b.file.lines))}
	for _, i := range b.send {
		w.sending[i] = true
	}
	for i := range b.file.lines {
		l := &b.file.lines[i]
		for _, s := range skeletons(l.id) {
			w.alike = append(w.alike, keyedLine{maphash.String(w.seed, s), i})
		}
		w.same = append(w.same, keyedLine{paymentKey(l.sum.Account, l.amount), i})
	}
	sortKeyedLines(w.alike)
	sortKeyedLines(w.same)
	similar, double := w.similar(), w.double()
	before, err := w.before(ctx, now, similar)
	if err != nil {
		return err
	}
	for _, found := range []*warning{similar, double, before, w.lostZeros(), w.rounded(), w.dated()} {
		if len(found.Groups) > 0 {
			slices.SortStableFunc(found.Groups, func(a, b warningGroup) int {
				return cmp.Compare(a.Lines[0], b.Lines[0])
			})
			found.cut()
			b.warnings = append(b.warnings, *found)
		}
	}
	return nil
}

// cut counts the groups that are too many to be shown.
func (w *warning) cut() {
	if len(w.Groups) > maxGroups {
		w.More += len(w.Groups) - maxGroups
		w.Groups = w.Groups[:maxGroups]
	}
}

// paymentKey is the key of a destination and an amount. A fingerprint is as good as a random number.
func paymentKey(account store.Fingerprint, amount payneteasy.Amount) uint64 {
	minor := uint64(amount.Minor()) //nolint:gosec // any bits are good enough
	key := binary.LittleEndian.Uint64(account[:]) ^ minor*0x9e3779b97f4a7c15
	for _, letter := range []byte(amount.Currency()) {
		key = key*0x100000001b3 ^ uint64(letter)
	}
	return key
}

// group returns some lines with their IDs. It cuts a long list.
func (w *warnings) group(lines []keyedLine) (g warningGroup) {
	g.More = max(0, len(lines)-maxGroupLines)
	for _, k := range lines[:len(lines)-g.More] {
		g.Lines = append(g.Lines, w.file.lines[k.line].number)
		g.ClientOrderIDs = append(g.ClientOrderIDs, w.file.lines[k.line].id)
	}
	return g
}

func (w *warnings) isSending(lines []keyedLine) bool {
	return slices.ContainsFunc(lines, func(k keyedLine) bool { return w.sending[k.line] })
}

// sendingOf returns those lines that would be sent.
func (w *warnings) sendingOf(lines []keyedLine) (sending []keyedLine) {
	for _, k := range lines {
		if w.sending[k.line] {
			sending = append(sending, k)
		}
	}
	return sending
}

// similar finds IDs of the file that look alike.
func (w *warnings) similar() *warning {
	found := &warning{
		Kind: "similar_ids",
		Text: "Ids that look alike. Is it one debt under two ids?",
	}
	seen := map[[2]int]bool{}
	several(w.alike, func(lines []keyedLine) {
		pair := [2]int{lines[0].line, lines[1].line}
		if !w.isSending(lines) || seen[pair] {
			return
		}
		seen[pair] = true
		w.concern(found, "client_orderid", lines, func(i int) string {
			other := w.otherThan(i, lines)
			return fmt.Sprintf("looks like %s in line %d%s (%s): if both are one debt, remove a line",
				quotedID(other.id),
				other.number, andMore(len(lines)-2), difference(other.id, w.file.lines[i].id))
		})
		if len(found.Groups) >= maxGroups {
			found.More++
			return
		}
		g := w.group(lines)
		g.Text = fmt.Sprintf("%s: %s (%s)", g.place(), g.names(), difference(g.ClientOrderIDs[0], g.ClientOrderIDs[1]))
		found.Groups = append(found.Groups, g)
	})
	return found
}

// double finds lines with the same destination and amount.
func (w *warnings) double() *warning {
	found := &warning{
		Kind: "same_payment",
		Text: "The same amount to the same destination. Is one of the lines a duplicate?",
	}
	several(w.same, func(lines []keyedLine) {
		if !w.isSending(lines) {
			return
		}
		w.concern(found, destinationField, lines, func(i int) string {
			other := w.otherThan(i, lines)
			return fmt.Sprintf("is sent %s by line %d (%s)%s, too: if a line is a duplicate, remove it",
				other.amount, other.number, quotedID(other.id), andMore(len(lines)-2))
		})
		g := w.group(lines)
		first := &w.file.lines[lines[0].line]
		g.Text = fmt.Sprintf("%s: %s x %s to %s (%s)",
			g.place(), terminal.Count(len(lines)), first.amount, w.destination(first), g.names())
		found.Groups = append(found.Groups, g)
	})
	return found
}

// destination says where a line goes, as far as it may be shown.
func (w *warnings) destination(l *payoutLine) string {
	values, err := w.file.values(l)
	if err != nil {
		return "a destination"
	}
	return payoutinput.Destination(values)
}

// place shows the lines of a group, such as "lines 2, 3, 4".
func (g *warningGroup) place() string {
	numbers := make([]string, len(g.Lines))
	for i, number := range g.Lines {
		numbers[i] = strconv.Itoa(number)
	}
	noun := "lines "
	if len(numbers) == 1 {
		noun = "line "
	}
	return noun + strings.Join(numbers, ", ") + g.rest()
}

// names shows the IDs of a group's lines.
func (g *warningGroup) names() string {
	ids := make([]string, len(g.ClientOrderIDs))
	for i, id := range g.ClientOrderIDs {
		ids[i] = quotedID(id)
	}
	return strings.Join(ids, ", ") + g.rest()
}

func (g *warningGroup) placed() string { return fmt.Sprintf("%s (%s)", g.place(), g.names()) }

func (g *warningGroup) rest() string { return andMore(g.More) }

func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" and %s more", terminal.Count(n))
}
