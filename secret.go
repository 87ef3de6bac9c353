package payneteasy

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// redacted is what every printer, encoder and logger sees of a Secret.
const redacted = masking.Redacted

// Secret is a value that never shows itself: a control key, a card number, a CVV, a card token. Printing, logging or
// encoding it, or anything that contains it, gives "[redacted]". Only Reveal gives the value.
//
// The value lives in a closure, because a printer that meets a Secret in somebody's unexported field calls none of its
// methods. For the same reason two Secrets are never equal under reflect.DeepEqual (and so testify's Equal), not even a
// Secret and its copy: compare with Equal, or compare what Reveal returns.
type Secret struct{ reveal func() string }

// NewSecret keeps value secret. An empty value gives the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return value }}
}

// Reveal returns the value.
//
//go:noinline
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether the value is empty.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Equal compares two secrets in constant time.
func (s Secret) Equal(other Secret) bool {
	a, b := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(other.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// String returns "[redacted]", or nothing for an empty secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// Format is String for every verb of package fmt, also for those that would print numbers or hex.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'v' && f.Flag('#') {
		text = "payneteasy.Secret(" + text + ")"
	}
	masking.Print(f, text)
}

// LogValue is String, for package log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String, for encoders of text, JSON and XML among them. Package encoding/gob refuses a Secret, and what
// holds one.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var errSecretDecode = errors.New("payneteasy: a Secret cannot be decoded, since its encoding is redacted; use NewSecret")

// UnmarshalText refuses: what MarshalText wrote is not the value.
func (s *Secret) UnmarshalText([]byte) error { return errSecretDecode }
