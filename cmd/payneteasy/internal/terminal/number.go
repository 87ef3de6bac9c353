package terminal

import (
	"strconv"

	"github.com/payneteasy-go/payneteasy"
)

// Count formats a number for people.
func Count(n int) string { return Grouped(strconv.Itoa(n)) }

// Grouped puts a comma between groups of three digits.
func Grouped(digits string) string {
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// Plural formats a number of things, such as 1 line or 2 lines.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Decimal is an amount in major units, or nothing if there is no amount.
func Decimal(a payneteasy.Amount) string {
	if a.IsZero() {
		return ""
	}
	return a.Decimal()
}
