package terminal

import (
	"strings"
	"unicode/utf8"
)

// Wrap breaks a text at blanks. It indents all lines after the first.
func Wrap(text string, width, indent int) string {
	var out strings.Builder
	column := 0
	for i, word := range strings.Split(text, " ") {
		wide := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+wide > width && column > indent:
			out.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += wide
	}
	return out.String()
}
