package payneteasy

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// baseStringVectors are base strings of unusual requests, each confirmed by two independent implementations.
type baseStringVectors struct {
	PrivateKeyPEM string `json:"private_key_pem"`
	Cases         []struct {
		Name        string      `json:"name"`
		Method      string      `json:"method"`
		URL         string      `json:"url"`
		ContentType string      `json:"content_type"`
		OAuthParams [][2]string `json:"oauth_params"`
		Body        string      `json:"body"`
		BodyB64     string      `json:"body_b64"`
		Form        [][2]string `json:"form"`
		BaseString  string      `json:"expected_base_string"`
		Signature   string      `json:"expected_signature_rsa2048_sha256"`
	} `json:"cases"`
}

func readVectors[T any](t testing.TB, name string) (vectors T) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &vectors))
	return vectors
}

func TestBaseStringVectors(t *testing.T) {
	t.Parallel()
	vectors := readVectors[baseStringVectors](t, "basestring.json")
	require.Len(t, vectors.Cases, 21)
	key, err := ParsePrivateKey([]byte(vectors.PrivateKeyPEM))
	require.NoError(t, err)
	for _, v := range vectors.Cases {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			var p params
			for _, pair := range v.OAuthParams {
				if pair[0] != "realm" { // never signed (RFC 5849 section 3.4.1.3.1)
					p = append(p, param{pair[0], pair[1], true})
				}
			}
			for _, pair := range v.Form {
				p = append(p, param{pair[0], pair[1], false})
			}
			_, base, err := p.encode(v.Method, v.URL)
			require.NoError(t, err)
			require.Equal(t, v.BaseString, string(base))
			digest := sha256.Sum256(base)
			signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
			require.NoError(t, err)
			require.Equal(t, v.Signature, base64.StdEncoding.EncodeToString(signature))
		})
	}
}

// protocolVectors is the part of testdata/protocol.json that these tests need.
type protocolVectors struct {
	PercentEncoding struct {
		Cases [][2]string `json:"cases"`
	} `json:"percent_encoding"`
	DocExample struct {
		Body          string            `json:"body"`
		ContentLength int               `json:"content_length"`
		OAuth         map[string]string `json:"oauth"`
		Signature     string            `json:"oauth_signature_percent_encoded"`
		BaseString    string            `json:"expected_base_string"`
		Method        string            `json:"method"`
		URL           string            `json:"url"`
	} `json:"oauth_doc_example"`
	Derived struct {
		PKCS1 string `json:"key_rsa2048_pkcs1_pem"`
		PKCS8 string `json:"key_rsa2048_pkcs8_pem"`
		Big   string `json:"key_rsa4096_pkcs1_pem"`
		Cases []struct {
			ID            string      `json:"id"`
			Method        string      `json:"method"`
			URL           string      `json:"url"`
			Body          [][2]string `json:"body_params"`
			OAuth         [][2]string `json:"oauth_params"`
			Encoded       string      `json:"body_encoded_rfc3986"`
			Normalized    string      `json:"normalized_parameters"`
			BaseString    string      `json:"signature_base_string"`
			Signature     string      `json:"signature_base64_rsa2048"`
			Signature4096 string      `json:"signature_base64_rsa4096"`
			Authorization string      `json:"authorization_header_rsa2048"`
		} `json:"cases"`
	} `json:"oauth_rsa_sha256_derived"`
	Controls        []controlVector `json:"sha1_controls"`
	DerivedControls []controlVector `json:"sha1_controls_derived"`
	Wire            []wireFixture   `json:"wire_fixtures"`
}

type controlVector struct {
	ID    string            `json:"id"`
	Parts map[string]string `json:"parts"`
	Order []string          `json:"order"`
	SHA1  string            `json:"sha1_hex"`
}

type wireFixture struct {
	ID          string            `json:"id"`
	HTTPStatus  any               `json:"http_status"`
	ContentType string            `json:"content_type"`
	Raw         string            `json:"raw"`
	Parsed      map[string]string `json:"parsed"`
	ParsedSome  map[string]string `json:"parsed_some"`
	Outcome     string            `json:"expected_outcome_of_a_payout"`
}

func TestPercentEncoding(t *testing.T) {
	t.Parallel()
	for _, pair := range readVectors[protocolVectors](t, "protocol.json").PercentEncoding.Cases {
		require.Equal(t, pair[1], string(appendEscaped(nil, pair[0])))
	}
	for c := range 256 { // compare with the standard library's encoder, which differs only for the space
		s := string([]byte{byte(c)})
		require.Equal(t, strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), string(appendEscaped(nil, s)))
	}
}

func TestSignVectors(t *testing.T) {
	t.Parallel()
	derived := readVectors[protocolVectors](t, "protocol.json").Derived
	for _, v := range derived.Cases {
		for name, pem := range map[string]string{
			"PKCS#1": derived.PKCS1, "PKCS#8": derived.PKCS8,
			"4096 bits": derived.Big,
		} {
			t.Run(v.ID+" "+name, func(t *testing.T) {
				t.Parallel()
				oauth := map[string]string{}
				for _, pair := range v.OAuth {
					oauth[pair[0]] = pair[1]
				}
				key, err := ParsePrivateKey([]byte(pem))
				require.NoError(t, err)
				s, err := NewSigner(oauth["oauth_consumer_key"], key)
				require.NoError(t, err)
				form := url.Values{}
				for _, pair := range v.Body {
					form.Add(pair[0], pair[1])
				}
				signed, err := s.signAt(v.Method, v.URL, form, oauth["oauth_nonce"], oauth["oauth_timestamp"])
				require.NoError(t, err)
				require.Equal(t, v.BaseString, string(signed.baseString))
				signature := base64.StdEncoding.EncodeToString(signed.signature)
				if name == "4096 bits" {
					require.Equal(t, v.Signature4096, signature)
					return
				}
				require.Equal(t, v.Signature, signature)
				require.Equal(t, v.Authorization, signed.authorization)
				require.ElementsMatch(t, strings.Split(v.Encoded, "&"), strings.Split(string(signed.body), "&"))
				debug, err := newRequestDebug(v.URL, form, oauth["oauth_consumer_key"], signed)
				require.NoError(t, err)
				require.Equal(t, v.Normalized, debug.NormalizedParameters)
				require.Equal(t, v.BaseString, debug.BaseString)
			})
		}
	}
}

// TestDocumentedRequest compares a request with the example in the documentation. It checks the body, its length, the
// base string and the format of the header. The key of the example is not public.
func TestDocumentedRequest(t *testing.T) {
	t.Parallel()
	example := readVectors[protocolVectors](t, "protocol.json").DocExample
	form, err := url.ParseQuery(example.Body)
	require.NoError(t, err)
	require.Equal(t, example.Body, string(encodeForm(form)))
	require.Len(t, encodeForm(form), example.ContentLength)

	pageSignature, err := url.PathUnescape(example.Signature)
	require.NoError(t, err)
	s := &Signer{login: example.OAuth["oauth_consumer_key"], key: func() crypto.Signer {
		return signerFunc(func([]byte) ([]byte, error) { return base64.StdEncoding.DecodeString(pageSignature) })
	}}
	signed, err := s.signAt(example.Method, example.URL, form, example.OAuth["oauth_nonce"],
		example.OAuth["oauth_timestamp"])
	require.NoError(t, err)
	require.Equal(t, example.BaseString, string(signed.baseString))
	require.Equal(t, `OAuth oauth_consumer_key="TestMerchant", oauth_nonce="b5E31Tw6SVjauE29uOf2jOLnuUSXmVdE", oauth_signature="`+
		example.Signature+`", oauth_signature_method="RSA-SHA256", oauth_timestamp="1677831012", oauth_version="1.0"`,
		signed.authorization)
}

func TestSignIsFreshEachTime(t *testing.T) {
	t.Parallel()
	s := testSigner(t)
	seen := map[string]bool{}
	for range 100 {
		signed, err := s.sign(http.MethodPost, "https://gateway.example/x", nil)
		require.NoError(t, err)
		nonce := signed.nonce
		require.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9]{32}$`), nonce)
		require.False(t, seen[nonce])
		seen[nonce] = true
	}
}

func TestSignWithFixedClockAndNonce(t *testing.T) {
	t.Parallel()
	s := testSigner(t)
	s.Clock = func() time.Time { return time.Unix(1677831012, 999) }
	s.Nonce = func() string { return "n" }
	signed, err := s.sign(http.MethodPost, "https://gateway.example/x", nil)
	require.NoError(t, err)
	require.Contains(t, signed.authorization, `oauth_nonce="n"`)
	require.Contains(t, signed.authorization, `oauth_timestamp="1677831012"`)
}

func TestSignRefusesRelativeURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"/paynet", "gateway.example/x", "ftp://gateway.example/x", "https:///x",
		"https://a/%zz", "https://a/x?a=%zz",
	} {
		_, err := testSigner(t).sign(http.MethodPost, bad, nil)
		require.ErrorContains(t, err, "payneteasy: sign:", bad)
	}
}

// FuzzSign signs random requests, reads the header and the body with other code, and verifies the signature.
func FuzzSign(f *testing.F) {
	f.Add("client_orderid", "inv/2024 #1", "merchant_data", "a=b&c=d ~x", "q=%3D&a")
	f.Add("a", "", "a", "2 q", "")
	f.Add("\x00\xff", "é+%", "", "\n", "x")
	s := testSigner(f)
	public := s.key().Public().(*rsa.PublicKey)
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2, query string) {
		form := url.Values{}
		form.Add(name1, value1)
		form.Add(name2, value2)
		address := &url.URL{Scheme: "https", Host: "gateway.example", Path: "/paynet/api/v4/payout/1", RawQuery: query}
		signed, err := s.sign(http.MethodPost, address.String(), form)
		address, parseErr := url.Parse(address.String()) // a fragment after # is not signed
		if err != nil || parseErr != nil {
			return // the query cannot be parsed
		}
		body, err := url.ParseQuery(string(signed.body))
		require.NoError(t, err)
		require.Equal(t, form, body)
		verify(t, public, http.MethodPost, address, body, signed.authorization)
	})
}

// verify is the inverse of Sign, and uses the standard library's encoders.
func verify(t *testing.T, public *rsa.PublicKey, method string, address *url.URL, body url.Values,
	authorization string,
) {
	t.Helper()
	fields := regexp.MustCompile(`([a-z_]+)="([^"]*)"`).FindAllStringSubmatch(authorization, -1)
	require.Len(t, fields, 6)
	var pairs [][2]string
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	add := func(values url.Values) {
		for name, list := range values {
			for _, value := range list {
				pairs = append(pairs, [2]string{escape(name), escape(value)})
			}
		}
	}
	var signature []byte
	for _, field := range fields {
		value, err := url.PathUnescape(field[2])
		require.NoError(t, err)
		if field[1] == "oauth_signature" {
			signature, err = base64.StdEncoding.DecodeString(value)
			require.NoError(t, err)
			continue
		}
		add(url.Values{field[1]: {value}})
	}
	add(body)
	query, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		return // ParseQuery refuses semicolons, the RFC does not
	}
	add(query)
	sortPairs(pairs)
	texts := make([]string, len(pairs))
	for i, pair := range pairs {
		texts[i] = pair[0] + "=" + pair[1]
	}
	base := method + "&" + escape("https://"+address.Host+address.EscapedPath()) + "&" +
		escape(strings.Join(texts, "&"))
	digest := sha256.Sum256([]byte(base))
	require.NoError(t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature))
}
