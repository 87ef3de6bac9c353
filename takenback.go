package payneteasy

import (
	"strconv"
	"strings"
	"time"
)

// A payout can be taken back in parts. What the amount of such a callback is (the part, the total so far, the order's
// own) is not documented, and neither is whether the status lags behind its callback. So the claims that were answered
// 200 are remembered: the next part is confirmed only if the total has room for it beside them.

const (
	// statusLag is how long a status may lag behind its callback. A claim that it does not explain by then is an old
	// one.
	statusLag = time.Hour

	maxTold   = 200 // characters, see CallbackStore
	maxDoubts = 3
	claimMark = " | " // between what was told and the claims
)

// claims are what callbacks of one order have claimed to be taken back.
type claims struct {
	seen   []backClaim // answered 200
	doubts []backClaim // not explained by the status yet
}

type backClaim struct {
	kind  string    // letters of the type: reversal
	minor int64     // in minor units of the order's currency
	since time.Time // of a doubt, to the minute
}

func (c backClaim) same(other backClaim) bool { return c.kind == other.kind && c.minor == other.minor }

// text is kind:minor, and ?minutes of a doubt.
func (c backClaim) text() string {
	text := c.kind + ":" + strconv.FormatInt(c.minor, 10)
	if !c.since.IsZero() {
		text += "?" + strconv.FormatInt(c.since.Unix()/60, 10)
	}
	return text
}

func parseBackClaim(text string) (backClaim, bool) {
	kind, rest, _ := strings.Cut(text, ":")
	amount, since, doubted := strings.Cut(rest, "?")
	minor, err := strconv.ParseInt(amount, 10, 64)
	c := backClaim{kind: kind, minor: minor}
	if err == nil && doubted {
		var minutes int64
		minutes, err = strconv.ParseInt(since, 10, 64)
		c.since = time.Unix(minutes*60, 0)
	}
	return c, err == nil
}

// splitTold separates what was told from the claims.
func splitTold(line string) (told string, known claims) {
	told, rest, _ := strings.Cut(line, claimMark)
	for word := range strings.FieldsSeq(rest) {
		c, ok := parseBackClaim(word)
		switch {
		case ok && c.since.IsZero():
			known.seen = append(known.seen, c)
		case ok:
			known.doubts = append(known.doubts, c)
		}
	}
	return told, known
}

// join is the line for a CallbackStore. If there is no room for all, the oldest claims are forgotten, doubts first.
func (k *claims) join(told string) string {
	words := make([]string, 0, len(k.doubts)+len(k.seen))
	for _, list := range [][]backClaim{k.doubts, k.seen} {
		for _, c := range list {
			words = append(words, c.text())
		}
	}
	for ; len(words) > 0; words = words[1:] {
		if line := told + claimMark + strings.Join(words, " "); len([]rune(line)) <= maxTold {
			return line
		}
	}
	return told
}

// covers reports whether a status that says that money was taken back covers what a callback claims of that. fresh says
// that the status was news just now.
func (k *claims) covers(cb *Callback, fresh bool, now time.Time) bool {
	const longest = 20
	kind := lettersOf(word(cb.TransactionType))
	claim := backClaim{kind: string([]rune(kind)[:min(len([]rune(kind)), longest)]), minor: cb.Amount.Minor()}
	if fresh {
		k.doubts = nil
	}
	truth := cb.Confirmed
	known := false
	for _, seen := range k.seen {
		known = known || seen.same(claim)
	}
	fits := !takesBack(truth.TransactionType) || lettersOf(truth.TransactionType) == kind
	switch {
	case known:
		if fresh && fits && k.hasRoom(claim.minor, truth) {
			k.seen = append(k.seen, claim)
		}
		return true
	case fits && cb.Amount.IsZero():
		return true
	case fits && k.explains(cb.Amount, truth), k.outlasted(claim, cb.Amount, truth, now):
		k.seen = append(k.seen, claim)
		return true
	}
	return false
}

// explains reports whether a claimed amount can be in what the status says: as the part, the total so far, or the
// order's.
func (k *claims) explains(said Amount, truth *Status) bool {
	total, requested := truth.takenBack(), truth.requested()
	whole := total
	if total.IsZero() && takesBack(truth.TransactionType) {
		whole = truth.Amount
	}
	switch {
	case !requested.IsZero() && said.Currency() == requested.Currency() && said.Minor() <= requested.Minor() &&
		whole.Currency() == requested.Currency() && whole.Minor() >= requested.Minor():
		return true // all of it was taken back: nothing more can come
	case said == requested:
		return len(k.seen) == 0 // or it is the rest, of which the status does not know yet
	case said == total, said == truth.Amount:
		return true
	case total.IsZero() || said.Currency() != total.Currency():
		return false
	}
	if k.hasRoom(said.Minor(), truth) {
		return true
	}
	last := truth.Amount // if the status is about the last part, the others come to the rest
	return takesBack(truth.TransactionType) && !last.IsZero() && said.Minor() == total.Minor()-last.Minor()
}

// hasRoom reports whether the total has room for a part beside those that were claimed before.
func (k *claims) hasRoom(part int64, truth *Status) bool {
	left := truth.takenBack().Minor() - part
	for _, c := range k.seen {
		left -= c.minor
	}
	return left >= 0
}

// outlasted reports whether a claim that could be true was doubted for longer than a status lags behind.
func (k *claims) outlasted(claim backClaim, said Amount, truth *Status, now time.Time) bool {
	requested := truth.requested()
	sameCurrency := said.Currency() == requested.Currency()
	if !said.IsZero() && !requested.IsZero() && (!sameCurrency || said.Minor() > requested.Minor()) {
		return false
	}
	for i, doubt := range k.doubts {
		if !doubt.same(claim) {
			continue
		}
		if now.Sub(doubt.since) < statusLag {
			return false
		}
		k.doubts = append(k.doubts[:i:i], k.doubts[i+1:]...)
		return true
	}
	if len(k.doubts) < maxDoubts { // the others wait until these are settled
		claim.since = now.Truncate(time.Minute)
		k.doubts = append(k.doubts, claim)
	}
	return false
}
