package store

import "github.com/payneteasy-go/payneteasy"

// Differences are how the payout that was made under an id differs from one that is asked for under it.
type Differences struct {
	Command, Amount    bool
	Destination        string // in words that follow "to", or nothing
	UnknownDestination bool   // another program made it
}

// Compare compares the journal's entry with a payout that is asked for. Nothing tells by which command an order was
// sent that the gateway had before.
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
