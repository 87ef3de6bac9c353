package riverpayout

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// storable reports whether PostgreSQL can store the texts.
func storable(texts ...string) bool {
	text := strings.Join(texts, " ")
	return utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

var errNotStorable = errors.New("client_orderid or reason is not UTF-8, or has a NUL")
