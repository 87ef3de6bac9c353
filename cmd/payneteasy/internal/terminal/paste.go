package terminal

import "strings"

// Word quotes a word of a command for a person to paste. It returns false if the word has unprintable characters. An
// escaped word would be a different one, and a shell would run what is between the quotes.
func Word(s string) (quoted string, ok bool) {
	if Line(s) != s {
		return "", false
	}
	return Quote(s), true
}

// Pasted returns a word of a command, or a placeholder if Word returns none.
func Pasted(s, placeholder string) string {
	if quoted, ok := Word(s); ok {
		return quoted
	}
	return placeholder
}

// ChmodCommand returns the advice about a file that others can read.
func ChmodCommand(path string) string {
	if quoted, ok := Word(path); ok {
		return "chmod 600 " + quoted
	}
	return "use chmod 600 (the file's name cannot be printed)"
}

// Quote returns a word of a POSIX shell.
func Quote(s string) string {
	if s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
