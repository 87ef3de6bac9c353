package store

import "github.com/payneteasy-go/payneteasy"

// Differences says how a payout that was sent under an ID differs from one that is now requested under it.
type Differences struct {
	Command, Amount    bool
	Destination        string // in words that follow "to", or nothing
	UnknownDestination bool   // another program made it
}

// Compare compares the journal's entry with a payout that is requested. For an adopted order, the command with which it
// was sent is not known.
func (s *Store) Compare(e payneteasy.Entry, command string, amount payneteasy.Amount, to DestinationSum) Differences {
	before, known := s.Destinations.Find(e.ClientOrderID)
	differs := Differences{
		Command:            e.Command != command && e.Cause() != payneteasy.CauseElsewhere,
		Amount:             e.Amount != amount,
		UnknownDestination: !known,
	}
	if known {
		differs.Destination = to.Difference(before)
	}
	return differs
}
