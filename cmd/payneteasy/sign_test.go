package main

import (
	"encoding/json"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// protocol holds the parts of protocol.json that these tests use.
type protocol struct {
	Derived struct {
		Key   string `json:"key_rsa2048_pkcs1_pem"`
		Cases []struct {
			Method        string      `json:"method"`
			URL           string      `json:"url"`
			Form          [][2]string `json:"body_params"`
			OAuth         [][2]string `json:"oauth_params"`
			Body          string      `json:"body_encoded_rfc3986"`
			Normalized    string      `json:"normalized_parameters"`
			BaseString    string      `json:"signature_base_string"`
			Signature     string      `json:"signature_base64_rsa2048"`
			Authorization string      `json:"authorization_header_rsa2048"`
		} `json:"cases"`
	} `json:"oauth_rsa_sha256_derived"`
	Controls        []controlVector `json:"sha1_controls"`
	DerivedControls []controlVector `json:"sha1_controls_derived"`
}

// TestSignVectors checks sign with the vectors, for each way to give the parameters.
func TestSignVectors(t *testing.T) {
	t.Parallel()
	v := vectors[protocol](t, "protocol.json").Derived
	require.Len(t, v.Cases, 2)
	for _, c := range v.Cases {
		oauth := map[string]string{}
		for _, pair := range c.OAuth {
			oauth[pair[0]] = pair[1]
		}
		args := []string{
			"sign", "--key", "-", "-o", "json", "-X", c.Method, c.URL, "--login", oauth["oauth_consumer_key"],
			"--nonce", oauth["oauth_nonce"], "--timestamp", oauth["oauth_timestamp"],
		}
		var plain []string
		for _, pair := range c.Form {
			plain = append(plain, "--data", pair[0]+"="+pair[1])
		}
		for way, data := range map[string][]string{
			"plain": plain, "raw": {"--data-raw", c.Body}, "file": {"--data", "@" + file(t, c.Body+"\r\n")},
		} {
			r := call(t, nil, v.Key, append(args, data...)...)
			require.Zero(t, r.status, r.stderr)
			var got signing.Signed
			require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
			require.Equal(t, c.Normalized, got.NormalizedParameters)
			require.Equal(t, c.BaseString, got.BaseString)
			require.Equal(t, c.Signature, got.SignatureBase64)
			require.Equal(t, c.Signature, got.OAuth["oauth_signature"])
			require.Equal(t, c.Authorization, got.Authorization)
			require.Len(t, got.OAuth, 6)
			if way != "plain" { // an encoded body is not changed
				require.Equal(t, c.Body, got.Body)
			}
		}
	}
}

// signArgs returns arguments that sign with a published key and a fixed time.
func signArgs(t *testing.T, args ...string) []string {
	t.Helper()
	return append([]string{
		"sign", "--key", file(t, string(payneteasytest.MerchantKeyPEM())), "--login", "TestMerchant",
		"--nonce", "b5E31Tw6SVjauE29uOf2jOLnuUSXmVdE", "--timestamp", "1677831012",
	}, args...)
}

func TestSignText(t *testing.T) {
	t.Parallel()
	r := call(t, nil, "", signArgs(
		t, "https://sandbox.connpay.com/paynet/api/v4/payout/39915?note=a%20b",
		"--data", "client_orderid=payout-0001", "--data", "account_name=Zoë Müller", "--data", "order_desc=two\nlines",
		"--data", "cvv2=123",
	)...)
	require.Zero(t, r.status)
	require.Equal(t, "payneteasy: hidden: cvv2. The signature is made for the text that is shown; --show-card-data "+
		"signs the real request\n", r.stderr)
	golden(t, "sign.txt", r.stdout)

	r = call(t, nil, "", signArgs(t, "--data", "a=1&b=2", "https://a.example:443")...)
	require.Equal(t, "payneteasy: the & in --data a=… is a part of the value: give a whole body with --data-raw\n",
		r.stderr)
	require.Contains(t, r.stdout, "\n   https://a.example/\n")
}

// TestSignCards checks that hidden values are signed as [redacted], and that the rest of the request does not change.
func TestSignCards(t *testing.T) {
	t.Parallel()
	const query = "x=+&CVV2=737&y=%2b"
	body := "b=*&credit_card_number=4444444444444448&expire-month=12&a=%7e&cvv2="
	sign := func(args ...string) (got signing.Signed) {
		r := call(t, nil, body,
			signArgs(t, append(args, "-o", "json", "--data", "@-", "https://a.example/p?"+query)...)...)
		require.Zero(t, r.status, r.stderr)
		require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
		return got
	}
	hidden := sign()
	require.Equal(t, "https://a.example/p?x=+&CVV2=%5Bredacted%5D&y=%2b", hidden.URL)
	require.Equal(t, "b=*&credit_card_number=%5Bredacted%5D&expire-month=%5Bredacted%5D&a=%7e&cvv2=", hidden.Body)
	require.Equal(t, []string{"CVV2", "credit_card_number", "expire-month"}, hidden.Redacted)
	shown := sign("--show-card-data")
	require.Equal(t, body, shown.Body)
	require.Equal(t, "https://a.example/p?"+query, shown.URL)
	require.Empty(t, shown.Redacted)
	require.Contains(t, shown.BaseString, "4444444444444448")
	require.NotEqual(t, hidden.SignatureHex, shown.SignatureHex)

	// The SDK makes the signature of the real request.
	key, err := payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())
	require.NoError(t, err)
	signer, err := payneteasy.NewSigner("TestMerchant", key)
	require.NoError(t, err)
	signer.Nonce = func() string { return shown.OAuth["oauth_nonce"] }
	form, err := url.ParseQuery(body)
	require.NoError(t, err)
	for _, got := range []signing.Signed{hidden, shown} {
		signer.Clock = clock(1677831012)
		_, authorization, err := signer.Sign("POST", "https://a.example/p?"+query, form)
		require.NoError(t, err)
		require.Equal(t, got.Redacted == nil, authorization == got.Authorization)
	}
}

// TestSignHiddenFields checks that cards are found in every part of a request. A body that cannot be searched is
// refused.
func TestSignHiddenFields(t *testing.T) {
	t.Parallel()
	const card = "4111111111111111"
	for _, test := range []struct {
		name   string
		args   []string
		hidden string
	}{
		{
			"one parameter for many",
			[]string{"https://a.example/", "--data", "amount=1&credit_card_number=" + card + "&cvv2=7377"},
			"amount",
		},
		{"a description", []string{"https://a.example/", "--data", "order_desc=" + card + " 7377"}, "order_desc"},
		{"a semicolon", []string{"https://a.example/", "--data-raw", "a=1;credit_card_number=" + card}, "a"},
		{"a name encoded twice", []string{"https://a.example/", "--data-raw", "%2563vv2=7377"}, "%63vv2"},
		{
			"another spelling",
			[]string{"https://a.example/?pan=" + card + "&cardNumber=" + card, "--data", "card[cvv]=7377"},
			"pan, cardNumber, card[cvv]",
		},
		{"the path", []string{"https://a.example/%34" + card[1:] + "/x"}, "a part of the URL's path"},
		{"the fragment", []string{"https://a.example/#" + card}, "a part of the URL's fragment"},
		{"a name", []string{"https://a.example/", "--data", card + "=1"}, "a parameter without a proper name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, form := range []string{"text", "json"} {
				r := call(t, nil, "", signArgs(t, append(test.args, "-o", form)...)...)
				require.Zero(t, r.status, r.stderr)
				require.Contains(t, r.stderr, "hidden: "+test.hidden+". The signature is made for the text")
				for _, secret := range []string{card, card[1:], "7377"} {
					require.NotContains(t, r.stdout+r.stderr, secret)
				}
			}
			r := call(t, nil, "", signArgs(t, append(test.args, "--show-card-data")...)...)
			require.Zero(t, r.status, r.stderr)
			require.NotContains(t, r.stdout, "[redacted]")
		})
	}
	for _, body := range []string{`{"account_number":"1","cvv2":"7377"}`, "<cvv2>7377</cvv2>", card} {
		r := call(t, nil, "", signArgs(t, "https://a.example/", "--data-raw", body)...)
		requireUsage(t, r, "the body is not a form (a=1&b=2)")
		require.NotContains(t, r.stderr, "7377")
		require.Zero(t, call(t, nil, "",
			signArgs(t, "https://a.example/", "--data-raw", body, "--show-card-data")...).status)
	}
}

// TestCurl checks that a shell passes exactly the signed request to curl.
func TestCurl(t *testing.T) {
	t.Parallel()
	onUnix(t)
	const url, body = "https://a.example/p'[1-2]/../{x}?$HOME=`id`", "a=it's \\ \"$HOME\" `id`&b=!"
	args := signArgs(t, "--data-raw", body, "-X", "PUT", url)
	r := call(t, nil, "", append(args, "--curl")...)
	require.Zero(t, r.status, r.stderr)
	var got signing.Signed
	require.NoError(t, json.Unmarshal([]byte(call(t, nil, "", append(args, "-o", "json", "--curl")...).stdout), &got))
	require.Equal(t, r.stdout, got.Curl+"\n")
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `curl() { printf '%s\n' "$@"; }`+"\n"+r.stdout).Output()
	require.NoError(t, err)
	require.Equal(t, strings.Join([]string{
		"--globoff", "--path-as-is", "--request", "PUT", "https://a.example/p%27%5B1-2%5D/../%7Bx%7D?$HOME=`id`",
		"--header", "Authorization: " + got.Authorization,
		"--header", "Content-Type: application/x-www-form-urlencoded",
		"--data-raw", body, "",
	}, "\n"), string(out))
}
