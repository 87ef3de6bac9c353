package main

import "strings"

// word is a word of a command that a person is to paste. Of what cannot be printed as it is there is none: escaped it would be
// something else, and a shell would run what stands between the quotes.
func word(s string) (quoted string, ok bool) {
	if line(s) != s {
		return "", false
	}
	return quote(s), true
}

// pasted is a word of a command, or a placeholder where there is none.
func pasted(s, placeholder string) string {
	if quoted, ok := word(s); ok {
		return quoted
	}
	return placeholder
}

// chmodCommand is the advice about a file that others can read.
func chmodCommand(path string) string {
	if quoted, ok := word(path); ok {
		return "chmod 600 " + quoted
	}
	return "chmod 600 would help, and its name cannot be printed"
}

// quote is a word of a POSIX shell.
func quote(s string) string {
	if s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
