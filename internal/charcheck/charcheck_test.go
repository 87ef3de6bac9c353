package charcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// damaged are values that were damaged when they were copied, by the text of their fault. They begin or end with abc
// and def, which no text may show.
var damaged = map[string]string{
	"abc\u00addef":     "has U+00AD (soft hyphen) at character 4: copy it again without it",
	"abc\u200bdef":     "has U+200B (zero width space) at character 4",
	"abc\u200c":        "has U+200C (zero width non-joiner) at character 4",
	"\u200dabc":        "has U+200D (zero width joiner) at character 1",
	"äbc\u200edef":     "has U+200E (left-to-right mark) at character 4",
	"abc\u200f":        "has U+200F (right-to-left mark) at character 4",
	"\u202aabc":        "has U+202A (left-to-right embedding) at character 1",
	"abc\u202edef":     "has U+202E (right-to-left override) at character 4",
	"\u2066abc\u2069":  "has U+2066 (left-to-right isolate) at character 1",
	"abc\u061cdef":     "has U+061C (Arabic letter mark) at character 4",
	"abc\u2060def":     "has U+2060 (word joiner) at character 4",
	"abc\u2064def":     "has U+2064 (invisible plus) at character 4",
	"\ufeffabc":        "has U+FEFF (zero width no-break space, a byte order mark) at character 1",
	"abc\ufeff":        "has U+FEFF (zero width no-break space, a byte order mark) at character 4",
	"abc\ufe0fdef":     "has U+FE0F (variation selector) at character 4",
	"abc\U000e0100def": "has U+E0100 (variation selector) at character 4",
	"abc\u180bdef":     "has U+180B (variation selector) at character 4",
	"abc\U000e0041def": "has U+E0041 (invisible format character) at character 4",
	"abc\u034fdef":     "has U+034F (combining grapheme joiner) at character 4",
	"abc\u3164def":     "has U+3164 (Hangul filler) at character 4",
	"abc\u2800def":     "has U+2800 (braille pattern blank) at character 4",
	"abc\ufffddef":     "has U+FFFD (replacement character) at character 4",
	"abc\ufffedef":     "has U+FFFE (no character) at character 4",
	"abc\u00a0def":     "has U+00A0 (no-break space) at character 4",
	"abc\u2007def":     "has U+2007 (figure space) at character 4",
	"abc\u202fdef":     "has U+202F (narrow no-break space) at character 4",
	"abc\u3000":        "has U+3000 (ideographic space) at character 4",
	"abc\u2028def":     "has U+2028 (line separator) at character 4",
	"abc\u2029def":     "has U+2029 (paragraph separator) at character 4",
	"abc\x00def":       "has U+0000 (NUL) at character 4",
	"abc\x1bdef":       "has U+001B (escape) at character 4",
	"abc\x01def":       "has U+0001 (control character) at character 4",
	"abc\x7f":          "has U+007F (delete) at character 4",
	"abc\u0085def":     "has U+0085 (next line) at character 4",
	"abc\tdef":         "has U+0009 (tab) at character 4",
	"abc\ndef":         "has U+000A (line break, LF) at character 4",
	"abc\n":            "has U+000A (line break, LF) at character 4",
	"abc\r\n":          "has U+000D (line break, CR) at character 4",
	`abc\n`:            `ends with \n, two characters: copy it again without them`,
	`abc\r\n`:          `ends with \n, two characters: copy it again without them`,
	" abc":             "begins with U+0020 (space): copy it again without it",
	"abc ":             "ends with U+0020 (space): copy it again without it",
	"  ":               "begins with U+0020 (space)",
	`"abcdef"`: "begins with U+0022 (quotation mark) and ends with U+0022 (quotation mark): remove the " +
		"quotes around it",
	`"abc`:  "begins with U+0022 (quotation mark): remove the quotes around it",
	`abc"`:  "ends with U+0022 (quotation mark): remove the quotes around it",
	`'abc'`: "begins with U+0027 (apostrophe) and ends with U+0027 (apostrophe)",
	"`abc`": "begins with U+0060 (grave accent) and ends with U+0060 (grave accent)",
	"abc´":  "ends with U+00B4 (acute accent)",
	"“abc”": "begins with U+201C (left double quotation mark) and ends with U+201D (right double " +
		"quotation mark)",
	"„abc“":                 "begins with U+201E (double low-9 quotation mark)",
	"‘abc’":                 "begins with U+2018 (left single quotation mark)",
	"abc’":                  "ends with U+2019 (right single quotation mark)",
	"«abc»":                 "begins with U+00AB (left-pointing double angle quotation mark)",
	"‹abc":                  "begins with U+2039 (single left-pointing angle quotation mark)",
	"「abc」":                 "begins with U+300C (quotation mark)",
	"abc\u2033":             "ends with U+2033 (double prime)",
	"abc\xe9def":            "is not UTF-8 at character 4",
	"\xff\xfea\x00b\x00c":   "is UTF-16: save it as UTF-8",
	"\xfe\xff\x00a\x00bdef": "is UTF-16: save it as UTF-8",
}

func TestKey(t *testing.T) {
	t.Parallel()
	for value, says := range damaged {
		fault := charcheck.Key(value)
		require.True(t, strings.HasPrefix(fault, says), "%+q: %s", value, fault)
		require.NotRegexp(t, `abc|def|äbc`, fault)
	}
	for _, value := range []string{
		"", "a", `a\nb`, "123e4567-e89b-12d3-a456-426614174000", "A space in the middle",
		`quotes "in" the 'middle' of it`, "it’s", "b«a»b", "a`b",
		"пароль", "密碼", "Zürich", "ça", "e\u0301", "ﷺ", "ไทย", "עברית", "😀", "~!@#$%^&*()_+-=[]{}|;:,.<>/?\\", "<a>",
		"(a)", "\ue000", "=a=", "$a",
	} {
		require.Empty(t, charcheck.Key(value), "%+q", value)
	}
}
