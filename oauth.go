package payneteasy

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Signer signs requests by OAuth 1.0a (RFC 5849) with the signature method RSA-SHA256 of the Payneteasy platform. That
// is RSASSA-PKCS1-v1_5 with SHA-256 over the signature base string. A Client has its own Signer. Use a separate one for
// commands that this package does not have. It is safe for concurrent use once its fields are set.
type Signer struct {
	// Clock and Nonce replace the time of day and the random nonce, for tests with fixed signatures. The gateway
	// refuses a nonce that it has seen before.
	Clock func() time.Time
	Nonce func() string

	login string
	key   func() crypto.Signer // a function, so that no printer reaches the key
}

// NewSigner takes the merchant login, which becomes oauth_consumer_key, and an RSA key of at least 2048 bits. Any
// crypto.Signer with such a key works, including one in an HSM or a KMS. An *rsa.PrivateKey is copied.
func NewSigner(login string, key crypto.Signer) (*Signer, error) {
	own, keyFault := usableKey(key)
	var faults faults
	faults.add("Login", loginFault(login))
	faults.add("PrivateKey", keyFault)
	if len(faults) > 0 {
		return nil, &ValidationError{Subject: "configuration", Faults: faults}
	}
	return &Signer{login: login, key: func() crypto.Signer { return own }}, nil
}

// Sign encodes the form once, by RFC 3986 and sorted by name, and signs it with a fresh nonce and timestamp. Send
// exactly this body and this value of the Authorization header, by that method and to that URL. The URL must be
// absolute, as it will be called. Parameters in its query are signed too (RFC 5849 section 3.4.1.3.1). Sign trims and
// checks no value.
func (s *Signer) Sign(method, rawURL string, form url.Values) (body []byte, authorization string, err error) {
	signed, err := s.sign(method, rawURL, form)
	return signed.body, signed.authorization, err
}

// signedRequest is a signed form. Do not print it, because its body may hold a card number.
type signedRequest struct {
	body          []byte
	authorization string
	baseString    []byte
	signature     []byte
	nonce         string
	timestamp     string
}

func (s *Signer) sign(method, rawURL string, form url.Values) (signedRequest, error) {
	now, nonce := time.Now, newNonce
	if s.Clock != nil {
		now = s.Clock
	}
	if s.Nonce != nil {
		nonce = s.Nonce
	}
	return s.signAt(method, rawURL, form, nonce(), strconv.FormatInt(now().Unix(), 10))
}

func (s *Signer) signAt(method, rawURL string, form url.Values, nonce, timestamp string) (signedRequest, error) {
	if s.key == nil {
		return signedRequest{}, errors.New("payneteasy: sign: the Signer was not made by NewSigner")
	}
	count := 5
	for _, values := range form {
		count += len(values)
	}
	p := make(params, 0, count)
	p = p.addForm(form).addOAuth(s.login, nonce, timestamp)
	body, base, err := p.encode(method, rawURL)
	if err != nil {
		return signedRequest{}, err
	}
	// The digest goes to the caller's crypto.Signer, and therefore to the heap. It uses the spare capacity of the base
	// string.
	digest := sha256.Sum256(base)
	signature, err := s.key().Sign(rand.Reader, append(base, digest[:]...)[len(base):], crypto.SHA256)
	if err != nil {
		return signedRequest{}, errorf("payneteasy: sign: %w", err)
	}
	header := authorization(s.login, nonce, timestamp, signature)
	return signedRequest{
		body: body, authorization: header, baseString: base, signature: signature, nonce: nonce, timestamp: timestamp,
	}, nil
}

// authorization returns the header of RFC 5849 section 3.5.1, with the order and the separators of the documented
// example. There is no realm and no token.
func authorization(login, nonce, timestamp string, signature []byte) string {
	var room [1024]byte
	h := append(room[:0], `OAuth oauth_consumer_key="`...)
	h = appendEscaped(h, login)
	h = append(h, `", oauth_nonce="`...)
	h = appendEscaped(h, nonce)
	h = append(h, `", oauth_signature="`...)
	var encoded [700]byte
	h = appendEscaped(h, base64.StdEncoding.AppendEncode(encoded[:0], signature))
	h = append(h, `", oauth_signature_method="RSA-SHA256", oauth_timestamp="`...)
	h = append(h, timestamp...)
	h = append(h, `", oauth_version="1.0"`...)
	return string(h)
}

// params are the signed parameters of a request.
type params []param

type param struct {
	name, value string
	header      bool // it is sent in the Authorization header or the URL, not in the body
}

// addForm adds a form. The values of one name keep their order.
func (p params) addForm(form url.Values) params {
	for name, values := range form {
		for _, value := range values {
			p = append(p, param{name: name, value: value})
		}
	}
	return p
}

// addOAuth adds the five protocol parameters that are signed. There is no token, because the merchant is the resource
// owner.
func (p params) addOAuth(login, nonce, timestamp string) params {
	return append(
		p,
		param{"oauth_consumer_key", login, true},
		param{"oauth_nonce", nonce, true},
		param{"oauth_signature_method", "RSA-SHA256", true},
		param{"oauth_timestamp", timestamp, true},
		param{"oauth_version", "1.0", true},
	)
}

// encode returns the body, and the signature base string of RFC 5849 section 3.4.1.1. The base string consists of the
// method, the base string URI and the normalised parameters. Each is encoded, and & joins them. The parameters of the
// URL's query are signed too.
func (p params) encode(method, rawURL string) (body, base []byte, err error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, nil, errorf("payneteasy: sign: %w", err)
	}
	if p, err = p.addQuery(u.RawQuery); err != nil {
		return nil, nil, err
	}
	size := len(method) + 2*len(rawURL) + sha256.Size
	for i := range p {
		size += 2*len(p[i].name) + 3*len(p[i].value) + 10
	}
	var room [64]int
	order := p.byName(room[:0])
	body = p.join(make([]byte, 0, size), order, false)
	// The base string follows the body, in the same memory.
	base, body = body[len(body):], slices.Clip(body)
	p.sortValues(order)
	base = append(append(base, strings.ToUpper(method)...), '&')
	if base, err = appendURI(base, u); err != nil {
		return nil, nil, err
	}
	base = append(base, '&')
	for n, i := range order {
		if n > 0 {
			base = append(base, "%26"...)
		}
		base = append(appendTwice(base, p[i].name), "%3D"...)
		base = appendTwice(base, p[i].value)
	}
	return body, base, nil
}

// byName returns the order of the parameters by encoded name. Parameters with one name keep their order. It sorts
// indices, because moving parameters costs more than comparing them.
func (p params) byName(order []int) []int {
	for i := range p {
		order = append(order, i)
	}
	p.sort(order, func(i int) string { return p[i].name })
	return order
}

// sortValues sorts the values of each name (RFC 5849 section 3.4.1.3.2).
func (p params) sortValues(order []int) {
	for start := 0; start < len(order); {
		end := start + 1
		for end < len(order) && p[order[end]].name == p[order[start]].name {
			end++
		}
		if end > start+1 {
			p.sort(order[start:end], func(i int) string { return p[i].value })
		}
		start = end
	}
}

// sort sorts indices by the encoded text that they stand for. Equal ones keep their order. Requests have about ten
// parameters, and insertion is fastest for those. Its code is also a tenth of the size of slices.SortFunc.
func (p params) sort(order []int, text func(i int) string) {
	const few = 64
	if len(order) > few {
		sort.SliceStable(order, func(i, j int) bool { return compareEncoded(text(order[i]), text(order[j])) < 0 })
		return
	}
	for i := 1; i < len(order); i++ {
		next, at := order[i], i
		for at > 0 && compareEncoded(text(order[at-1]), text(next)) > 0 {
			order[at] = order[at-1]
			at--
		}
		order[at] = next
	}
}

// compareEncoded compares a and b as if they were encoded. An encoded byte becomes %XX, and % sorts before every byte
// that is not encoded. Two encoded bytes sort as their capital hex digits do, which is by value.
func compareEncoded(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		switch {
		case x == y:
		case unreserved[x] == unreserved[y]:
			return int(x) - int(y)
		case unreserved[x]:
			return 1
		default:
			return -1
		}
	}
	return len(a) - len(b)
}

// join writes name=value pairs. Unless all is set, it leaves out those that are not part of the body.
func (p params) join(to []byte, order []int, all bool) []byte {
	for _, i := range order {
		if p[i].header && !all {
			continue
		}
		if len(to) > 0 {
			to = append(to, '&')
		}
		to = append(appendEscaped(to, p[i].name), '=')
		to = appendEscaped(to, p[i].value)
	}
	return to
}

// appendURI appends the base string URI, encoded. It consists of the scheme, host and path as they are called. Scheme
// and host are in lower case, and the scheme's default port is left out (RFC 5849 section 3.4.1.2).
func appendURI(to []byte, u *url.URL) ([]byte, error) {
	host := strings.ToLower(u.Host)
	if host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("payneteasy: sign: the URL is not an absolute http or https URL")
	}
	switch port := u.Port(); {
	case u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80":
		host = strings.TrimSuffix(host, ":"+port)
	case port == "":
		host = strings.TrimSuffix(host, ":")
	}
	path := cmp.Or(u.EscapedPath(), "/")
	to = append(append(to, u.Scheme...), "%3A%2F%2F"...)
	return appendEscaped(appendEscaped(to, host), path), nil
}

// addQuery adds the parameters of a URL's query. Unlike url.ParseQuery it keeps their order and refuses only a broken
// escape (RFC 5849 section 3.4.1.3.1).
func (p params) addQuery(query string) (params, error) {
	for more := true; more; {
		var pair string
		pair, query, more = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, errorf("payneteasy: sign: %w", err)
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return nil, errorf("payneteasy: sign: %w", err)
		}
		p = append(p, param{name, value, true})
	}
	return p, nil
}

const upperHex = "0123456789ABCDEF"

// appendEscaped percent-encodes by RFC 5849 section 3.6. It encodes every byte except A-Z a-z 0-9 - . _ ~ and writes
// hex digits in capitals.
func appendEscaped[T string | []byte](to []byte, s T) []byte {
	start := 0
	for i := range len(s) {
		if c := s[i]; !unreserved[c] {
			to = append(append(to, s[start:i]...), '%', upperHex[c>>4], upperHex[c&15])
			start = i + 1
		}
	}
	return append(to, s[start:]...)
}

// appendTwice applies appendEscaped twice, because a base string holds names and values encoded twice.
func appendTwice(to []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		if c := s[i]; !unreserved[c] {
			to = append(append(to, s[start:i]...), '%', '2', '5', upperHex[c>>4], upperHex[c&15])
			start = i + 1
		}
	}
	return append(to, s[start:]...)
}

var unreserved = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		table[c] = true
	}
	return table
}()

// newNonce returns 32 random letters and digits, as in the documented example.
func newNonce() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	nonce := make([]byte, 0, 32)
	var random [48]byte
	for len(nonce) < cap(nonce) {
		_, _ = rand.Read(random[:]) // never fails, but ends the program if the system has no randomness
		for _, b := range random {
			// 248 is the largest multiple of 62 in a byte. The values above would favour the first letters.
			if b < 248 && len(nonce) < cap(nonce) {
				nonce = append(nonce, alphabet[b%62])
			}
		}
	}
	return string(nonce)
}
