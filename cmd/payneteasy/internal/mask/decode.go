package mask

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// decoded is a text without its percent-encodings and JSON escapes, however many layers of them there are. It also
// holds where each byte comes from.
type decoded struct {
	text string
	at   []int // of each byte, and of the end, in the original

	fields *fields // set once they are read
}

// maxDepth is more layers than any text has. Each layer costs a pass.
const maxDepth = 16

// layers returns a text as it came, and with each layer of encoding removed. In %4111… a card's number may begin after
// the sign, or within an escape.
func layers(s string) []decoded {
	d := decoded{text: s, at: make([]int, len(s)+1)}
	for i := range d.at {
		d.at[i] = i
	}
	all := []decoded{d}
	for range maxDepth {
		var changed bool
		if d, changed = d.once(); !changed {
			break
		}
		all = append(all, d)
	}
	return all
}

// decode removes all layers.
func decode(s string) decoded {
	all := layers(s)
	return all[len(all)-1]
}

// plainText returns the text of decode.
func plainText(s string) string {
	if !strings.ContainsAny(s, `%\`) {
		return s
	}
	return decode(s).text
}

// once removes one layer, and reports whether there was one.
func (d *decoded) once() (less decoded, changed bool) {
	if !strings.ContainsAny(d.text, `%\`) {
		return *d, false
	}
	text, at := make([]byte, 0, len(d.text)), make([]int, 0, len(d.at))
	for i := 0; i < len(d.text); {
		n, char := escape(d.text[i:])
		changed = changed || n > 0
		if n == 0 {
			n, char = 1, d.text[i:i+1]
		}
		for range len(char) {
			at = append(at, d.at[i])
		}
		text, i = append(text, char...), i+n
	}
	return decoded{text: string(text), at: append(at, d.at[len(d.at)-1])}, changed
}

// escape returns the length of the escape that a text begins with, and the character that it stands for.
func escape(s string) (n int, char string) {
	switch {
	case len(s) >= 6 && (s[:2] == `\u` || s[:2] == `%u`):
		code, err := strconv.ParseInt(s[2:6], 16, 32)
		if err != nil {
			return 0, ""
		}
		return 6, string(rune(code))
	case len(s) >= 3 && s[0] == '%':
		char, err := url.PathUnescape(s[:3])
		if err != nil {
			return 0, ""
		}
		return 3, char
	}
	return 0, ""
}

// A card has 13 to 19 digits.
const minCard, maxCard = 13, 19

// maxBetween is how many signs may be between two digits of a card.
const maxBetween = 3

// serial matches serial numbers, which may contain digits like a card's but are not cards:
// 00000000-0000-0000-0000-000002e2c322.
var serial = regexp.MustCompile(`\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`)

// numbers finds runs of digits that contain a card. It hides the whole run, because the card's code may follow its
// number.
func (d *decoded) numbers() (found []piece) {
	begin := 0
	for _, s := range serial.FindAllStringIndex(d.text, -1) {
		found = append(found, d.numbersIn(begin, s[0])...)
		begin = s[1]
	}
	return append(found, d.numbersIn(begin, len(d.text))...)
}

func (d *decoded) numbersIn(begin, end int) (found []piece) {
	var run []byte
	from, to, between := 0, 0, 0
	flush := func() {
		if hasCard(run) {
			found = append(found, piece{d.at[from], d.at[to], Redacted})
		}
		run, between = nil, 0
	}
	for i := begin; i < end; {
		r, size := utf8.DecodeRuneInString(d.text[i:end])
		if value, ok := digit(r); ok {
			if run == nil {
				from = i
			}
			run, to, between = append(run, value), i+size, 0
		} else if between++; run != nil && (between > maxBetween || !separates(r)) {
			flush()
		}
		i += size
	}
	flush()
	return found
}

// separates reports whether a sign may be between the digits of a card.
func separates(r rune) bool {
	return unicode.IsSpace(r) && r != '\n' && r != '\r' || unicode.In(r, unicode.Pd, unicode.Cf, unicode.Zs) ||
		strings.ContainsRune(`._/+*·•|`, r)
}

// digit converts a decimal digit of any script, such as a full-width one, to 0 to 9.
func digit(r rune) (plain byte, ok bool) {
	if '0' <= r && r <= '9' {
		return byte(r), true
	}
	if r < utf8.RuneSelf || !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for zero := r; ; zero-- { // the digits of a script follow one another, by tens
		if !unicode.Is(unicode.Nd, zero-1) {
			return '0' + byte((r-zero)%10), true //nolint:gosec // it is less than ten
		}
	}
}

func digitsOf(runes []rune) (digits []byte) {
	for _, r := range runes {
		if plain, ok := digit(r); ok {
			digits = append(digits, plain)
		}
	}
	return digits
}

// hasCard tries every window, because digits before or behind must not hide a card.
func hasCard(digits []byte) bool {
	for window := range windows(digits) {
		if issued(window) && charcheck.Luhn(window) {
			return true
		}
	}
	return false
}

// issued reports whether any cards begin with these digits. Without this check, every second date and time would be a
// card.
func issued(digits []byte) bool {
	switch prefix := string(digits[:4]); prefix[0] {
	case '0', '7':
		return false
	case '1':
		return len(digits) == 15 // UATP
	case '2':
		return "2200" <= prefix && prefix <= "2720" // Mir, Mastercard
	}
	return true
}
