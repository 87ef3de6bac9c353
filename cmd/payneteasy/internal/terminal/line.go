package terminal

import (
	"strconv"
	"strings"
	"unicode"
)

// Line is a foreign text, fit for a terminal: what cannot be printed is escaped, so that it moves no cursor.
func Line(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.ToValidUTF8(s, "") != s {
		return strconv.Quote(s)
	}
	return s
}
