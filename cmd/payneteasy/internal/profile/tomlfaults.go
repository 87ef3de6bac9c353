package profile

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/spelling"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// A fault of a file of profiles names the line and the key. It never shows the value, which may be a secret.

// syntaxFault says where and why the parser has stopped.
func syntaxFault(content string, err toml.ParseError) error {
	number := err.Position.Line
	if found := definedTwice.FindStringSubmatch(err.Message); found != nil {
		return fmt.Errorf("line %d: %s is duplicated: remove one", number, terminal.Line(found[1]))
	}
	what := "it is not TOML"
	if err.LastKey != "" {
		what += ", at or after " + terminal.Line(err.LastKey)
	}
	if lines := strings.Split(content, "\n"); number >= 1 && number <= len(lines) {
		text := strings.TrimSuffix(lines[number-1], "\r")
		if fault := charcheck.Unseen(strings.ReplaceAll(text, "\t", " ")); fault != "" {
			return fmt.Errorf("line %d: %s: the line %s", number, what, fault)
		}
		_, value, _ := strings.Cut(text, "=")
		quote := []rune(strings.TrimSpace(value) + " ")[0]
		if quote > unicode.MaxASCII && unicode.Is(unicode.Quotation_Mark, quote) {
			what += ": the value begins with " + charcheck.Name(quote)
			return fmt.Errorf("line %d: %s: write straight quotes, \"…\"", number, what)
		}
	}
	return fmt.Errorf("line %d: %s", number, what)
}

// definedTwice matches the parser's error for a key or a table that was defined before.
var definedTwice = regexp.MustCompile(`^Key '(.*)' (?:has already been defined|was already created)`)

// incompatible matches the parser's error for a value of the wrong type.
var incompatible = regexp.MustCompile(
	`^toml: (line \d+) \(last key "(.*)"\): incompatible types: TOML value has type (\S+?); destination has type (\S+)$`)

// typeNames are the parser's types, in words.
var typeNames = map[string]string{
	"string":  "a text between quotes",
	"integer": "a whole number", "int64": "a whole number", "float": "a number",
	"boolean": "true or false", "bool": "true or false",
	"slice": `a list of texts, ["…", "…"]`, "array": "a list", "[]interface": "a list",
	"table": "a table", "map": "a table",
}

// typeFault rewrites the parser's type error for a person.
func typeFault(content string, err error) error {
	found := incompatible.FindStringSubmatch(err.Error())
	if found == nil {
		return noProfile(content)
	}
	name := func(kind string) string {
		if words := typeNames[strings.TrimSuffix(kind, "{}")]; words != "" {
			return words
		}
		return "something else"
	}
	return fmt.Errorf("%s: %s is %s, and must be %s", found[1], terminal.Line(found[2]), name(found[3]), name(found[4]))
}

// noProfile names a value among the profiles that is not a profile, because the parser does not name its key.
func noProfile(content string) error {
	var all struct {
		Profiles map[string]any `toml:"profiles"`
	}
	if _, err := toml.Decode(content, &all); err == nil {
		for _, name := range slices.Sorted(maps.Keys(all.Profiles)) {
			if _, isTable := all.Profiles[name].(map[string]any); !isTable {
				key := toml.Key{"profiles", name}
				return fmt.Errorf("line %d: %s is not a profile: put settings under [profiles.NAME]",
					lineOf(keyLines(content), key), terminal.Line(key.String()))
			}
		}
	}
	return errors.New("a value is not of the type that its setting has") // naming more could show the value
}

// settingNames returns the settings of a profile.
func settingNames() (names []string) {
	for field := range reflect.TypeFor[Profile]().Fields() {
		names = append(names, field.Tag.Get("toml"))
	}
	return names
}

// maxUnknown limits the list to what a person reads.
const maxUnknown = 10

// unknownKeys names the keys of the file that are not settings.
func unknownKeys(content string, unknown []toml.Key) error {
	lines := keyLines(content)
	var texts []string
	told := map[string]bool{}
	for _, key := range unknown {
		number := lineOf(lines, key)
		depth := 1 // an unknown table is reported together with everything in it
		if strings.EqualFold(key[0], "profiles") {
			depth = min(len(key), 3)
		}
		key = key[:depth]
		if told[key.String()] {
			continue
		}
		told[key.String()] = true
		if len(texts) < maxUnknown {
			texts = append(texts,
				fmt.Sprintf("line %d: %s is not a setting%s", number, terminal.Line(key.String()), hintFor(key)))
		}
	}
	if more := len(told) - maxUnknown; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return errors.New(strings.Join(texts, "; "))
}

// hintFor says where a key belongs, or which key may be meant.
func hintFor(key toml.Key) string {
	name, settings := key[len(key)-1], settingNames()
	inProfile := len(key) == 3 && strings.EqualFold(key[0], "profiles")
	switch {
	case len(key) == 1 && slices.Contains(settings, name):
		return ": put it under [profiles.NAME]"
	case inProfile && name == "default":
		return " of a profile: put it before the first [table]"
	case inProfile:
		return didYouMean(name, settings)
	case len(key) == 1 && didYouMean(name, []string{"default"}) != "":
		return didYouMean(name, []string{"default"})
	case len(key) == 1 && didYouMean(name, []string{"profiles"}) != "":
		return ": did you mean [profiles.NAME]?"
	case len(key) == 1:
		return ": a profile is [profiles.NAME]"
	}
	return ""
}

// didYouMean suggests the only name that differs by at most two letters, if there is one.
func didYouMean(name string, names []string) string {
	if len(name) > spelling.LongestName {
		return ""
	}
	best, least := "", 3
	for _, candidate := range names {
		if d := spelling.Distance(strings.ToLower(strings.ReplaceAll(name, "-", "_")), candidate); d < least {
			best, least = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// lineOf returns the line of a key, or of the table that contains it.
func lineOf(lines map[string]int, key toml.Key) int {
	for ; len(key) > 0; key = key[:len(key)-1] {
		if number, found := lines[key.String()]; found {
			return number
		}
	}
	return 1
}

// keyLines returns the lines of all keys and tables of a valid TOML file. The parser does not report them.
func keyLines(content string) map[string]int {
	lines := map[string]int{}
	var table toml.Key
	for s := range statements(content) {
		if s.isTable {
			table = parsedKey(s.key)
			first(lines, table, s.line)
			continue
		}
		first(lines, slices.Concat(table, parsedKey(s.key)), s.line)
	}
	return lines
}

// maxNesting is more than any file of profiles needs. For deeper nesting, the parser's time grows much faster than the
// file.
const maxNesting = 100

// nestingFault refuses deep nesting, which would keep the parser busy. It runs before the parser.
func nestingFault(content string) error {
	for s := range statements(content) {
		parts := 0
		for rest := s.text; ; parts++ {
			at := outside(rest, ".[{", false)
			if at == len(rest) {
				break
			}
			rest = rest[at+1:]
		}
		if parts > maxNesting {
			return fmt.Errorf("line %d: it has more than %d dots and brackets outside of texts", s.line, maxNesting)
		}
	}
	return nil
}

// statement is a table's header, or a key with its value.
type statement struct {
	line      int
	text, key string
	isTable   bool
}

// statements scans a file once. Invalid TOML also yields statements.
func statements(content string) iter.Seq[statement] {
	return func(yield func(statement) bool) {
		number := 1
		var length int
		for rest := strings.TrimPrefix(content, "\ufeff"); rest != ""; rest = rest[length:] {
			s := statement{line: number}
			switch c := rest[0]; {
			case c == '#':
				length = lineEnd(rest)
			case strings.IndexByte(" \t\r\n", c) >= 0:
				length = 1
			case c == '[':
				length = outside(rest, "\n#", true)
				s.text, s.isTable = rest[:length], true
				s.key = strings.Trim(strings.TrimRight(s.text, " \t\r"), "[]")
			default:
				equals := outside(rest, "=", true)
				length = equals + outside(rest[equals:], "\n", true)
				s.text, s.key = rest[:length], rest[:equals]
			}
			if s.text != "" && !yield(s) {
				return
			}
			number += strings.Count(rest[:length], "\n")
		}
	}
}

func first(lines map[string]int, key toml.Key, number int) {
	if name := key.String(); lines[name] == 0 {
		lines[name] = number
	}
}

// parsedKey is a key with its dots and quotes, as the parser reads it.
func parsedKey(text string) toml.Key {
	var ignored map[string]any
	meta, err := toml.Decode(text+" = 0", &ignored)
	if keys := meta.Keys(); err == nil && len(keys) > 0 {
		return keys[len(keys)-1]
	}
	return toml.Key{text}
}

func lineEnd(text string) int {
	if at := strings.IndexByte(text, '\n'); at >= 0 {
		return at
	}
	return len(text)
}

// outside returns the index of the first of these characters outside of texts and comments, and of brackets if they
// count. Without one it returns the end.
func outside(text, chars string, brackets bool) int {
	depth := 0
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case c == '"' || c == '\'':
			at += quotedLength(text[at:]) - 1
		case depth <= 0 && strings.IndexByte(chars, c) >= 0:
			return at
		case c == '#':
			at += lineEnd(text[at:]) - 1
		case brackets && (c == '[' || c == '{'):
			depth++
		case brackets && (c == ']' || c == '}'):
			depth--
		}
	}
	return len(text)
}

// quotedLength returns the length of the text that begins here, with its quotes.
func quotedLength(text string) int {
	quote := text[:1]
	if strings.HasPrefix(text, strings.Repeat(quote, 3)) {
		quote = text[:3]
	}
	for at := len(quote); at < len(text); at++ {
		switch {
		case text[at] == '\\' && quote[0] == '"':
			at++
		case strings.HasPrefix(text[at:], quote):
			at += len(quote)
			for len(quote) == 3 && at < len(text) && text[at] == quote[0] { // a text may end with quotes of its own
				at++
			}
			return at
		}
	}
	return len(text)
}
