package terminal

import (
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
)

// escaping is a writer for whole JSON values. It escapes characters that encoding/json keeps and that move a terminal's
// cursor. These are DEL, the control characters from U+0080 on, and those that change the direction of writing. In JSON
// they can only be in strings.
type escaping struct{ to io.Writer }

func (w escaping) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p))
	for _, r := range string(p) {
		switch {
		case r < 0x7f || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r):
			out = append(out, string(r)...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	if _, err := w.to.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
