package signing

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	mathrand "math/rand"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mistakeCases are all known mistakes, with the code that must be reported for each.
var mistakeCases = []struct {
	name, code, says string
	change           func(*sample)
}{
	{"a blank as +", "blank_as_plus", "names and values", signs("%2520", "%2B")},
	{
		"lower-case hex in names and values", "lower_case_hex", "names and values",
		signs("%25C3%25AB", "%25c3%25ab", "%2527", "%2527", "%252A", "%252a", "%252Fb", "%252fb", "%250A", "%250a",
			"%252B", "%252b"),
	},
	{"lower-case hex without", "lower_case_hex", "second encoding", signs("%3A", "%3a", "%2F", "%2f", "%3D", "%3d")},
	{"URLEncoder", "form_encoding", "Java's URLEncoder)", signs("%252A", "*", "~", "%257E", "%2520", "%2B")},
	{"encodeURIComponent", "javascript_encoding", "encodeURIComponent", signs("%2527", "%27", "%252A", "%2A")},
	{"encoded twice", "double_encoding", "twice", signs("%25", "%2525")},
	{
		"not encoded", "not_encoded", "names and values",
		signs("%25C3%25AB", "%C3%AB", "%2520", "%20", "%2527", "%27", "%252A", "%2A", "%252F", "%2F", "%250A", "%0A",
			"%252B", "%2B"),
	},
	{"base string not encoded", "not_encoded", "second encoding", func(s *sample) {
		s.base, _ = url.PathUnescape(s.base)
	}},
	{"+ sent for a plus", "plus_sent", "%2B", func(s *sample) { s.body = strings.ReplaceAll(s.body, "%2B", "+") }},
	{"body encoded twice", "body_encoded_twice", "", func(s *sample) {
		s.body = strings.ReplaceAll(s.body, "%", "%25")
		s.url = strings.ReplaceAll(s.url, "%", "%25")
	}},
	{"values signed encoded", "body_signed_encoded", "", func(s *sample) {
		s.base = strings.NewReplacer("%2520", "%252B", "%25", "%2525").Replace(s.base)
	}},
	{"not sorted", "parameter_order", "as they came, query, body, header", func(s *sample) {
		s.base = reorder(s.base,
			"note client_orderid amount currency a-b a Z name empty phone order_desc oauth_consumer_key oauth_nonce "+
				"oauth_signature_method oauth_timestamp oauth_version")
	}},
	{"header behind", "parameter_order", "behind the others", func(s *sample) {
		s.base = reorder(s.base,
			"Z a a-b amount client_orderid currency empty name note order_desc phone oauth_consumer_key oauth_nonce "+
				"oauth_signature_method oauth_timestamp oauth_version")
	}},
	{"header before", "parameter_order", "before the others", func(s *sample) {
		s.base = reorder(s.base,
			"oauth_consumer_key oauth_nonce oauth_signature_method oauth_timestamp oauth_version Z a a-b amount "+
				"client_orderid currency empty name note order_desc phone")
	}},
	{
		"no slash", "trailing_slash", "arrived with one",
		func(s *sample) { s.url = strings.Replace(s.url, "?", "/?", 1) },
	},
	{"a slash", "trailing_slash", "signed with a slash", signs("%2F39915&", "%2F39915%2F&")},
	{"http", "scheme", "signed for http,", signs("https", "http")},
	{"a port", "port", "the port 443", signs("sandbox.example", "sandbox.example%3A443")},
	{
		"no port", "port", "without the port 8443",
		func(s *sample) { s.url = strings.Replace(s.url, ".example", ".example:8443", 1) },
	},
	{"localhost", "host", "signed for localhost, and arrived at 127.0.0.1", func(s *sample) {
		s.url = strings.Replace(s.url, "sandbox.example", "127.0.0.1:8085", 1)
		s.base = strings.Replace(s.base, "sandbox.example", "localhost%3A8085", 1)
	}},
	{"127.0.0.1", "host", "signed for 127.0.0.1, and arrived at localhost", func(s *sample) {
		s.url = strings.Replace(s.url, "sandbox.example", "localhost", 1)
		s.base = strings.Replace(s.base, "sandbox.example", "127.0.0.1", 1)
	}},
	{"IPv6", "host", "signed for localhost, and arrived at [::1]", func(s *sample) {
		s.url = strings.Replace(s.url, "sandbox.example", "[::1]:1", 1)
		s.base = strings.Replace(s.base, "sandbox.example", "localhost%3A1", 1)
	}},
	{"a proxy that tells", "host", "x-forwarded-host", func(s *sample) {
		s.url = "http://10.0.0.7:9000" + strings.TrimPrefix(s.url, "https://sandbox.example")
		s.headers = []string{"X-Forwarded-Host: sandbox.example", "X-Forwarded-Proto: https"}
	}},
	{
		"a prefix taken off", "path_prefix", "/paynet",
		func(s *sample) { s.url = strings.Replace(s.url, "/paynet", "", 1) },
	},
	{
		"a prefix put on", "path_prefix", "/proxy",
		func(s *sample) { s.url = strings.Replace(s.url, "/paynet", "/proxy/paynet", 1) },
	},
	{"a double slash", "double_slash", "signed with a double", signs("%2Fapi", "%2F%2Fapi")},
	{"method as written", "method_case", "", signs("POST", "post")},
	{"another method", "method", "GET", signs("POST", "GET")},
	{"no form", "content_type", "", func(s *sample) { s.headers = []string{"Content-Type: text/plain"} }},
	{"no body", "body_not_signed", "of the body", func(s *sample) {
		s.base = reorder(s.base,
			"note oauth_consumer_key oauth_nonce oauth_signature_method oauth_timestamp oauth_version")
	}},
	{"no query", "parameter_not_signed,query_not_signed", "query", signs("note%3Da%252Fb%26", "")},
	{"only the header", "body_not_signed", "only the oauth_", func(s *sample) {
		s.base = reorder(s.base, "oauth_consumer_key oauth_nonce oauth_signature_method oauth_timestamp oauth_version")
	}},
	{"no header", "oauth_not_signed", "", func(s *sample) {
		s.base = reorder(s.base, "Z a a-b amount client_orderid currency empty name note order_desc phone")
	}},
	{"no empty one", "empty_not_signed", "", signs("empty%3D%26", "")},
	{"the query in the URL", "query_in_url", "", signs("39915&", "39915%3Fnote%3Da%252Fb&", "note%3Da%252Fb%26", "")},
	{"one left out", "parameter_not_signed", "amount (in the body)", signs("amount%3D10.42%26", "")},
	{
		"oauth_version left out", "parameter_not_signed", "oauth_version (in the header)",
		signs("oauth_version%3D1.0%26", ""),
	},
	{
		"oauth_version not sent", "parameter_not_sent", "oauth_version=1.0",
		func(s *sample) { s.oauth = strings.Replace(s.oauth, `, oauth_version="1.0"`, "", 1) },
	},
	{"another method of signing", "signature_method", "RSA-SHA1", signs("RSA-SHA256", "RSA-SHA1")},
	{"two clocks", "timestamp_twice", "2 s", signs("1677831012", "1677831010")},
	{"trimmed", "values_trimmed", "", signs("%3D%250Atwo", "%3Dtwo")},
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, test := range mistakeCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSample(t)
			test.change(s)
			got := s.verified(t)
			require.False(t, got.Valid)
			require.Contains(t, strings.Split(test.code, ","), got.Mistake)
			require.Contains(t, got.Explanation, test.says)
			require.True(t, got.SignedByKey)
			require.NotEqual(t, got.BaseString, got.SignedBaseString)
			require.Equal(t, s.base, got.SignedBaseString)
		})
	}
}

// TestSignatureMistakes checks signatures of the right base string that are not made by RSA-SHA256.
func TestSignatureMistakes(t *testing.T) {
	t.Parallel()
	key := merchantKey(t)
	pkcs := func(hash crypto.Hash, content []byte) []byte {
		signature, err := rsa.SignPKCS1v15(nil, key, hash, content)
		require.NoError(t, err)
		return signature
	}
	standard := base64.StdEncoding.EncodeToString
	for _, test := range []struct {
		name, code, says string
		sign             func(string) []byte
		write            func([]byte) string
	}{
		{
			"SHA-1", "hash", "SHA-1",
			func(s string) []byte { d := sha1.Sum([]byte(s)); return pkcs(crypto.SHA1, d[:]) },
			standard,
		},
		{
			"SHA-512", "nothing_fits", "made by this key",
			func(s string) []byte { d := sha512.Sum512([]byte(s)); return pkcs(crypto.SHA512, d[:]) }, standard,
		},
		{
			"escaped twice", "signature_encoded_twice", "twice", nil,
			func(b []byte) string { return Encode(standard(b)) },
		},
		{
			"blanks", "signature_blanks", "%2B", nil,
			func(b []byte) string { return strings.ReplaceAll(standard(b), "+", " ") },
		},
		{"hex", "signature_hex", "Base64", nil, hex.EncodeToString},
		{"no signature", "no_signature", "no oauth_signature", nil, func([]byte) string { return "" }},
		{"no Base64", "signature_text", "not Base64", nil, func([]byte) string { return "?" }},
		{"cut", "other_key", "cut", nil, func(b []byte) string { return standard(b[:255]) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSample(t)
			if test.sign != nil {
				s.sign = test.sign
			}
			if test.write != nil {
				s.write = test.write
			}
			got := s.verified(t)
			require.False(t, got.Valid)
			require.Equal(t, test.code, got.Mistake)
			require.Contains(t, got.Explanation, test.says)
			require.Empty(t, got.SignedBaseString)
			require.Equal(t, s.base, got.BaseString)
		})
	}
}

// TestNothingFits checks that no mistake is reported if none explains the signature, whichever bit has changed.
func TestNothingFits(t *testing.T) {
	t.Parallel()
	random := mathrand.New(mathrand.NewSource(1))
	right := newSample(t)
	signature := right.sign(right.base)
	for range 30 {
		s := newSample(t)
		s.sign = func(string) []byte { return signature }
		s.body = strings.Replace(s.body, "payout-0001", "payout-"+strconv.Itoa(2+random.Intn(9000)), 1)
		got := s.verified(t)
		require.Equal(t, "nothing_fits", got.Mistake, s.body)
		require.True(t, got.SignedByKey)

		s = newSample(t)
		s.sign = func(string) []byte {
			flipped := slices.Clone(signature)
			flipped[random.Intn(len(flipped))] ^= 1 << random.Intn(8)
			return flipped
		}
		got = s.verified(t)
		require.Equal(t, "other_key", got.Mistake)
		require.False(t, got.SignedByKey)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	s := newSample(t)
	s.sign = func(base string) []byte {
		digest := sha256.Sum256([]byte(base))
		signature, err := rsa.SignPKCS1v15(nil, other, crypto.SHA256, digest[:])
		require.NoError(t, err)
		return signature
	}
	got := s.verified(t)
	require.Equal(t, "other_key", got.Mistake)
}

// TestLongRequest checks that the search ends, and that the explanation says that it ended early.
func TestLongRequest(t *testing.T) {
	t.Parallel()
	s := newSample(t)
	s.body += strings.Repeat("&a=b", 5000)
	s.base += "%26z%3Dz"
	got := s.verified(t)
	require.Equal(t, "nothing_fits", got.Mistake)
	require.Contains(t, got.Explanation, "not all mistakes were tried")
}

// TestOpen checks that only the right padding shows that the key made a signature.
func TestOpen(t *testing.T) {
	t.Parallel()
	key := merchantKey(t)
	for kind, ok := range map[byte]bool{1: true, 0: false, 2: false} {
		block := bytes.Repeat([]byte{0xff}, key.Size())
		block[0], block[1], block[key.Size()-2] = 0, kind, 0
		signature := new(big.Int).Exp(new(big.Int).SetBytes(block), key.D, key.N).FillBytes(make([]byte, key.Size()))
		_, opens := open(&key.PublicKey, signature)
		require.Equal(t, ok, opens, kind)
	}
}
