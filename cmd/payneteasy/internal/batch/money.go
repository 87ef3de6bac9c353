package batch

import (
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// decimal is a sum in major units. A sum may be longer than an Amount can be.
func decimal(minor int64, currency string) string {
	digits := payoutinput.DigitsAfterPoint(currency)
	text := strconv.FormatInt(minor, 10)
	if missing := digits + 1 - len(text); missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	whole, fraction := text[:len(text)-digits], text[len(text)-digits:]
	if fraction != "" {
		fraction = "." + fraction
	}
	return terminal.Grouped(whole) + fraction
}
