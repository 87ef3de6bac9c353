package payneteasy

import (
	"slices"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// A payout can be taken back in parts. It is not documented whether the amount of such a callback is the part, the
// total so far, or the order's own amount. It is also not documented whether the status lags behind its callback. So
// the claims that were answered with 200 are remembered. The next part is confirmed only if the total has room for it
// in addition to them.

const (
	// statusLag is how long a status may lag behind its callback. A claim that the status does not explain by then is
	// an old one.
	statusLag = time.Hour

	// doubtExpiry is how long a doubted claim counts against maxDoubts if it is not made again.
	doubtExpiry = 24 * time.Hour

	maxClaims = 20
	maxDoubts = 3
)

func (c TakenBackClaim) sameOrder(other TakenBackClaim) bool { return c.OrderID == other.OrderID }

func (c TakenBackClaim) same(other TakenBackClaim) bool {
	return c.sameOrder(other) && c.Kind == other.Kind && c.Amount == other.Amount
}

func (t *Told) clone() Told {
	return Told{Seq: t.Seq, Claims: slices.Clone(t.Claims), Doubts: slices.Clone(t.Doubts)}
}

// withTold returns the entry with what was told.
func (e Entry) withTold(told Told) Entry {
	if told.Seq == e.Told.Seq && slices.Equal(told.Claims, e.Told.Claims) && slices.Equal(told.Doubts, e.Told.Doubts) {
		return e
	}
	told.Claims = told.Claims[max(len(told.Claims)-maxClaims, 0):]
	e.Told = told
	e.Revision, e.Changed = e.Revision+1, time.Now()
	return e
}

// judgeClaim reports whether the gateway's status confirms what a callback claims, or is later than the claim. If not,
// the status may lag behind its callback. Or a sender has changed the type, which the control does not cover. fresh
// says that the status was told just now.
//
// hidden says that the claim may be true, because the status is about a later attempt to take the payout back, which
// failed. Then a person must look.
func (cb *Callback) judgeClaim(told *Told, known Order, fresh bool) (is, hidden bool) {
	truth := cb.Confirmed
	back := takesBack(cb.TransactionType)
	failed := takesBack(truth.TransactionType) && truth.Status.Final() && !truth.Status.is(StatusApproved)
	switch {
	case !cb.Status.Final():
		return true, false
	case back && !cb.Status.is(StatusApproved): // an attempt to take the payout back has failed
		return truth.Status.Final(), false
	case back && failed:
		return told.acceptHidden(cb, known, time.Now())
	case failed:
		return cb.hasEnded(order.End(known.End)), false
	case !cb.Status.is(truth.Status):
		return false, false
	case !back:
		return true, false
	case !truth.takesBack() && truth.takenBack().IsZero():
		return false, false
	}
	return told.accept(cb, truth, fresh, time.Now()), false
}

// hasEnded reports whether the claimed status of the payout itself is its known end, or may be.
func (cb *Callback) hasEnded(end order.End) bool {
	switch end {
	case order.EndPaid, order.EndPaidOther, order.EndReversed:
		return cb.Status.is(StatusApproved)
	case order.EndDeclined:
		return cb.Status.is(StatusDeclined) || cb.Status.is(StatusFiltered)
	case order.EndFailed:
		return cb.Status.is(StatusError)
	case order.EndUnclear:
		return true
	case order.Open:
	}
	return false
}

// unclear returns what is known about an order whose reversal is hidden behind a reversal that failed.
func (s *Status) unclear() order.Fact {
	return order.Seen{Order: order.Order{ID: s.OrderID, End: order.EndUnclear}, Asked: s.asked}
}

// takenBackClaim returns what the callback claims to be taken back.
func (cb *Callback) takenBackClaim() TakenBackClaim {
	const longest = 20
	kind := []rune(lettersAndDigits(word(cb.TransactionType)))
	return TakenBackClaim{OrderID: cb.OrderID, Kind: string(kind[:min(len(kind), longest)]), Amount: cb.Amount}
}

// accept reports whether a status that says that money was taken back covers the claim of a callback. fresh says that
// the status was news just now.
func (t *Told) accept(cb *Callback, truth *Status, fresh bool, now time.Time) bool {
	claim := cb.takenBackClaim()
	if fresh {
		t.Doubts = nil
	}
	said, claimed := lettersAndDigits(truth.TransactionType), lettersAndDigits(word(cb.TransactionType))
	fits := !takesBack(truth.TransactionType) || said == claimed
	switch {
	case slices.ContainsFunc(t.Claims, claim.same):
		if fresh && fits && t.hasRoom(claim, truth.takenBack()) {
			t.Claims = append(t.Claims, claim)
		}
		return true
	case fits && cb.Amount.IsZero():
		return true
	case fits && t.explains(claim, truth), t.noteDoubt(claim, truth.requested(), now):
		t.Claims = append(t.Claims, claim)
		return true
	}
	return false
}

// acceptHidden is accept for the status of a failed attempt to take the payout back. Then what is known about the order
// counts. hidden says that this has not explained the claim for longer than a status lags behind, and that there is no
// total.
func (t *Told) acceptHidden(cb *Callback, known Order, now time.Time) (covers, hidden bool) {
	claim := cb.takenBackClaim()
	reversed := order.End(known.End) == order.EndReversed
	switch {
	case slices.ContainsFunc(t.Claims, claim.same), reversed && claim.Amount.IsZero():
		return true, false
	case reversed && (claim.Amount == known.TakenBack || t.hasRoom(claim, known.TakenBack)):
	case t.noteDoubt(claim, cb.Confirmed.requested(), now):
		hidden = cb.Confirmed.takenBack().IsZero()
	default:
		return false, false
	}
	t.Claims = append(t.Claims, claim)
	return true, hidden
}

// explains reports whether a claimed amount fits what the status says. It may be the part, the total so far, or the
// order's amount.
func (t *Told) explains(claim TakenBackClaim, truth *Status) bool {
	said := claim.Amount
	total, requested := truth.takenBack(), truth.requested()
	whole := total
	if total.IsZero() && takesBack(truth.TransactionType) {
		whole = truth.Amount
	}
	switch {
	case !requested.IsZero() && said.Currency() == requested.Currency() && said.Minor() <= requested.Minor() &&
		whole.Currency() == requested.Currency() && whole.Minor() >= requested.Minor():
		return true // all of it was taken back, so nothing more can come
	case said == requested:
		// If there are earlier claims, this one may be for the rest, which the status does not show yet.
		return !slices.ContainsFunc(t.Claims, claim.sameOrder)
	case said == total, said == truth.Amount:
		return true
	case total.IsZero() || said.Currency() != total.Currency():
		return false
	}
	if t.hasRoom(claim, total) {
		return true
	}
	last := truth.Amount // if the status is about the last part, the other parts add up to the rest
	return takesBack(truth.TransactionType) && !last.IsZero() && said.Minor() == total.Minor()-last.Minor()
}

// hasRoom reports whether the total has room for a part in addition to those that were claimed before.
func (t *Told) hasRoom(part TakenBackClaim, total Amount) bool {
	left := total.Minor() - part.Amount.Minor()
	for _, c := range t.Claims {
		if c.sameOrder(part) {
			left -= c.Amount.Minor()
		}
	}
	return left >= 0
}

// noteDoubt notes a claim that could be true. It reports whether the claim has been in doubt for longer than a status
// lags behind.
func (t *Told) noteDoubt(claim TakenBackClaim, requested Amount, now time.Time) bool {
	said := claim.Amount
	comparable := said.Currency() == requested.Currency()
	if !said.IsZero() && !requested.IsZero() && (!comparable || said.Minor() > requested.Minor()) {
		return false
	}
	var since time.Time
	var doubts []TakenBackClaim // those that remain
	for _, d := range t.Doubts {
		switch {
		case claim.same(d):
			since = d.Since
			if now.Sub(since) < statusLag {
				doubts = append(doubts, d)
			}
		case now.Sub(d.Since) < doubtExpiry:
			doubts = append(doubts, d)
		}
	}
	if since.IsZero() && len(doubts) < maxDoubts { // other claims wait until one of these ends
		claim.Since = now.Truncate(time.Minute)
		doubts = append(doubts, claim)
	}
	t.Doubts = doubts
	return !since.IsZero() && now.Sub(since) >= statusLag
}
