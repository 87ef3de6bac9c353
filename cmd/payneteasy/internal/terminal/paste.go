package terminal

import "strings"

// Word is a word of a command that a person is to paste. Of what cannot be printed as it is there is none: escaped it
// would be something else, and a shell would run what stands between the quotes.
func Word(s string) (quoted string, ok bool) {
	if Line(s) != s {
		return "", false
	}
	return Quote(s), true
}

// Pasted is a word of a command, or a placeholder where there is none.
func Pasted(s, placeholder string) string {
	if quoted, ok := Word(s); ok {
		return quoted
	}
	return placeholder
}

// ChmodCommand is the advice about a file that others can read.
func ChmodCommand(path string) string {
	if quoted, ok := Word(path); ok {
		return "chmod 600 " + quoted
	}
	return "chmod 600 would help, and its name cannot be printed"
}

// Quote is a word of a POSIX shell.
func Quote(s string) string {
	if s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
