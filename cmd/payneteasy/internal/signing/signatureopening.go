package signing

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // to recognize signatures that were made with it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"net/url"
	"strings"
)

// opened is the content of a PKCS #1 v1.5 signature, which is a digest after the name of its hash. If a public key
// opens it, the matching private key made it. Comparing digests costs so little that very many base strings can be
// tried.
type opened []byte

// The bytes before a digest, in hex (RFC 8017 section 9.2, notes).
const (
	infoSHA256 = "3031300d060960864801650304020105000420"
	infoSHA1   = "3021300906052b0e03021a05000414"
)

func sum256(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:]
}

// open removes the padding of a signature. ok is false if another key made it, or if it is not PKCS #1 v1.5.
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

// vouches reports whether this is an RSA-SHA256 signature of the base string.
func (o opened) vouches(base string) bool { return o.holds(infoSHA256, sum256([]byte(base))) }

// vouchesBySHA1 reports whether this is an RSA-SHA1 signature of the base string.
func (o opened) vouchesBySHA1(base string) bool {
	sum := sha1.Sum([]byte(base)) //nolint:gosec // see the import
	return o.holds(infoSHA1, sum[:])
}

func (o opened) holds(info string, digest []byte) bool {
	prefix, _ := hex.DecodeString(info) // a constant
	return bytes.Equal(o, append(prefix, digest...))
}

// reading is a way to get a signature's bytes from its text.
type reading struct {
	code, says string
	bytes      []byte
}

// readings returns the bytes that a signature's text may mean. The right way is first, even if it yields no bytes.
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
		add("signature_encoded_twice", "the signature was percent-encoded twice: encode it once",
			base64.StdEncoding.DecodeString, unescaped)
	}
	add("signature_blanks", "the signature has blanks where its Base64 had +: encode + as %2B in the header",
		base64.StdEncoding.DecodeString, strings.ReplaceAll(text, " ", "+"))
	add("signature_hex", "the signature is in hex: it must be Base64", hex.DecodeString, text)
	return all
}
