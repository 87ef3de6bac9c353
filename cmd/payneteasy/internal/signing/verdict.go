package signing

import (
	"crypto"
	"crypto/rsa"
	"time"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
)

// Verdict is the output. Its names are stable.
type Verdict struct {
	Valid            bool     `json:"valid"`
	Mistake          string   `json:"mistake"`     // a code; empty if valid
	Explanation      string   `json:"explanation"` // for a person
	SignedByKey      bool     `json:"signed_by_key"`
	Method           string   `json:"method"`
	URL              string   `json:"url"`
	BaseString       string   `json:"base_string"`
	SignedBaseString string   `json:"signed_base_string,omitempty"` // if the mistake is in it
	Checks           []Check  `json:"checks"`
	Redacted         []string `json:"redacted,omitempty"`
}

// Verify verifies the request, and looks for the mistake.
func (c *Captured) Verify(key *rsa.PublicKey, at time.Time, showCardData bool) *Verdict {
	d, signature := c.read()
	c.check(d, signature, key, at)
	out := &Verdict{Method: c.method, Checks: c.checks}
	base, all := d.base(), readings(signature)
	if right := all[0].bytes; right != nil &&
		rsa.VerifyPKCS1v15(key, crypto.SHA256, sum256([]byte(base)), right) == nil {
		out.Valid, out.SignedByKey = true, true
	}
	var signed *derivation
	if !out.Valid {
		signed = out.explain(c, d, all, key, signature)
	}
	shown := func(d derivation) string { return d.base() }
	address := c.url.String()
	if !showCardData {
		request := mask.Cards.Knowing(Joined(d.parameters), c.body)
		_, out.Redacted = d.masked(request)
		var hidden []string
		address, hidden = request.URL(address)
		if out.Redacted == nil {
			out.Redacted = hidden
		}
		out.Method, out.Explanation = request.Text(out.Method), request.Text(out.Explanation)
		for i, check := range out.Checks { // the details quote headers
			out.Checks[i].Detail = request.Text(check.Detail)
		}
		shown = func(d derivation) string {
			masked, _ := d.masked(request)
			return masked.base()
		}
	}
	out.URL, out.BaseString = address, shown(d)
	if signed != nil {
		out.SignedBaseString = shown(*signed)
	}
	return out
}

// explain finds the mistake. If the mistake is in the base string, it returns how the signed one was made.
func (v *Verdict) explain(c *Captured, d derivation, all []reading, key *rsa.PublicKey, signature string) *derivation {
	base, short := d.base(), false
	for i, r := range all {
		o, ok := open(key, r.bytes)
		if !ok {
			continue
		}
		v.SignedByKey = true
		if i > 0 {
			if o.vouches(base) {
				v.Mistake, v.Explanation = r.code, r.says
				return nil
			}
			continue
		}
		if o.vouchesBySHA1(base) {
			v.Mistake = "hash"
			v.Explanation = "the base string is right, but it was signed with SHA-1: take RSA-SHA256 (SHA256withRSA)"
			return nil
		}
		g := guesser{c: c, right: d, fits: o.vouches, left: effort}
		if found := g.search(); found != nil {
			v.Mistake, v.Explanation = found.code, found.says
			return &found.derivation
		}
		short = g.left <= 0
	}
	if v.SignedByKey {
		v.Mistake = "nothing_fits"
		v.Explanation = "the signature was made by this key, " +
			"but with another hash or for something else than what arrived: " +
			"no known mistake explains it, or it takes two of them"
		if short {
			v.Explanation += "; the request is so long that not all mistakes were tried"
		}
		return nil
	}
	v.explainForeign(all, key, signature)
	return nil
}

// explainForeign explains a signature that the key does not open.
func (v *Verdict) explainForeign(all []reading, key *rsa.PublicKey, signature string) {
	switch {
	case signature == "":
		v.Mistake, v.Explanation = "no_signature", "there is no oauth_signature"
	case all[0].bytes == nil:
		v.Mistake = "signature_text"
		v.Explanation = "the signature is not Base64: it is one line, with + and /, and with = at its end"
	case len(all[0].bytes) != key.Size():
		v.Mistake = "other_key"
		v.Explanation = "the signature does not have the length of this key's signatures: " +
			"it was made by another key or without a key, or it is cut"
	default:
		v.Mistake = "other_key"
		v.Explanation = "nothing fits: " +
			"the signature was not made by this key, or not by RSASSA-PKCS1-v1_5, or it was altered; " +
			"is it the public key of the private key that signed, and of the same environment?"
	}
}
