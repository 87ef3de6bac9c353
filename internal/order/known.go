package order

import "slices"

var (
	knownDecisions = []Decision{Pending, Unknown, Refused, Paid, NotPaid, Reversed, Rejected, NotSent, Review}
	knownSends     = []Send{Created, Sending, SendNotSent, SendRefused, Denied, RefusedParameter, SendUnknown, Accepted}
	knownEnds      = []End{Open, EndPaid, EndPaidOther, EndDeclined, EndFailed, EndReversed, EndUnclear}
	knownCauses    = []Cause{
		CauseChanged, CauseFreed, CauseEarlier, CauseElsewhere, CauseSeveral, CauseReversalID, CauseHeld,
		CauseAmount, CauseNoAmount, CauseError, CauseUnclear,
	}
)

// IsKnown reports whether the decision is one of this version.
func (d Decision) IsKnown() bool { return slices.Contains(knownDecisions, d) }

// IsKnown reports whether the value is one of this version.
func (s Send) IsKnown() bool { return slices.Contains(knownSends, s) }

// IsKnown reports whether the end is one of this version.
func (e End) IsKnown() bool { return slices.Contains(knownEnds, e) }

// IsKnown reports whether the cause is one of this version.
func (c Cause) IsKnown() bool { return slices.Contains(knownCauses, c) }
