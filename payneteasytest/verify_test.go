package payneteasytest_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestAuthentication checks that each mistake in a signature gets the documented 403.
func TestAuthentication(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	other, err := payneteasy.ParsePrivateKey([]byte(otherKey))
	require.NoError(t, err)
	for name, change := range map[string]func(*payneteasy.Config){
		"another key":   func(c *payneteasy.Config) { c.PrivateKey = other },
		"another login": func(c *payneteasy.Config) { c.Login = "Someone" },
		"a clock behind": func(c *payneteasy.Config) {
			c.Clock = func() time.Time { return time.Now().Add(-6 * time.Minute) }
		},
		"a clock ahead": func(c *payneteasy.Config) {
			c.Clock = func() time.Time { return time.Now().Add(6 * time.Minute) }
		},
		"a host that differs": func(c *payneteasy.Config) {
			c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, hostHeader}
		},
		"no signature": func(c *payneteasy.Config) {
			c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, noSignature}
		},
		"an additional token": func(c *payneteasy.Config) {
			c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, token}
		},
		"two headers": func(c *payneteasy.Config) {
			c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, twoHeaders}
		},
		"a body that differs": func(c *payneteasy.Config) {
			c.HTTPClient.Transport = rewrite{c.HTTPClient.Transport, anotherBody}
		},
	} {
		_, err := newClient(t, gateway, change).Payout(t.Context(), request(t, "a", "1234567890"))
		require.ErrorIs(t, err, payneteasy.ErrAccessDenied, name)
		require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err), name)
	}
	require.Empty(t, gateway.Orders())

	fixed := newClient(t, gateway, func(c *payneteasy.Config) { c.Nonce = func() string { return "once" } })
	_, err = fixed.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	_, err = fixed.Payout(t.Context(), request(t, "b", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrAccessDenied, "a repeated nonce")

	gateway.SetClockWindow(time.Hour)
	_, err = newClient(t, gateway, func(c *payneteasy.Config) {
		c.Clock = func() time.Time { return time.Now().Add(6 * time.Minute) }
	}).Payout(t.Context(), request(t, "c", "1234567890"))
	require.NoError(t, err)
}

// rewrite changes a request after it was signed.
type rewrite struct {
	base   http.RoundTripper
	change func(*http.Request)
}

func (r rewrite) RoundTrip(req *http.Request) (*http.Response, error) {
	r.change(req)
	return r.base.RoundTrip(req)
}

func hostHeader(req *http.Request) { req.Host = "proxy.example" }

func noSignature(req *http.Request) { req.Header.Set("Authorization", "OAuth realm=\"\"") }

func twoHeaders(req *http.Request) { req.Header.Add("Authorization", req.Header.Get("Authorization")) }

func token(req *http.Request) {
	req.Header.Set("Authorization", req.Header.Get("Authorization")+`, oauth_token="x"`)
}

func anotherBody(req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte("10.42"), []byte("99.42"), 1)))
}

// TestMerchantKey checks that signatures are verified with the merchant's own key, and with no other key.
func TestMerchantKey(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	signed := newClient(t, gateway, func(c *payneteasy.Config) { c.PrivateKey = own })
	_, err = signed.Payout(t.Context(), request(t, "a", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrAccessDenied)
	gateway.SetMerchantKey(&own.PublicKey)
	_, err = signed.Payout(t.Context(), request(t, "a", "1234567890"))
	require.NoError(t, err)
	_, err = newClient(t, gateway).Payout(t.Context(), request(t, "b", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrAccessDenied)
}

// otherKey is a throw-away key that the gateway does not know.
const otherKey = `-----BEGIN PRIVATE KEY-----
MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQDKwT1KEMQpNW9b
lfz0l1CWUH9HTcuwoa5qKSpMND8Tp1B8FC8SzTsscGPEi6h1WeWyluh8tLivMnHH
hQmMrXEiUfBdOTHydG8cWwpYzsd8ps2XW8HbgvcMYaMHU9Zl7JaflOgyewMCakTF
HgiXjhhImqsheT+Gfo22+CUwr1IIqyo6k97GHkGmqmkCU5uidrlrGu11WYE8b3qb
C2dg49Y3GA7XAp9zHJnOjk8xJ74vX0u1NG5YzxrWMYKmsOCenzv8P0RICgrtRY+c
K5ZuqnOiXu/NUGg9tcQMBTEEI++3FbiV3JJWyz5wUBqQ4MM9kxQgb/TPOk+0gxTa
5non4J1tAgMBAAECggEACgKDR5pPTOeF8WQUwnCL+nfL6NXG5hf9V+FjZLK5oHtE
pnOKpWd7ceS0kDoC3ZRMGkaIAMwdSAz6AAsp3webC8I21ythM2KbL6+w8ZR31cgY
Y04U4oTzNGnHli+F6K9G+mbsFb3r9p0PexnR+8V4nnEAXN0zDS1HSs6ya1Zkeuf9
4UeaV+sPb5pM9nJ7fqp19ltBukK4nM33ziJ1Zk1q6eyFzUh0xkg6lElrYHEQ7C/M
f/pbujX316yXXh4d8qbWObmjqcJ1xSloxenH3EB67xdp1RMHmjnUTlqMP3s89leZ
Pp9MINU52zKaVWVVP7hgVQBys1XLbeUs+Plvypf6MwKBgQDskFnD+PMBIfmu3r7W
tHfwSflVaDfGiF2e84zi0A716NgLw1Jx4q3YBDEK3sblyKCUku5OBWdsm1R3aIn4
qbDyRp6BmYHqUzN2+ob6v81C+bz+wisAAtoHvpH3VaWzqKEmvDz34B5fMGUf4Jh0
EatUafhrJU2J+r4ImH2sJzMKqwKBgQDbaciD1aSEtXNStOS6FARah+7o1W8KsaZw
3uYBy6xjWDl3cQgyaU5yT5s052jY72k/oyzeul374Iz4CgL6uh7W0bAAFq+5xdnE
Lra0mp8QfWeEDbp/v6F/wnGihCnvLs/AUSJfY3XJvAY8AQ2Wz/6wsG52VeW/xsbq
7+RfYyn4RwKBgQCDBpThiaK2ruXHaJJVA1InIiHan0W9Tcxk/Mq82bZfl98J7N5e
O8pEClZLigaqQQxIHnWlezLEoegP1zQMKZjbKCgk6ixd6EVqEervOYrsHL0EcfE1
KV8vyOq6DpMfxjez57DxLg5EdN6d4F0wdJTrxWIVnmyrDtlwk12QG4oWzwKBgQCe
QbB1FpWxescRcpQ/esyhF8bEfZ24EubAJqWzydovVaUtd4O4CKiiXrTN9dN0FUrO
sb1dcQL098P17BK2EaTIwTm29qYM0p39mMwDfDsaw7j0UIqiNfAgnHkmBTnR4OvM
BTlLoAuHVG0Svpe0nZVQkBE8nTw3lQJI1nrcKkRNZQKBgQDUgCYv86mgGdiJOYYD
La0TuQwo/vAQy1XoOmrZosiddzMP7nIs6LWDUDgbHHtim3Eze+Mf75BvpXTQ8T7/
OeqJ4hDt9RwJkkaB41X6lmW2GRrhpeLoEWgNgM2ScC0Y2HSvApzDf3U4xm3BNpII
H5TdQWPvu1jgLNCVTvFS8UwQNg==
-----END PRIVATE KEY-----
`
