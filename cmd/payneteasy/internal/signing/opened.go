package signing

import (
	"bytes"
	"crypto"
	"crypto/md5" //nolint:gosec // signatures that were made with it are to be named
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // signatures that were made with it are to be named
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"net/url"
	"slices"
	"strings"
)

// opened is what a signature of PKCS #1 v1.5 vouches for. That a public key opens it shows that its private half made it;
// and to compare digests costs so little that very many base strings can be tried.
type opened struct {
	hash    string // name of the hash; empty if the signature does not say
	content []byte // digest, or what was signed without one
}

// digestInfos are what stands before a digest (RFC 8017 section 9.2, notes).
var digestInfos = []struct {
	hash, prefix string
	sum          func([]byte) []byte
}{
	{"SHA-256", "3031300d060960864801650304020105000420", sum256},
	{"SHA-1", "3021300906052b0e03021a05000414", func(b []byte) []byte { s := sha1.Sum(b); return s[:] }},    //nolint:gosec // see the import
	{"MD5", "3020300c06082a864886f70d020505000410", func(b []byte) []byte { s := md5.Sum(b); return s[:] }}, //nolint:gosec // see the import
	{"SHA-384", "3041300d060960864801650304020205000430", func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }},
	{"SHA-512", "3051300d060960864801650304020305000440", func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }},
}

func sum256(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:]
}

// open takes the padding of a signature off; ok is false if this key did not make it, or not by PKCS #1 v1.5.
func open(key *rsa.PublicKey, signature []byte) (o opened, ok bool) {
	if len(signature) != key.Size() {
		return o, false
	}
	block := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	if block[0] != 0 || block[1] != 1 {
		return o, false
	}
	rest := bytes.TrimLeft(block[2:], "\xff")
	if len(block)-2-len(rest) < 8 || len(rest) == 0 || rest[0] != 0 {
		return o, false
	}
	rest = rest[1:]
	for _, info := range digestInfos {
		prefix, _ := hex.DecodeString(info.prefix) // a constant
		if digest, found := bytes.CutPrefix(rest, prefix); found && len(digest) == int(prefix[len(prefix)-1]) {
			return opened{info.hash, digest}, true
		}
	}
	return opened{"", rest}, true
}

// vouches reports whether the signature is one by RSA-SHA256 of this base string.
func (o opened) vouches(base string) bool {
	return o.hash == "SHA-256" && bytes.Equal(o.content, sum256([]byte(base)))
}

// otherwise names how else the signature was made of this base string.
func (o opened) otherwise(base string) (code, says string) {
	text := []byte(base)
	for _, info := range digestInfos {
		if info.hash != "SHA-256" && info.hash == o.hash && bytes.Equal(o.content, info.sum(text)) {
			return "hash", "the base string is right, but it was signed with " + o.hash + ": take RSA-SHA256 (SHA256withRSA)"
		}
		digest := info.sum(text)
		written := []byte(hex.EncodeToString(digest))
		for _, twice := range [][]byte{digest, written} {
			switch {
			case o.hash == "" && bytes.Equal(o.content, twice):
				return "no_digest_info", "the " + info.hash + " digest of the base string was encrypted as it is, without the name of its hash (DigestInfo): sign the base string with SHA256withRSA instead of hashing it first"
			case o.hash == "SHA-256" && bytes.Equal(o.content, sum256(twice)):
				return "hashed_twice", "the base string was hashed before it was given to a function that hashes it once more: give it the base string itself"
			}
		}
	}
	if o.hash == "" && bytes.Equal(o.content, text) {
		return "not_hashed", "the base string itself was encrypted, without a hash: sign it with SHA256withRSA"
	}
	return "", ""
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
		add("signature_encoded_twice", "the signature was percent-encoded twice: once will do", base64.StdEncoding.DecodeString, unescaped)
	}
	add("signature_line_breaks", "the signature's Base64 has line breaks or blanks in it: take an encoder that writes one line", base64.StdEncoding.DecodeString, strings.Join(strings.Fields(text), ""))
	add("signature_blanks", "the signature has blanks where its Base64 had +: encode + as %2B in the header", base64.StdEncoding.DecodeString, strings.ReplaceAll(text, " ", "+"))
	add("signature_hex", "the signature is in hex: it must be Base64", hex.DecodeString, text)
	add("signature_hex_in_base64", "the signature is the Base64 of its hex: it must be the Base64 of its bytes", func(string) ([]byte, error) { return hex.DecodeString(string(right)) }, text)
	unpadded := strings.TrimRight(text, "=")
	add("signature_padding", "the signature's Base64 lacks the = at its end", base64.RawStdEncoding.DecodeString, unpadded)
	add("signature_url_base64", "the signature is in the Base64 of URLs (- and _): it must be that with + and /", base64.RawURLEncoding.DecodeString, unpadded)
	reversed := slices.Clone(right)
	slices.Reverse(reversed)
	all = append(all, reading{"signature_reversed", "the signature's bytes are the wrong way round, as Microsoft's CryptoAPI gives them: reverse them", reversed})
	return all
}

// isPSS reports whether the signature is one by RSA-PSS.
func isPSS(key *rsa.PublicKey, base string, signature []byte) bool {
	sum := sha1.Sum([]byte(base)) //nolint:gosec // see the import
	return rsa.VerifyPSS(key, crypto.SHA256, sum256([]byte(base)), signature, nil) == nil ||
		rsa.VerifyPSS(key, crypto.SHA1, sum[:], signature, nil) == nil
}
