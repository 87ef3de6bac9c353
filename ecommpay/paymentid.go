package ecommpay

import (
	"strings"
)

// fold makes payment ids that the platform does not tell apart the same: it does not look at case.
func fold(paymentID string) string { return strings.ToLower(paymentID) }

func sameID(a, b string) bool { return a != "" && fold(a) == fold(b) }
