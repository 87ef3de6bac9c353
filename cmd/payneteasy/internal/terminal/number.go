package terminal

import (
	"strconv"

	"github.com/payneteasy-go/payneteasy"
)

// Count is a number that a person reads.
func Count(n int) string { return Grouped(strconv.Itoa(n)) }

// Grouped puts a comma between each three digits.
func Grouped(digits string) string {
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// Plural is a number of things: 1 line, 2 lines.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Decimal is an amount in major units, or nothing for none.
func Decimal(a payneteasy.Amount) string {
	if a.IsZero() {
		return ""
	}
	return a.Decimal()
}
