package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestVerifyVectors checks verify with signatures of another implementation.
func TestVerifyVectors(t *testing.T) {
	t.Parallel()
	v := vectors[protocol](t, "protocol.json").Derived
	for _, c := range v.Cases {
		r := call(t, nil, v.Key, "verify", "--key", "-", "-X", c.Method, "--url", c.URL,
			"--authorization", c.Authorization, "--data-raw", c.Body, "-o", "json")
		require.Zero(t, r.status, r)
		var got signing.Verdict
		require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
		require.Equal(t, c.BaseString, got.BaseString)
	}
}

// TestVerifyUsage checks that a usage error is one line on stderr.
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
		{"a file and a header", []string{"-", "--header", "A: b"}, "use --header with --url"},
		{"a header without colon", []string{"--url", call1, "--header", "A"}, "has no colon"},
		{"another scheme", []string{"-", "--scheme", "ftp"}, "--scheme must be http or https"},
		{"two schemes", []string{"--url", call1, "--scheme", "http"}, "--url has its own"},
		{"a URL without scheme", []string{"--url", "a.example"}, "not an absolute http or https URL"},
		{"no method", []string{"--url", call1, "--method", ""}, "--method is empty"},
		{"a URL with a user", []string{"--url", "https://u:p@a.example"}, "has a user name"},
		{"no host", []string{"-"}, "no Host header"},
		{"no key", []string{"--url", call1, "--key", ""}, "missing: --key or PAYNETEASY_PRIVATE_KEY_FILE"},
		{
			"an invalid key",
			[]string{"--url", call1, "--key", file(t, "x")},
			"no PEM block found: it begins with a line -----BEGIN",
		},
		{
			"an invalid public key",
			[]string{"--url", call1, "--key", file(t, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")},
			"cannot be read",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"verify", "--key", key}, test.args...)
			r := call(t, nil, "GET / HTTP/1.1\n\n", args...)
			requireUsage(t, r, test.says)
		})
	}
}

// TestVerifyNothingSecret checks that no card is shown, in any form of the request and with any fault in it.
func TestVerifyNothingSecret(t *testing.T) {
	t.Parallel()
	const card = "4444444444444448"
	pemText := string(payneteasytest.MerchantKeyPEM())
	secrets := []string{card, "737373", "Jane", "PRIVATE KEY", card[1:], "%25%33%34", "MTIz"}
	for text := range strings.Lines(pemText) {
		secrets = append(secrets, strings.TrimSpace(text))
	}
	const cards = "credit_card_number=" + card + "&cvv2=737373&%63ard_printed_name=Jane%20Doe"
	signed := call(t, nil, cards, "sign", "--key", file(t, pemText), "--login", "L", "--nonce", "n", "--timestamp", "1",
		"--show-card-data", "-o", "json", "--data", "@-", "https://a.example/?"+cards)
	var made struct{ Authorization string }
	require.NoError(t, json.Unmarshal([]byte(signed.stdout), &made))
	flags := func(method, query, body string) []string {
		return []string{
			"verify", "--key", file(t, pemText), "--url", "https://a.example/?" + query,
			"--authorization", made.Authorization, "-X", method, "--data-raw", body,
		}
	}
	raw := func(body string) []string {
		return []string{
			"verify", "--key", file(t, pemText),
			file(t, "POST /?"+cards+" HTTP/1.1\nHost: a.example\nAuthorization: "+made.Authorization+"\n\n"+body),
		}
	}
	for i, args := range [][]string{
		flags("POST", cards, cards), flags("post", cards, cards), flags("GET", cards, cards), flags("POST", cards, ""),
		flags("POST", "", cards),
		flags("POST", cards, cards+"&a=1"), flags("POST", cards, "%"+cards),
		flags("POST", cards, strings.ReplaceAll(cards, "%20", "+")),
		flags("POST", cards, cards+"&cvv2=%"), flags("POST", cards, card), flags("POST", "", "%2563vv2=737373"),
		flags("POST", "", "a=cvv%252532=737373"), flags("POST", card, card+"="+card),
		flags("POST", cards, `{"credit_card_number":"`+card+`"}`), raw(cards), raw(cards + "&x"),
		raw(`{"cvv2":"737373"}`),
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
				require.Zero(t, r.status, r) // hidden values are still verified
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
			r := call(t, nil, "", "verify", "--key", file(t, pemText), "--url", request[0], "--data-raw", request[1],
				"-o", form,
				"--header", "Content-Type: "+another, "--authorization", `OAuth oauth_signature_method="`+another+
					`", oauth_version="cvv2=7377"`)
			require.Equal(t, exit.Rejected, r.status)
			for _, secret := range []string{another, another[1:], "7377"} {
				require.NotContains(t, r.stdout+r.stderr, secret, request)
			}
		}
	}
	r := call(t, nil, "", append(flags("POST", cards, cards), "--show-card-data")...)
	require.Contains(t, r.stdout, card)
}
