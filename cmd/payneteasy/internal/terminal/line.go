package terminal

import (
	"strconv"
	"strings"
	"unicode"
)

// Line makes foreign text safe for a terminal. It escapes unprintable characters, so that none moves the cursor.
func Line(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.ToValidUTF8(s, "") != s {
		return strconv.Quote(s)
	}
	return s
}
