package main

import (
	"crypto"
	"crypto/rsa"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
)

const verifyHelp = `Verify the signature of a request that was captured, the reverse of sign. If it
does not verify, known mistakes are tried until one explains it: encodings,
order, left out parameters, URL, proxies, hash and padding. Nothing is sent.

The request is either a FILE (- is stdin) as it went over the wire, also as curl
-v shows it, or --url with --authorization and the parameters as for sign:

  POST /paynet/api/v4/payout/39915 HTTP/1.1
  Host: sandbox.connpay.com
  Authorization: OAuth oauth_consumer_key="…", …

  client_orderid=payout-0001&amount=10.42

A raw request does not tell its scheme: https, for this machine http, or
--scheme. --url goes before what it says of itself. Without Content-Length a
line break at the end of the file is no part of the body.

--key is the public key that the gateway has, or a certificate, or your private
key. Card data shows as [redacted], and is verified as it came. An order's ids
show whole, unless one holds the number of the card in the same request. The
checks beside the signature do not change the exit status.

Exit status: 0 the signature is right; 1 it is not; 2 usage or configuration.`

const verifyExamples = `  payneteasy verify --key merchant.pub captured.txt
  payneteasy verify --key merchant.pub \
      --url https://sandbox.connpay.com/paynet/api/v4/payout/39915 \
      --header 'Authorization: OAuth oauth_consumer_key="TestMerchant", …' \
      --data @body.txt
  payneteasy verify --key merchant.pem --at 1677831012 \
      --output json - < captured.txt`

type verifyFlags struct {
	profile.Settings
	dataFlags
	method, url, scheme, authorization string
	headers                            []string
	at                                 int64
	showCardData                       bool
}

// verdict is the output. Its names are stable.
type verdict struct {
	Valid            bool     `json:"valid"`
	Mistake          string   `json:"mistake"`     // a code; empty if valid
	Explanation      string   `json:"explanation"` // for a person
	SignedByKey      bool     `json:"signed_by_key"`
	Method           string   `json:"method"`
	URL              string   `json:"url"`
	BaseString       string   `json:"base_string"`
	SignedBaseString string   `json:"signed_base_string,omitempty"` // if the mistake is in it
	Checks           []check  `json:"checks"`
	Redacted         []string `json:"redacted,omitempty"`
}

func (t *tool) verifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use: "verify [flags] [FILE]", Short: "Verify a captured request and explain what is wrong", Long: verifyHelp, Example: verifyExamples,
		RunE: func(cmd *cobra.Command, args []string) error { return t.verify(cmd, args, &f) },
	}
	f.AddProfile(cmd)
	cmd.Flags().StringVar(&f.KeyFile, "key", "", "`FILE` of the public key, a certificate or the private key, PEM; - is stdin [$"+profile.EnvKeyFile+"]")
	cmd.Flags().StringVar(&f.url, "url", "", "the `URL` as it was called")
	cmd.Flags().StringVar(&f.scheme, "scheme", "", "http or https, the `SCHEME` of a raw request")
	cmd.Flags().StringVarP(&f.method, "method", "X", "POST", "HTTP `METHOD`, with --url")
	cmd.Flags().StringVar(&f.authorization, "authorization", "", "the `VALUE` of the Authorization header")
	cmd.Flags().StringArrayVarP(&f.headers, "header", "H", nil, "a header, `NAME: VALUE`; many times")
	f.addData(cmd)
	cmd.Flags().Int64Var(&f.at, "at", 0, "`SECONDS` since 1970 when it arrived (now)")
	cmd.Flags().BoolVar(&f.showCardData, "show-card-data", false, "show card data in clear")
	profile.NoFileCompletion(cmd, "url", "scheme", "method", "authorization", "header", "at")
	return cmd
}

func (t *tool) verify(cmd *cobra.Command, args []string, f *verifyFlags) error {
	if err := t.CheckEnv(); err != nil {
		return err
	}
	if f.scheme != "" && f.scheme != "http" && f.scheme != "https" {
		return exit.Usagef("--scheme is http or https")
	}
	c, err := t.captured(cmd, args, f)
	if err != nil {
		return err
	}
	key, err := t.PublicKey(&f.Settings)
	if err != nil {
		return err
	}
	at := time.Now()
	if cmd.Flags().Changed("at") {
		at = time.Unix(f.at, 0)
	}
	out := c.verify(key, at, f.showCardData)
	return t.judged(out, out.Valid, func() { t.tell(out) })
}

// judged prints a verdict in either form, and ends with it.
func (t *tool) judged(out any, valid bool, tell func()) error {
	if t.JSON() {
		t.PrintJSON(out)
	} else {
		tell()
	}
	if !valid {
		return &exit.Error{Status: exit.Rejected}
	}
	return nil
}

// captured reads the request.
func (t *tool) captured(cmd *cobra.Command, args []string, f *verifyFlags) (*captured, error) {
	if len(args) == 0 {
		if f.url == "" {
			return nil, exit.Usagef("verify takes one FILE with a raw request, or --url; see payneteasy verify --help")
		}
		return t.capturedByFlags(cmd, f)
	}
	for _, flag := range []string{"method", "authorization", "header", "data", "data-raw"} {
		if cmd.Flags().Changed(flag) {
			return nil, exit.Usagef("--%s goes with --url, not with a FILE", flag)
		}
	}
	if len(args) > 1 {
		return nil, exit.Usagef("verify takes one FILE; see payneteasy verify --help")
	}
	content, err := t.Read(args[0])
	if err != nil {
		return nil, exit.Usagef("the request: %w", err)
	}
	c, target, err := parseRaw(string(content))
	if err != nil {
		return nil, err
	}
	if f.url != "" {
		err = c.setURL(f.url)
	} else {
		err = c.address(target, f.scheme)
	}
	return c, err
}

func (t *tool) capturedByFlags(cmd *cobra.Command, f *verifyFlags) (*captured, error) {
	if f.scheme != "" {
		return nil, exit.Usagef("--scheme goes with a FILE: --url has its own")
	}
	if f.method == "" {
		return nil, exit.Usagef("--method is empty")
	}
	c := &captured{method: f.method}
	if err := c.setURL(f.url); err != nil {
		return nil, err
	}
	for _, header := range f.headers {
		if err := c.addHeader(header); err != nil {
			return nil, err
		}
	}
	if f.authorization != "" {
		c.headers = append(c.headers, parameter{"authorization", strings.TrimSpace(f.authorization), "header"})
	}
	plain, raw, err := t.data(cmd, &f.dataFlags)
	if err != nil {
		return nil, err
	}
	if c.body = joined(plain); raw != nil {
		c.body = *raw
	}
	if len(c.header("content-type")) == 0 { // flags tell parameters, not how they were sent
		c.headers = append(c.headers, parameter{"content-type", formType, "header"})
	}
	return c, nil
}

// verify judges, and looks for the mistake.
func (c *captured) verify(key *rsa.PublicKey, at time.Time, showCardData bool) *verdict {
	d, signature := c.read()
	c.check(d, signature, key, at)
	out := &verdict{Method: c.method, Checks: c.checks}
	base, all := d.base(), readings(signature)
	if right := all[0].bytes; right != nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum256([]byte(base)), right) == nil {
		out.Valid, out.SignedByKey = true, true
	}
	var signed *derivation
	if !out.Valid {
		signed = out.explain(c, d, all, key, signature)
	}
	shown := func(d derivation) string { return d.base() }
	address := c.url.String()
	if !showCardData {
		request := mask.Cards.Knowing(joined(d.parameters), c.body)
		_, out.Redacted = d.masked(request)
		var hidden []string
		address, hidden = request.URL(address)
		if out.Redacted == nil {
			out.Redacted = hidden
		}
		out.Method, out.Explanation = request.Text(out.Method), request.Text(out.Explanation)
		for i, check := range out.Checks { // they quote headers
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

// explain finds the mistake. It returns how the base string was made that was signed, if that is where the mistake is.
func (v *verdict) explain(c *captured, d derivation, all []reading, key *rsa.PublicKey, signature string) *derivation {
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
		if v.Mistake, v.Explanation = o.otherwise(base); v.Mistake != "" {
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
		v.Explanation = "the signature was made by this key, but of something else than what arrived, and by no mistake that is known here; or by two of them"
		if short {
			v.Explanation += "; the request is so long that not all mistakes were tried"
		}
		return nil
	}
	v.explainForeign(base, all, key, signature)
	return nil
}

// explainForeign explains a signature that the key does not open.
func (v *verdict) explainForeign(base string, all []reading, key *rsa.PublicKey, signature string) {
	switch length := len(all[0].bytes); {
	case signature == "":
		v.Mistake, v.Explanation = "no_signature", "there is no oauth_signature"
	case all[0].bytes != nil && isPSS(key, base, all[0].bytes):
		v.SignedByKey, v.Mistake, v.Explanation = true, "pss", "the padding is that of RSA-PSS: RSA-SHA256 is RSASSA-PKCS1-v1_5 (SHA256withRSA)"
	case all[0].bytes == nil:
		v.Mistake, v.Explanation = "signature_text", "the signature is not Base64, and no other form of one by this key"
	case length == 20 || length == 32:
		v.Mistake, v.Explanation = "hmac", "the signature has the length of an HMAC or of a hash, not of one by an RSA key"
	case length != key.Size():
		v.Mistake = "other_key"
		v.Explanation = "the signature is that of a key of another length, or it is cut"
	default:
		v.Mistake = "other_key"
		v.Explanation = "nothing fits: the signature was not made by this key, or it was altered; is it the public key of the private key that signed, and of the same environment?"
	}
}
