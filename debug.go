package payneteasy

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// RequestDebug is what a support case is asked for: the five outputs of the request builder on the documentation page
// of /api/v4/payout, and the string that was signed. Account and wallet numbers and card tokens show as "[redacted]";
// so does a card, unless it was asked for. The signature is that of the request itself, not of the masked text.
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

// DebugPayout signs a payout, sends nothing, and shows how it was signed, card data masked. Nonce and timestamp are
// fresh: what Payout sends later has others.
func (c *Client) DebugPayout(req *PayoutRequest) (*RequestDebug, error) {
	return c.debugPayout(req, false)
}

// DebugPayoutShowingCardData is DebugPayout with card number, CVV and card token in clear. Whoever sees its result sees
// the card. Account and wallet numbers stay masked.
func (c *Client) DebugPayoutShowingCardData(req *PayoutRequest) (*RequestDebug, error) {
	return c.debugPayout(req, true)
}

func (c *Client) debugPayout(req *PayoutRequest, showCard bool) (*RequestDebug, error) {
	k, err := c.payoutCall(req)
	if err != nil {
		return nil, c.failure(k, nil, OutcomeNotSent, err)
	}
	signed, err := c.signer.Sign(http.MethodPost, c.url(k), k.form)
	if err != nil {
		return nil, c.failure(k, nil, OutcomeNotSent, err)
	}
	real := signed.parts()
	shown := maps.Clone(k.form)
	for name := range shown {
		known, documented := payoutParameters[name]
		switch {
		case known.card && showCard:
		case known.card, known.secret:
			shown[name] = []string{redacted}
		case !documented: // a white label's own: it may be anything
			shown[name] = slices.Clone(shown[name])
			for i, value := range shown[name] {
				shown[name][i] = longDigits.ReplaceAllString(value, redacted)
			}
		}
	}
	return newRequestDebug(c.url(k), shown, c.config.Login, real)
}

// newRequestDebug renders the parameters that may show with the OAuth values of the real signature.
func newRequestDebug(rawURL string, shown url.Values, login string, real signedParts) (*RequestDebug, error) {
	p := params(nil).addForm(shown).addOAuth(login, real.nonce, real.timestamp)
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
		OAuthHeader:          real.authorization,
		SignatureHex:         hex.EncodeToString(real.signature),
		SignatureBase64:      base64.StdEncoding.EncodeToString(real.signature),
	}, nil
}
