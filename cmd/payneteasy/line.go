package main

import (
	"strconv"
	"strings"
	"unicode"
)

// line is somebody's text, fit for a terminal: what cannot be printed is escaped, so that it moves no cursor.
func line(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.ToValidUTF8(s, "") != s {
		return strconv.Quote(s)
	}
	return s
}
