package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// A request with something of everything, and its base string, written by hand.
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

// raw is the request as it goes over the wire.
func (s *sample) raw(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	authorization := "OAuth " + s.oauth
	if s.write != nil {
		authorization += `, oauth_signature="` + encode(s.write(s.sign(s.base))) + `"`
	}
	lines := append([]string{s.method + " " + u.RequestURI() + " HTTP/1.1", "Host: " + u.Host, "Authorization: " + authorization}, s.headers...)
	if !strings.Contains(strings.Join(lines, " "), "Content-Type") {
		lines = append(lines, "Content-Type: application/x-www-form-urlencoded")
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + s.body
}

// verified runs the command over a raw request.
func (s *sample) verified(t *testing.T, args ...string) (got verdict, r result) {
	t.Helper()
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	args = append([]string{"verify", "-", "-o", "json", "--at", "1677831072", "--key", file(t, string(payneteasytest.MerchantKeyPEM())), "--scheme", u.Scheme}, args...)
	r = call(t, nil, s.raw(t), args...)
	decode(t, r, &got)
	requireStatus(t, r, got.Valid)
	return got, r
}

// decode reads what a command wrote.
func decode(t *testing.T, r result, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(r.stdout), into), r.stderr)
}

// requireStatus checks that a verdict and the exit status say the same.
func requireStatus(t *testing.T, r result, valid bool) {
	t.Helper()
	want := exit.Rejected
	if valid {
		want = exit.Done
	}
	require.Equal(t, want, r.status)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	got, r := newSample(t).verified(t)
	require.True(t, got.Valid, r.stdout)
	require.Empty(t, got.Mistake)
	require.Equal(t, sampleBase, got.BaseString)
	for _, c := range got.Checks {
		require.True(t, c.OK, c)
	}
}

// TestVerifyVectors: signatures that were made by somebody else's implementation.
func TestVerifyVectors(t *testing.T) {
	t.Parallel()
	v := vectors[protocol](t, "protocol.json").Derived
	for _, c := range v.Cases {
		r := call(t, nil, v.Key, "verify", "--key", "-", "-X", c.Method, "--url", c.URL, "--authorization", c.Authorization, "--data-raw", c.Body, "-o", "json")
		require.Zero(t, r.status, r)
		var got verdict
		require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
		require.Equal(t, c.BaseString, got.BaseString)
	}
}

// TestVerifyChecks: what the signature does not tell, in requests that are signed well.
func TestVerifyChecks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, check, says string
		change            func(*sample)
		args              []string
	}{
		{"late", "oauth_timestamp", "2023-03-03T08:10:12Z, 1h0m0s before 2023-03-03T09:10:12Z; what the gateway tolerates is not documented", nil, []string{"--at", "1677834612"}},
		{"early", "oauth_timestamp", "11 days and 13h46m39s after", nil, []string{"--at", "1676831013"}},
		{"milliseconds", "oauth_timestamp", "milliseconds", both("1677831012", "1677831012000"), nil},
		{"words", "oauth_timestamp", "not a number", both("1677831012", "now"), nil},
		{"no nonce", "oauth_parameters", "oauth_nonce", both(`oauth_nonce="n"`, `oauth_nonce=""`, "oauth_nonce%3Dn", "oauth_nonce%3D"), nil},
		{"no version", "oauth_parameters", "oauth_version", both(`, oauth_version="1.0"`, "", "oauth_version%3D1.0%26", ""), nil},
		{"another version", "oauth_version", "it is 2.0", both(`"1.0"`, `"2.0"`, "version%3D1.0", "version%3D2.0"), nil},
		{"another method", "oauth_signature_method", "RSA-SHA1", both("RSA-SHA256", "RSA-SHA1"), nil},
		{"no quotes", "authorization", "not between quotes", both(`"TestMerchant"`, "TestMerchant"), nil},
		{"no type", "content_type", "text/plain", func(s *sample) {
			s.headers = []string{"Content-Type: text/plain"}
			s.base = reorder(s.base, "note oauth_consumer_key oauth_nonce oauth_signature_method oauth_timestamp oauth_version")
		}, nil},
		{"repeated", "repeated_parameters", "a, amount", func(s *sample) {
			s.body += "&a=1&amount=10.42"
			s.base = strings.NewReplacer("a%3D1%26", "a%3D1%26a%3D1%26", "amount%3D10.42", "amount%3D10.42%26amount%3D10.42").Replace(s.base)
		}, nil},
		{"a body that is cut", "content_length", "cut", func(s *sample) { s.headers = []string{"Content-Length: 9999"} }, nil},
		{"a body that goes on", "content_length", "no further", func(s *sample) {
			s.headers = []string{"Content-Length: " + strconv.Itoa(len(s.body))}
			s.body += "&x=1"
		}, nil},
		{"two types", "content_type_twice", "there are 2 content-type headers", func(s *sample) {
			s.headers = []string{"Content-Type: application/x-www-form-urlencoded", "Content-Type: text/plain"}
		}, nil},
		{"two hosts", "host_twice", "there are 2 host headers", func(s *sample) { s.headers = []string{"Host: other.example"} }, nil},
		{"a percent", "encoding", "two hex digits", func(s *sample) {
			s.body += "&z=100%"
			s.base += "%26z%3D100%2525"
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSample(t)
			if test.change != nil {
				test.change(s)
			}
			got, r := s.verified(t, test.args...)
			require.True(t, got.Valid, r.stdout)
			i := slices.IndexFunc(got.Checks, func(c check) bool { return c.Name == test.check })
			require.GreaterOrEqual(t, i, 0, r.stdout)
			require.False(t, got.Checks[i].OK)
			require.Contains(t, got.Checks[i].Detail, test.says)
		})
	}
}

// both changes header and base string alike.
func both(oldNew ...string) func(*sample) {
	return func(s *sample) {
		r := strings.NewReplacer(oldNew...)
		s.oauth, s.base = r.Replace(s.oauth), r.Replace(s.base)
	}
}

// TestRawForms: however the request was captured.
func TestRawForms(t *testing.T) {
	t.Parallel()
	raw := newSample(t).raw(t)
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	for name, text := range map[string]string{
		"a line break at the end": raw + "\n",
		"LF":                      strings.ReplaceAll(raw, "\r\n", "\n"),
		"HTTP/2":                  strings.Replace(raw, "HTTP/1.1", "HTTP/2", 1),
		"a BOM":                   "\ufeff\r\n" + raw,
		"curl -v":                 "> " + strings.ReplaceAll(head, "\r\n", "\n> ") + "\n> \n" + body,
		"a folded header":         strings.Replace(raw, ", oauth_nonce", ",\r\n  oauth_nonce", 1),
		"chunked":                 head + "\r\nTransfer-Encoding: chunked\r\n\r\n" + hex.EncodeToString([]byte{byte(len(body))}) + "\r\n" + body + "\r\n0\r\n\r\n",
		"an absolute URL":         strings.Replace(raw, "POST /", "POST https://sandbox.example/", 1),
	} {
		r := call(t, nil, text, "verify", "-", "--key", file(t, string(payneteasytest.MerchantKeyPEM())))
		require.Zero(t, r.status, name+r.stdout+r.stderr)
	}
}

// TestPublicKeys: whatever holds the public half.
func TestPublicKeys(t *testing.T) {
	t.Parallel()
	key := merchantKey(t)
	pkix, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	certificate, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, &key.PublicKey, key)
	require.NoError(t, err)
	request := file(t, newSample(t).raw(t))
	for name, block := range map[string]*pem.Block{
		"PKIX": {Type: "PUBLIC KEY", Bytes: pkix}, "PKCS#1": {Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)},
		"a certificate": {Type: "CERTIFICATE", Bytes: certificate}, "a private key": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)},
	} {
		r := call(t, nil, string(pem.EncodeToMemory(block)), "verify", request, "--key", "-")
		require.Zero(t, r.status, name+r.stderr)
	}
}

// requireUsage checks that a mistake is told in one line, and nothing was done.
func requireUsage(t *testing.T, r result, says string) {
	t.Helper()
	require.Equal(t, exit.Usage, r.status, r)
	require.Contains(t, r.stderr, says)
	require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
	require.Empty(t, r.stdout)
}

// TestVerifyUsage: what cannot be verified is told in one line.
func TestVerifyUsage(t *testing.T) {
	t.Parallel()
	key := file(t, string(payneteasytest.MerchantKeyPEM()))
	const call1 = "https://a.example/"
	for _, test := range []struct {
		name string
		args []string
		says string
	}{
		{"nothing", nil, "verify takes one FILE with a raw request, or --url"},
		{"two files", []string{"a", "b"}, "verify takes one FILE"},
		{"no such file", []string{"nowhere"}, "the request: "},
		{"no request", []string{key}, "this is not a raw request"},
		{"a file and a header", []string{"-", "--header", "A: b"}, "--header goes with --url"},
		{"a header without colon", []string{"--url", call1, "--header", "A"}, "without colon"},
		{"another scheme", []string{"-", "--scheme", "ftp"}, "--scheme is http or https"},
		{"two schemes", []string{"--url", call1, "--scheme", "http"}, "--url has its own"},
		{"a URL without scheme", []string{"--url", "a.example"}, "not an absolute http or https one"},
		{"no method", []string{"--url", call1, "--method", ""}, "--method is empty"},
		{"a URL with a user", []string{"--url", "https://u:p@a.example"}, "holds a user's name"},
		{"no host", []string{"-"}, "no Host header"},
		{"no key", []string{"--url", call1, "--key", ""}, "missing: --key or PAYNETEASY_PRIVATE_KEY_FILE"},
		{"a key that is none", []string{"--url", call1, "--key", file(t, "x")}, "no PEM block found: it begins with a line -----BEGIN"},
		{"a public key that is none", []string{"--url", call1, "--key", file(t, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")}, "cannot be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"verify", "--key", key}, test.args...)
			r := call(t, nil, "GET / HTTP/1.1\n\n", args...)
			requireUsage(t, r, test.says)
		})
	}
}

// TestVerifyNothingSecret: no card is shown, in whatever form it came and whatever is wrong with the request.
func TestVerifyNothingSecret(t *testing.T) {
	t.Parallel()
	const card = "4444444444444448"
	pemText := string(payneteasytest.MerchantKeyPEM())
	secrets := []string{card, "737373", "Jane", "PRIVATE KEY", card[1:], "%25%33%34", "MTIz"}
	for text := range strings.Lines(pemText) {
		secrets = append(secrets, strings.TrimSpace(text))
	}
	const cards = "credit_card_number=" + card + "&cvv2=737373&%63ard_printed_name=Jane%20Doe"
	signed := call(t, nil, cards, "sign", "--key", file(t, pemText), "--login", "L", "--nonce", "n", "--timestamp", "1", "--show-card-data", "-o", "json", "--data", "@-", "https://a.example/?"+cards)
	var made struct{ Authorization string }
	require.NoError(t, json.Unmarshal([]byte(signed.stdout), &made))
	flags := func(method, query, body string) []string {
		return []string{"verify", "--key", file(t, pemText), "--url", "https://a.example/?" + query, "--authorization", made.Authorization, "-X", method, "--data-raw", body}
	}
	raw := func(body string) []string {
		return []string{"verify", "--key", file(t, pemText), file(t, "POST /?"+cards+" HTTP/1.1\nHost: a.example\nAuthorization: "+made.Authorization+"\n\n"+body)}
	}
	for i, args := range [][]string{
		flags("POST", cards, cards), flags("post", cards, cards), flags("GET", cards, cards), flags("POST", cards, ""), flags("POST", "", cards),
		flags("POST", cards, cards+"&a=1"), flags("POST", cards, "%"+cards), flags("POST", cards, strings.ReplaceAll(cards, "%20", "+")),
		flags("POST", cards, cards+"&cvv2=%"), flags("POST", cards, card), flags("POST", "", "%2563vv2=737373"), flags("POST", "", "a=cvv%252532=737373"), flags("POST", card, card+"="+card),
		flags("POST", cards, `{"credit_card_number":"`+card+`"}`), raw(cards), raw(cards + "&x"), raw(`{"cvv2":"737373"}`),
		{"verify", "--key", pemText, "x"},
		{"verify", "--key", "-", "--url", "x"},
		{"verify", card},
		{"verify", "--url", "x:" + card, card},
		{"verify", "--key", file(t, pemText), file(t, pemText)},
		{"verify", "--key", file(t, cards), "--url", "https://a.example/"},
	} {
		for _, form := range []string{"text", "json"} {
			r := call(t, nil, cards, append(args, "-o", form)...)
			for _, secret := range secrets {
				require.NotContains(t, r.stdout+r.stderr, secret, i)
			}
			if i == 0 || i == 14 {
				require.Zero(t, r.status, r) // what is hidden is verified all the same
				require.Contains(t, r.stdout, "card_printed_name")
			}
		}
	}
	const another = "4111111111111111"
	for _, request := range [][]string{
		{"https://a.example/" + another, "a=1"},
		{"https://a.example/%34" + another[1:], "a=1"},
		{"https://a.example/#" + another, "a=1"},
		{"https://a.example/", "order_desc=" + another + "+7377"},
		{"https://a.example/?pan=" + another, "cardNumber=" + another},
		{"https://a.example/?a=1;cvv2=7377", "a=1%26cvv2%3D7377"},
		{"https://a.example/", "card%5Bcvv%5D=7377"},
		{"https://a.example/?client_orderid=" + another + "&pan=" + another, "a=1"},
		{"https://a.example/?orderid=" + another, "credit_card_number=" + another},
	} {
		for _, form := range []string{"text", "json"} {
			r := call(t, nil, "", "verify", "--key", file(t, pemText), "--url", request[0], "--data-raw", request[1], "-o", form,
				"--header", "Content-Type: "+another, "--authorization", `OAuth oauth_signature_method="`+another+`", oauth_version="cvv2=7377"`)
			require.Equal(t, exit.Rejected, r.status)
			for _, secret := range []string{another, another[1:], "7377"} {
				require.NotContains(t, r.stdout+r.stderr, secret, request)
			}
		}
	}
	r := call(t, nil, "", append(flags("POST", cards, cards), "--show-card-data")...)
	require.Contains(t, r.stdout, card)
}
