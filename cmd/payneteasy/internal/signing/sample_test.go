package signing

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// A request with each special case, and its base string, written by hand.
const (
	sampleURL  = "https://sandbox.example/paynet/api/v4/payout/39915?note=a%2Fb"
	sampleBody = "client_orderid=payout-0001&amount=10.42&currency=USD&a-b=2&a=1&Z=last&name=Zo%C3%AB%20O%27Neil*~&empty=&phone=%2B100&order_desc=%0Atwo%0Alines"
	sampleBase = "POST&https%3A%2F%2Fsandbox.example%2Fpaynet%2Fapi%2Fv4%2Fpayout%2F39915&" +
		"Z%3Dlast%26a%3D1%26a-b%3D2%26amount%3D10.42%26client_orderid%3Dpayout-0001%26currency%3DUSD%26empty%3D%26" +
		"name%3DZo%25C3%25AB%2520O%2527Neil%252A~%26note%3Da%252Fb%26" +
		"oauth_consumer_key%3DTestMerchant%26oauth_nonce%3Dn%26oauth_signature_method%3DRSA-SHA256%26oauth_timestamp%3D1677831012%26oauth_version%3D1.0%26" +
		"order_desc%3D%250Atwo%250Alines%26phone%3D%252B100"
)

func merchantKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())
	require.NoError(t, err)
	return key
}

// sample is a request whose parts a test changes.
type sample struct {
	url, body, base string
	method          string
	headers         []string
	oauth           string                              // of the header, without the signature
	sign            func(base string) []byte            // instead of RSA-SHA256
	write           func(base64Signature []byte) string // instead of Base64
}

func newSample(t *testing.T) *sample {
	t.Helper()
	key := merchantKey(t)
	return &sample{
		url: sampleURL, body: sampleBody, base: sampleBase, method: "POST",
		oauth: `oauth_consumer_key="TestMerchant", oauth_nonce="n", oauth_signature_method="RSA-SHA256", oauth_timestamp="1677831012", oauth_version="1.0"`,
		sign: func(base string) []byte {
			digest := sha256.Sum256([]byte(base))
			signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
			require.NoError(t, err)
			return signature
		},
		write: base64.StdEncoding.EncodeToString,
	}
}

// raw returns the request as it goes over the wire.
func (s *sample) raw(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	authorization := "OAuth " + s.oauth
	if s.write != nil {
		authorization += `, oauth_signature="` + Encode(s.write(s.sign(s.base))) + `"`
	}
	lines := append([]string{s.method + " " + u.RequestURI() + " HTTP/1.1", "Host: " + u.Host, "Authorization: " +
		authorization}, s.headers...)
	if !strings.Contains(strings.Join(lines, " "), "Content-Type") {
		lines = append(lines, "Content-Type: application/x-www-form-urlencoded")
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + s.body
}

// verified verifies the raw request.
func (s *sample) verified(t *testing.T) *Verdict { t.Helper(); return s.verifiedAt(t, 1677831072) }

func (s *sample) verifiedAt(t *testing.T, seconds int64) *Verdict {
	t.Helper()
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	c, err := ReadRaw(s.raw(t), "", u.Scheme)
	require.NoError(t, err)
	return c.Verify(&merchantKey(t).PublicKey, time.Unix(seconds, 0), false)
}

// both makes the same change in header and base string.
func both(oldNew ...string) func(*sample) {
	return func(s *sample) {
		r := strings.NewReplacer(oldNew...)
		s.oauth, s.base = r.Replace(s.oauth), r.Replace(s.base)
	}
}

// signs changes what is signed, by pairs of old and new.
func signs(oldNew ...string) func(*sample) {
	return func(s *sample) { s.base = strings.NewReplacer(oldNew...).Replace(s.base) }
}

// reorder joins the named parameters of a base string in another order.
func reorder(base, names string) string {
	head, list := base[:strings.LastIndex(base, "&")+1], base[strings.LastIndex(base, "&")+1:]
	values := map[string]string{}
	for pair := range strings.SplitSeq(list, "%26") {
		name, _, _ := strings.Cut(pair, "%3D")
		values[name] = pair
	}
	var pairs []string
	for name := range strings.FieldsSeq(names) {
		pairs = append(pairs, values[name])
	}
	return head + strings.Join(pairs, "%26")
}
