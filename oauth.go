package payneteasy

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signer signs requests by OAuth 1.0a (RFC 5849) with the signature method RSA-SHA256 of the Payneteasy platform:
// RSASSA-PKCS1-v1_5 with SHA-256 over the signature base string. A Client has its own; a Signer by itself serves
// commands that this package does not have. It is safe for concurrent use once its fields are set.
type Signer struct {
	// Clock and Nonce replace the time of day and the random nonce, for tests with fixed signatures. A nonce that
	// comes twice is refused by the gateway.
	Clock func() time.Time
	Nonce func() string

	login string
	key   crypto.Signer
}

// NewSigner takes the merchant login, which becomes oauth_consumer_key, and an RSA key of at least 2048 bits. Any
// crypto.Signer with such a key will do, in an HSM or a KMS as well; an *rsa.PrivateKey is copied.
func NewSigner(login string, key crypto.Signer) (*Signer, error) {
	own, keyFault := usableKey(key)
	var faults faults
	faults.add("Login", loginFault(login))
	faults.add("PrivateKey", keyFault)
	if len(faults) > 0 {
		return nil, &ConfigError{Faults: faults}
	}
	return &Signer{login: login, key: own}, nil
}

// SignedRequest is a signed form: exactly these bytes and this header are to be sent, by the method and to the URL that
// were signed. It prints as nothing, since the body may hold a card.
type SignedRequest struct{ parts func() signedParts }

type signedParts struct {
	body          []byte
	authorization string
	baseString    []byte
	signature     []byte
	nonce         string
	timestamp     string
}

// Body is the form, encoded by RFC 3986 and sorted by name.
func (r SignedRequest) Body() []byte { return r.parts().body }

// Authorization is the value of the Authorization header.
func (r SignedRequest) Authorization() string { return r.parts().authorization }

// Sign encodes the form once and signs it with a fresh nonce and timestamp. The URL is absolute, as it will be called;
// parameters in its query are signed too (RFC 5849 section 3.4.1.3.1). No value is trimmed or checked.
func (s *Signer) Sign(method, rawURL string, form url.Values) (SignedRequest, error) {
	now, nonce := time.Now, newNonce
	if s.Clock != nil {
		now = s.Clock
	}
	if s.Nonce != nil {
		nonce = s.Nonce
	}
	return s.sign(method, rawURL, form, nonce(), strconv.FormatInt(now().Unix(), 10))
}

func (s *Signer) sign(method, rawURL string, form url.Values, nonce, timestamp string) (SignedRequest, error) {
	count, size := 5, 512
	for name, values := range form {
		for _, value := range values {
			count, size = count+1, size+2*(len(name)+len(value))
		}
	}
	p := params{text: make([]byte, 0, size), spans: make([]span, 0, count)}
	p.addValues(form)
	body := p.join(make([]byte, 0, len(p.text)+count))
	p.addOAuth(s.login, nonce, timestamp)
	base, err := baseString(method, rawURL, &p)
	if err != nil {
		return SignedRequest{}, err
	}
	digest := sha256.Sum256(base)
	signature, err := s.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return SignedRequest{}, fmt.Errorf("payneteasy: sign: %w", err)
	}
	parts := signedParts{
		body: body, authorization: authorization(s.login, nonce, timestamp, signature),
		baseString: base, signature: signature, nonce: nonce, timestamp: timestamp,
	}
	return SignedRequest{parts: func() signedParts { return parts }}, nil
}

// authorization is the header of RFC 5849 section 3.5.1, in the order and with the separators of the documented
// example; there is no realm and no token.
func authorization(login, nonce, timestamp string, signature []byte) string {
	h := make([]byte, 0, 256+len(login)+len(nonce)+2*len(signature))
	h = append(h, `OAuth oauth_consumer_key="`...)
	h = appendEscaped(h, login)
	h = append(h, `", oauth_nonce="`...)
	h = appendEscaped(h, nonce)
	h = append(h, `", oauth_signature="`...)
	var encoded [1400]byte // room for a key of 8192 bits
	h = appendEscaped(h, base64.StdEncoding.AppendEncode(encoded[:0], signature))
	h = append(h, `", oauth_signature_method="RSA-SHA256", oauth_timestamp="`...)
	h = append(h, timestamp...)
	h = append(h, `", oauth_version="1.0"`...)
	return string(h)
}

// params is a list of encoded parameters: names and values in text, and for each where they lie there.
type params struct {
	text  []byte
	spans []span
}

type span struct{ start, equals, end int }

func (p *params) add(name, value string) {
	start := len(p.text)
	p.text = appendEscaped(p.text, name)
	equals := len(p.text)
	p.text = appendEscaped(p.text, value)
	p.spans = append(p.spans, span{start, equals, len(p.text)})
}

// addValues adds a form, sorted by name; the values of one name keep their order.
func (p *params) addValues(form url.Values) {
	for name, values := range form {
		for _, value := range values {
			p.add(name, value)
		}
	}
	slices.SortStableFunc(p.spans, func(a, b span) int { return bytes.Compare(p.name(a), p.name(b)) })
}

// addOAuth adds the five protocol parameters that are signed. There is no token: the merchant is the resource owner.
func (p *params) addOAuth(login, nonce, timestamp string) {
	p.add("oauth_consumer_key", login)
	p.add("oauth_nonce", nonce)
	p.add("oauth_signature_method", "RSA-SHA256")
	p.add("oauth_timestamp", timestamp)
	p.add("oauth_version", "1.0")
}

func (p *params) name(s span) []byte  { return p.text[s.start:s.equals] }
func (p *params) value(s span) []byte { return p.text[s.equals:s.end] }

// normalize orders by encoded name, then by encoded value, bytewise (RFC 5849 section 3.4.1.3.2).
func (p *params) normalize() {
	slices.SortFunc(p.spans, func(a, b span) int {
		return cmp.Or(bytes.Compare(p.name(a), p.name(b)), bytes.Compare(p.value(a), p.value(b)))
	})
}

func (p *params) join(to []byte) []byte {
	for i, s := range p.spans {
		if i > 0 {
			to = append(to, '&')
		}
		to = append(append(append(to, p.name(s)...), '='), p.value(s)...)
	}
	return to
}

// baseString is the signature base string of RFC 5849 section 3.4.1.1: method, base string URI and normalised
// parameters, each encoded, joined by &. It adds the parameters of the URL's query.
func baseString(method, rawURL string, p *params) ([]byte, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("payneteasy: sign: %w", err)
	}
	uri, err := baseStringURI(u)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" {
		if err := p.addForm(u.RawQuery); err != nil {
			return nil, err
		}
	}
	p.normalize()
	base := make([]byte, 0, len(method)+3*len(uri)+len(p.text)*3/2+8*len(p.spans))
	base = append(append(base, strings.ToUpper(method)...), '&')
	base = append(appendEscaped(base, uri), '&')
	for i, s := range p.spans {
		if i > 0 {
			base = append(base, "%26"...)
		}
		base = append(appendEscaped(base, p.name(s)), "%3D"...)
		base = appendEscaped(base, p.value(s))
	}
	return base, nil
}

// baseStringURI is scheme, host and path as they are called: scheme and host in lower case, the scheme's default port
// left out (RFC 5849 section 3.4.1.2).
func baseStringURI(u *url.URL) (string, error) {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if host == "" || scheme != "https" && scheme != "http" {
		return "", errors.New("payneteasy: sign: the URL is not an absolute http or https URL")
	}
	switch port := u.Port(); {
	case scheme == "https" && port == "443", scheme == "http" && port == "80":
		host = strings.TrimSuffix(host, ":"+port)
	case port == "":
		host = strings.TrimSuffix(host, ":")
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + path, nil
}

// addForm adds the parameters of an encoded form or query. Unlike url.ParseQuery it keeps their order and refuses
// nothing but a broken escape (RFC 5849 section 3.4.1.3.1).
func (p *params) addForm(encoded string) error {
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return fmt.Errorf("payneteasy: sign: %w", err)
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return fmt.Errorf("payneteasy: sign: %w", err)
		}
		p.add(name, value)
	}
	return nil
}

const upperHex = "0123456789ABCDEF"

// appendEscaped percent-encodes by RFC 5849 section 3.6: every byte but A-Z a-z 0-9 - . _ ~, hex in capitals.
func appendEscaped[T string | []byte](to []byte, s T) []byte {
	for i := range len(s) {
		if c := s[i]; unreserved[c] {
			to = append(to, c)
		} else {
			to = append(to, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return to
}

var unreserved = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		table[c] = true
	}
	return table
}()

// newNonce is 32 random letters and digits, as in the documented example.
func newNonce() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	nonce := make([]byte, 0, 32)
	var random [48]byte
	for len(nonce) < cap(nonce) {
		_, _ = rand.Read(random[:]) // never fails: it ends the program if the system has no randomness
		for _, b := range random {
			// 248 is the largest multiple of 62 in a byte: the rest would favour the first letters.
			if b < 248 && len(nonce) < cap(nonce) {
				nonce = append(nonce, alphabet[b%62])
			}
		}
	}
	return string(nonce)
}
