package main

import (
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// The parser's work grows with a power of the depth of keys and tables, of which a setting has two.
const (
	maxPoints = 32  // between the parts of keys, in a line
	maxTables = 256 // in braces, in all
)

// tooDeep is the first line in which keys or tables are nested deeper than any setting is, or 0.
func tooDeep(content string) int {
	number, tables := 0, 0
	for text := range strings.Lines(content) {
		number++
		points := 0
		var quote rune // inside a text
	characters:
		for _, r := range text {
			switch {
			case r == '#' && quote == 0: // a comment
				break characters
			case quote != 0:
				if r == quote {
					quote = 0
				}
			case r == '"' || r == '\'':
				quote = r
			case r == '.':
				points++
			case r == '{':
				tables++
			}
			if points > maxPoints || tables > maxTables {
				return number
			}
		}
	}
	return 0
}

// keyLines are the lines of keys, which the parser does not tell.
type keyLines map[string]int

// of is the line of a key, or of the table or setting that it is in.
func (lines keyLines) of(key toml.Key) int {
	for ; len(key) > 0; key = key[:len(key)-1] {
		if number := lines[key.String()]; number > 0 {
			return number
		}
	}
	return 1
}

// linesOf reads each line by itself, once: the work grows as the content does. The first line of a key counts.
func linesOf(content string) keyLines {
	lines := keyLines{}
	var table toml.Key
	number := 0
	for text := range strings.Lines(content) {
		number++
		name, _, isSetting := strings.Cut(text, "=")
		isTable := strings.HasPrefix(strings.TrimSpace(text), "[")
		switch {
		case isTable:
			name = text
		case isSetting:
			name += "= 0"
		default:
			continue
		}
		var any map[string]any
		meta, err := toml.Decode(name, &any)
		keys := meta.Keys()
		if err != nil || len(keys) == 0 {
			continue
		}
		key := keys[len(keys)-1]
		if isTable {
			table = key
		} else {
			key = slices.Concat(table, key)
		}
		if lines[key.String()] == 0 {
			lines[key.String()] = number
		}
	}
	return lines
}
