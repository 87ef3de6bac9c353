package mask

import (
	"fmt"
	"slices"
	"strings"
)

const number = "4111111111111111"

// namesIDs reports whether a text contains a word from the name of a field of IDs.
func namesIDs(text string) bool {
	return slices.ContainsFunc([]string{"order", "serial", "request", "payment", "operation"}, func(word string) bool {
		return strings.Contains(fold(plainText(text)), word)
	})
}

// digitByDigit encodes every byte.
func digitByDigit(value string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func must(shown string, _ []string) string { return shown }
