package ecommpay

import (
	"crypto/hmac"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"sort"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy"
)

var (
	// ErrForged says that a message's signature matches none of the secret keys. The sender does not know the key, or
	// changed the message, or it belongs to another project.
	ErrForged = errors.New("ecommpay: the signature does not match")

	// ErrUnsigned says that a message has no signature in a documented place, which is the root or general.
	ErrUnsigned = errors.New("ecommpay: there is no signature")
)

// Signer signs and verifies messages of ecommpay's Gate API, Payment Page and callbacks ("Signature generation and
// verification"). The signed text has every value with its path, in natural order. The signature is HMAC-SHA-512 with
// the project's secret key, in base64. It is safe for concurrent use.
type Signer struct{ keys []payneteasy.Secret }

// NewSigner takes the project's secret key, and old keys that are accepted while you change the key. Old keys only
// verify. It refuses a key that is empty or was damaged when it was copied.
func NewSigner(key payneteasy.Secret, old ...payneteasy.Secret) (*Signer, error) {
	keys := append([]payneteasy.Secret{key}, old...)
	for _, key := range keys {
		if fault := keyFault(key); fault != "" {
			return nil, errors.New("ecommpay: the secret key " + fault)
		}
	}
	return &Signer{keys: keys}, nil
}

// Sign returns the signature of a JSON object, 88 characters. It does not sign fields named signature or frame_mode, at
// any depth. The error is ErrMalformed.
func (s *Signer) Sign(message []byte) (string, error) {
	text, err := Canonical(message)
	if err != nil {
		return "", err
	}
	return sign(s.keys[0], text), nil
}

// Canonical returns the text that is signed for a JSON object. Use it to find out why a signature is wrong. It contains
// every value of the message. The error is ErrMalformed.
func Canonical(message []byte) (string, error) {
	v, err := parseMessage(message)
	if err != nil {
		return "", err
	}
	pairs, err := pairsOf(v)
	if err != nil {
		return "", err
	}
	return canonical(pairs, byPath), nil
}

// Verify checks the signature of a JSON object, at the root or else in its object general. The error is ErrMalformed,
// ErrUnsigned, or ErrForged, and never shows the right signature.
//
// The sort order of the platform itself is not certain. It matters only for arrays of more than ten items and for a few
// names that are not documented. Verify accepts any of three likely orders, which makes forging no easier.
func (s *Signer) Verify(message []byte) error {
	v, err := parseMessage(message)
	if err != nil {
		return err
	}
	return s.verify(v)
}

func (s *Signer) verify(v value) error {
	given := v.get("signature")
	if given.kind == null {
		given = v.get("general", "signature")
	}
	switch {
	case given.kind == null, given.kind == str && given.text == "":
		return ErrUnsigned
	case given.kind != str:
		return malformed("its signature is not a string")
	}
	pairs, err := pairsOf(v)
	if err != nil {
		return err
	}
	right := 0
	for _, order := range []ordering{byPath, byPathBytes, byLine} {
		text := canonical(pairs, order)
		for _, key := range s.keys {
			right |= subtle.ConstantTimeCompare([]byte(given.text), []byte(sign(key, text)))
		}
	}
	if right != 1 {
		return ErrForged
	}
	return nil
}

func sign(key payneteasy.Secret, text string) string {
	mac := hmac.New(sha512.New, []byte(key.Reveal()))
	mac.Write([]byte(text)) // Write of a hash never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// pair is a value with its path.
type pair struct{ path, line string }

// maxCanonical bounds the signed text. Names are repeated for each value below them, so a message of 64 KiB could grow
// to gigabytes.
const maxCanonical = 1 << 20

func pairsOf(v value) ([]pair, error) {
	left := maxCanonical
	pairs := appendPairs(nil, "", v, &left)
	if left < 0 {
		return nil, malformed("its names and values are longer than 1 MiB in all")
	}
	return pairs, nil
}

// appendPairs flattens a value. It joins names with colons, doubles a colon within a name, and numbers the items of an
// array. An empty container leaves nothing. It stops when left is used up.
func appendPairs(to []pair, path string, v value, left *int) []pair {
	if *left -= len(path); *left < 0 {
		return nil
	}
	if v.scalar() {
		*left -= len(path) + len(v.text) + 1
		return append(to, pair{path, path + ":" + v.text})
	}
	for i, f := range v.fields {
		if *left < 0 {
			return nil
		}
		name := strconv.Itoa(i)
		if v.kind == object {
			if f.name == "signature" || f.name == "frame_mode" {
				continue
			}
			name = strings.ReplaceAll(f.name, ":", "::")
		}
		if path != "" {
			name = path + ":" + name
		}
		to = appendPairs(to, name, f.value, left)
	}
	return to
}

type ordering func(a, b pair) bool

func byPath(a, b pair) bool      { return naturalCompare(a.path, b.path) < 0 }
func byPathBytes(a, b pair) bool { return a.path < b.path }
func byLine(a, b pair) bool      { return a.line < b.line }

func canonical(pairs []pair, less ordering) string {
	sort.SliceStable(pairs, func(i, j int) bool { return less(pairs[i], pairs[j]) })
	lines := make([]string, len(pairs))
	for i, p := range pairs {
		lines[i] = p.line
	}
	return strings.Join(lines, ";")
}
