package charcheck

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

const brailleBlank = '\u2800'

// names are the names of Unicode, and the usual ones of control characters.
var names = map[rune]string{
	0x00: "NUL", 0x07: "bell", 0x08: "backspace", 0x09: "tab", 0x0a: "line break, LF",
	0x0b: "vertical tab", 0x0c: "form feed",
	0x0d: "line break, CR", 0x1a: "substitute", 0x1b: "escape", 0x7f: "delete", 0x85: "next line",
	' ': "space", 0xa0: "no-break space", 0x1680: "ogham space mark",
	0x2000: "en quad", 0x2001: "em quad", 0x2002: "en space", 0x2003: "em space", 0x2004: "three-per-em space",
	0x2005: "four-per-em space", 0x2006: "six-per-em space", 0x2007: "figure space", 0x2008: "punctuation space",
	0x2009: "thin space", 0x200a: "hair space", 0x2028: "line separator", 0x2029: "paragraph separator",
	0x202f: "narrow no-break space", 0x205f: "medium mathematical space", 0x3000: "ideographic space",
	0xad: "soft hyphen", 0x034f: "combining grapheme joiner", 0x061c: "Arabic letter mark",
	0x115f: "Hangul choseong filler", 0x1160: "Hangul jungseong filler", 0x180e: "Mongolian vowel separator",
	0x200b: "zero width space", 0x200c: "zero width non-joiner", 0x200d: "zero width joiner",
	0x200e: "left-to-right mark", 0x200f: "right-to-left mark",
	0x202a: "left-to-right embedding", 0x202b: "right-to-left embedding", 0x202c: "pop directional formatting",
	0x202d: "left-to-right override", 0x202e: "right-to-left override",
	0x2060: "word joiner", 0x2061: "function application", 0x2062: "invisible times", 0x2063: "invisible separator",
	0x2064: "invisible plus", 0x2066: "left-to-right isolate", 0x2067: "right-to-left isolate",
	0x2068: "first strong isolate", 0x2069: "pop directional isolate",
	brailleBlank: "braille pattern blank", 0x3164: "Hangul filler", 0xffa0: "halfwidth Hangul filler",
	0xfeff: "zero width no-break space, a byte order mark", utf8.RuneError: "replacement character",
	'"': "quotation mark", '\'': "apostrophe", '`': "grave accent", '´': "acute accent",
	0xab: "left-pointing double angle quotation mark", 0xbb: "right-pointing double angle quotation mark",
	0x2018: "left single quotation mark", 0x2019: "right single quotation mark",
	0x201a: "single low-9 quotation mark", 0x201b: "single high-reversed-9 quotation mark",
	0x201c: "left double quotation mark", 0x201d: "right double quotation mark",
	0x201e: "double low-9 quotation mark", 0x201f: "double high-reversed-9 quotation mark",
	0x2032: "prime", 0x2033: "double prime",
	0x2039: "single left-pointing angle quotation mark", 0x203a: "single right-pointing angle quotation mark",
	0x2010: "hyphen", 0x2011: "non-breaking hyphen", 0x2012: "figure dash", 0x2013: "en dash", 0x2014: "em dash",
	0x2015: "horizontal bar", 0x2212: "minus sign", 0xfe58: "small em dash", 0xfe63: "small hyphen-minus",
	0xff0d: "fullwidth hyphen-minus",
}

// kinds name the characters that have no name here. The first match counts.
var kinds = []struct {
	table *unicode.RangeTable
	name  string
}{
	{unicode.Cc, "control character"},
	{unicode.Z, "unusual space"},
	{unicode.Variation_Selector, "variation selector"},
	{unicode.Quotation_Mark, "quotation mark"},
	{unicode.Dash, "dash"},
	{unicode.Cf, "invisible format character"},
	{unicode.Noncharacter_Code_Point, "no character"},
	{unicode.Other_Default_Ignorable_Code_Point, "invisible character"},
}

// Name is a character's code point and name, such as U+200B (zero width space).
func Name(r rune) string {
	if name, found := names[r]; found {
		return fmt.Sprintf("%U (%s)", r, name)
	}
	for _, kind := range kinds {
		if unicode.Is(kind.table, r) {
			return fmt.Sprintf("%U (%s)", r, kind.name)
		}
	}
	return fmt.Sprintf("%U", r)
}
