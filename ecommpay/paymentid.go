package ecommpay

import (
	"strings"
)

// fold maps payment IDs that are the same for the platform to one text. The platform ignores case.
func fold(paymentID string) string { return strings.ToLower(paymentID) }

func sameID(a, b string) bool { return a != "" && fold(a) == fold(b) }
