package payneteasy

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// RequestDebug is what the gateway's support asks for. It has the five outputs of the request builder on the
// documentation page of /api/v4/payout, and the string that was signed. Cards, card tokens, account and wallet numbers,
// and parameters that a white label adds show as "[redacted]".
//
// The signature belongs to the values that are shown. If a value is redacted, the request itself has another signature.
// Otherwise someone with the public key could guess the hidden value until the signature matches.
type RequestDebug struct {
	Method               string
	URL                  string
	NormalizedParameters string // "Normalized parameters string to sign, according to OAuth 1.0a rules"
	BaseString           string // signature base string, RFC 5849 section 3.4.1
	Body                 string // "POST body parameters to submit"
	OAuthHeader          string // "OAuth 1.0a headers to submit"
	SignatureHex         string // "HEX Encoded Signature"
	SignatureBase64      string // "Base64 Encoded Signature"
}

// DebugPayout signs a payout, sends nothing, and shows how it was signed, with card data masked. Nonce and timestamp
// are new in each call, so they differ from those that Payout sends.
func (c *Client) DebugPayout(req *PayoutRequest) (*RequestDebug, error) {
	k := &call{command: payoutCommand}
	if err := c.payoutCall(k, req); err != nil {
		return nil, c.notSent(k, Entry{}, err)
	}
	shown := maps.Clone(k.form)
	for name, values := range shown {
		if known, documented := payoutParameters[name]; known.card || known.secret || !documented {
			shown[name] = []string{redacted}
			continue
		}
		shown[name] = slices.Clone(values)
		for i := range values {
			shown[name][i] = k.mask.Hide(shown[name][i])
		}
	}
	signed, err := c.signer.sign(http.MethodPost, c.url(k), shown)
	if err != nil {
		return nil, c.notSent(k, Entry{}, newCause(err, k.mask))
	}
	return newRequestDebug(c.url(k), shown, c.config.Login, signed)
}

// newRequestDebug renders signed parameters.
func newRequestDebug(rawURL string, shown url.Values, login string, signed signedRequest) (*RequestDebug, error) {
	p := params(nil).addForm(shown).addOAuth(login, signed.nonce, signed.timestamp)
	body, base, err := p.encode(http.MethodPost, rawURL)
	if err != nil {
		return nil, err
	}
	order := p.byName(nil)
	p.sortValues(order)
	return &RequestDebug{
		Method: http.MethodPost, URL: rawURL,
		NormalizedParameters: string(p.join(nil, order, true)),
		BaseString:           string(base),
		Body:                 string(body),
		OAuthHeader:          signed.authorization,
		SignatureHex:         hex.EncodeToString(signed.signature),
		SignatureBase64:      base64.StdEncoding.EncodeToString(signed.signature),
	}, nil
}
