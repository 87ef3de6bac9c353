package signing

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // signatures that were made with it are to be named
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"net/url"
	"strings"
)

// opened is what a signature of PKCS #1 v1.5 holds: a digest, and the name of its hash before it. That a public key
// opens it shows that its private half made it; and to compare digests costs so little that very many base strings can
// be tried.
type opened []byte

// What stands before a digest, in hex (RFC 8017 section 9.2, notes).
const (
	infoSHA256 = "3031300d060960864801650304020105000420"
	infoSHA1   = "3021300906052b0e03021a05000414"
)

func sum256(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:]
}

// open takes the padding of a signature off; ok is false if this key did not make it, or not by PKCS #1 v1.5.
func open(key *rsa.PublicKey, signature []byte) (o opened, ok bool) {
	if len(signature) != key.Size() {
		return o, false
	}
	power := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(key.E)), key.N)
	block := power.FillBytes(make([]byte, key.Size()))
	if block[0] != 0 || block[1] != 1 {
		return o, false
	}
	rest := bytes.TrimLeft(block[2:], "\xff")
	if len(block)-2-len(rest) < 8 || len(rest) == 0 || rest[0] != 0 {
		return o, false
	}
	return rest[1:], true
}

// vouches reports whether the signature is one by RSA-SHA256 of this base string.
func (o opened) vouches(base string) bool { return o.holds(infoSHA256, sum256([]byte(base))) }

// vouchesBySHA1 reports whether the signature is one by RSA-SHA1 of this base string.
func (o opened) vouchesBySHA1(base string) bool {
	sum := sha1.Sum([]byte(base)) //nolint:gosec // see the import
	return o.holds(infoSHA1, sum[:])
}

func (o opened) holds(info string, digest []byte) bool {
	prefix, _ := hex.DecodeString(info) // a constant
	return bytes.Equal(o, append(prefix, digest...))
}

// reading is a way to take a signature's bytes from its text.
type reading struct {
	code, says string
	bytes      []byte
}

// readings are the bytes that a signature's text may mean, the right way first; that may be without bytes.
func readings(text string) []reading {
	right, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		right = nil
	}
	all := []reading{{"", "", right}}
	add := func(code, says string, decode func(string) ([]byte, error), text string) {
		if decoded, err := decode(text); err == nil {
			all = append(all, reading{code, says, decoded})
		}
	}
	unescaped, err := url.PathUnescape(text)
	if err == nil && unescaped != text {
		add("signature_encoded_twice", "the signature was percent-encoded twice: once will do",
			base64.StdEncoding.DecodeString, unescaped)
	}
	add("signature_blanks", "the signature has blanks where its Base64 had +: encode + as %2B in the header",
		base64.StdEncoding.DecodeString, strings.ReplaceAll(text, " ", "+"))
	add("signature_hex", "the signature is in hex: it must be Base64", hex.DecodeString, text)
	return all
}
