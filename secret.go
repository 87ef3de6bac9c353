package payneteasy

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the protocol's own checksum, which the key in it protects
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// redacted is what every printer, encoder and logger sees instead of a Secret.
const redacted = masking.Redacted

// Secret is a value that never shows itself, such as a control key, a card number, a CVV or a card token. If you print,
// log or encode it, or anything that contains it, you get "[redacted]". Only Reveal returns the value.
//
// The value lives in a closure, because a printer that meets a Secret in an unexported field calls none of its methods.
// For the same reason reflect.DeepEqual, and so testify's Equal, never finds two Secrets equal, not even a Secret and
// its copy. Compare them with Equal, or compare what Reveal returns.
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

// shown returns "[redacted]", or "" for an empty secret.
func (s Secret) shown() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// Format writes "[redacted]", or nothing for an empty secret. It does so even for verbs that would print numbers or
// hex.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.shown()
	if verb == 'v' && f.Flag('#') {
		text = "payneteasy.Secret(" + text + ")"
	}
	masking.Print(f, text)
}

// MarshalText returns what Format writes, for encoders of text, including JSON and XML. Package encoding/gob refuses a
// Secret, and anything that holds one.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.shown()), nil }

var errSecretDecode = errors.New(
	"payneteasy: a Secret cannot be decoded, since its encoding is redacted; use NewSecret")

// UnmarshalText always returns an error, because what MarshalText wrote is not the value.
func (s *Secret) UnmarshalText([]byte) error { return errSecretDecode }

func loginFault(login string) string {
	if login == "" {
		return "is required: the merchant login"
	}
	return charcheck.Key(login)
}

// minKeyBits is the smallest RSA key that the platform accepts for RSA-SHA256.
const minKeyBits = 2048

// ParsePrivateKey reads an RSA private key from PEM, in PKCS#1 ("RSA PRIVATE KEY") or PKCS#8 ("PRIVATE KEY"). It skips
// other blocks in the same text, such as a certificate. Its errors say what was found instead: an encrypted key, a
// public key, a certificate, a key that is not RSA, or no PEM at all. They also say what damaged the PEM, such as
// quotes, lost line breaks, or dashes that are not hyphens. They never show the input.
func ParsePrivateKey(pemBytes []byte) (*rsa.PrivateKey, error) {
	var first error
	for rest := bytes.TrimLeft(pemBytes, "\ufeff"); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		key, err := parseBlock(block)
		if err == nil {
			return key, nil
		}
		if first == nil {
			first = errorf("payneteasy: private key: %w", err)
		}
	}
	if first != nil {
		return nil, first
	}
	return nil, errors.New("payneteasy: private key: " + charcheck.PEM(pemBytes))
}

func parseBlock(block *pem.Block) (*rsa.PrivateKey, error) {
	if block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, errors.New("it is encrypted; decrypt it first: openssl pkey -in KEY -out KEY.pem")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("not a valid PKCS#1 RSA key") // the cause may quote the key
		}
		return key, nil
	case "PRIVATE KEY":
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("not a valid PKCS#8 key")
		}
		key, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, errorf("want an RSA key, found %T", parsed)
		}
		return key, nil
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("this is a public key: give the private key")
	case "CERTIFICATE", "CERTIFICATE REQUEST":
		return nil, errors.New("this is a certificate: give the private key")
	case "EC PRIVATE KEY":
		return nil, errors.New("want an RSA key, found an elliptic curve key")
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("this is an OpenSSH key; convert a copy of it: ssh-keygen -p -m PEM -f KEY")
	default:
		return nil, errorf("want PKCS#1 or PKCS#8, found %.40q", block.Type)
	}
}

// usableKey checks a key and returns the one to sign with. An *rsa.PrivateKey is copied before it is precomputed,
// because Precompute on the caller's own key would be a data race. Without Precompute each signature takes 1.6 times as
// long.
func usableKey(key crypto.Signer) (own crypto.Signer, fault string) {
	if key == nil {
		return nil, "is required: an RSA private key of the merchant"
	}
	switch v := reflect.ValueOf(key); v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Func, reflect.Chan:
		if v.IsNil() {
			return nil, "is empty"
		}
	default:
	}
	if private, ok := key.(*rsa.PrivateKey); ok {
		if private.N == nil || private.D == nil {
			return nil, "is empty"
		}
		duplicate := &rsa.PrivateKey{PublicKey: private.PublicKey, D: private.D, Primes: private.Primes}
		duplicate.Precompute()
		if err := duplicate.Validate(); err != nil {
			return nil, "is not a valid RSA key"
		}
		own = duplicate
	} else {
		own = key
	}
	public, ok := own.Public().(*rsa.PublicKey)
	switch {
	case !ok:
		return nil, fmt.Sprintf("is not an RSA key but %T", own.Public())
	case public == nil || public.N == nil:
		return nil, "has no RSA public key"
	case public.N.BitLen() < minKeyBits:
		return nil, fmt.Sprintf("has %d bits: the platform requires at least %d", public.N.BitLen(), minKeyBits)
	}
	return own, ""
}

// control returns the SHA-1 checksum of status requests, callbacks and redirects. It is 40 lower-case hex digits over
// the values joined without separators, with the merchant control key last (ConnPay docs, "Request authentication
// methods"). Because nothing separates the values, ("12", "3") and ("1", "23") have the same control. So it does not
// prove any single value.
func control(key Secret, values ...string) string {
	sum := sha1.Sum([]byte(strings.Join(values, "") + key.Reveal())) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// statusControl is the control of /api/v2/status. An order ID that is not known counts as an empty string (likely, not
// documented).
func statusControl(key Secret, login, clientOrderID, orderID string) string {
	return control(key, login, clientOrderID, orderID)
}
