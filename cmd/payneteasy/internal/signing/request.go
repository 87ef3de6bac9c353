package signing

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Request is a request to sign.
type Request struct {
	method, rawURL string
	url            *url.URL
	parameters     []Parameter // of query and body
	form           url.Values  // of the body
	raw            *string     // the body, if it came encoded
	Hidden         []string    // names of what is hidden
}

// Signed is the output. It uses the names of the issue tracker, the documentation page and other SDKs.
type Signed struct {
	Method               string            `json:"method"`
	URL                  string            `json:"url"`
	NormalizedParameters string            `json:"normalized_parameters"`
	BaseString           string            `json:"base_string"`
	Body                 string            `json:"body"`
	Authorization        string            `json:"authorization"`
	OAuth                map[string]string `json:"oauth"`
	SignatureHex         string            `json:"signature_hex"`
	SignatureBase64      string            `json:"signature_base64"`
	Redacted             []string          `json:"redacted,omitempty"`
	Curl                 string            `json:"curl,omitempty"`

	parameters []Parameter
	baseURI    string
	bits       int
}

// Printable reports whether a curl command for it can be printed and pasted.
func (s *Signed) Printable() bool {
	for _, text := range []string{s.Method, s.URL, s.Body} {
		if _, ok := terminal.Word(text); !ok {
			return false
		}
	}
	return true
}

// NewRequest takes plain parameters, or a body that is already encoded. It removes card data that must be hidden at
// once, so that no later step can show it.
func NewRequest(method, rawURL string, plain []Parameter, raw *string, showCardData bool) (*Request, error) {
	req := &Request{method: method, rawURL: rawURL, form: url.Values{}}
	u, err := ParseURL(rawURL)
	if err != nil {
		return nil, err
	}
	if !showCardData {
		if err := req.hide(&u, plain, raw); err != nil {
			return nil, err
		}
	}
	if req.raw == nil {
		req.raw = raw
	}
	req.url, raw = u, req.raw
	if raw != nil {
		if plain, err = ParseForm(*raw, "body"); err != nil {
			return nil, err
		}
	}
	for _, p := range plain {
		req.form.Add(p.Name, p.Value)
	}
	query, err := ParseForm(u.RawQuery, "query")
	if err != nil {
		return nil, err
	}
	req.parameters = append(query, plain...)
	return req, nil
}

// hide removes card data. It refuses a request that cannot be searched for it.
func (r *Request) hide(u **url.URL, plain []Parameter, raw *string) (err error) {
	message := mask.Cards.Knowing(r.rawURL, Joined(plain))
	if raw != nil {
		message = message.Knowing(*raw)
	}
	masked, hidden := message.URL(r.rawURL)
	if len(hidden) > 0 {
		r.rawURL, r.Hidden = strings.ReplaceAll(masked, mask.Redacted, Encode(mask.Redacted)), hidden
		if *u, err = ParseURL(r.rawURL); err != nil {
			return err
		}
	}
	if raw != nil {
		if !mask.IsForm(*raw) {
			return errors.New(
				"the body is not a form (a=1&b=2), so cards in it cannot be found: " +
					"--show-card-data signs and shows it")
		}
		masked, hidden := message.Form(*raw)
		r.raw, r.Hidden = &masked, append(r.Hidden, hidden...)
	}
	for i, p := range plain {
		name, value, hides := message.Parameter(p.Name, p.Value)
		if !hides {
			continue
		}
		plain[i].Name, plain[i].Value = name, value
		if name != p.Name {
			name = mask.Nameless
		}
		r.Hidden = append(r.Hidden, name)
	}
	return nil
}

// Sign signs the request, and keeps each step. The steps that it shows are verified against the signature.
func (r *Request) Sign(signer *payneteasy.Signer, public *rsa.PublicKey) (*Signed, error) {
	body, authorization, err := signer.Sign(r.method, r.rawURL, r.form)
	if err != nil {
		return nil, err
	}
	out := &Signed{
		Method: r.method, URL: r.rawURL, Body: string(body), Authorization: authorization,
		Redacted: r.Hidden, baseURI: baseURI(r.url), bits: public.N.BitLen(),
	}
	if r.raw != nil {
		out.Body = *r.raw
	}
	if out.OAuth, err = parseAuthorization(out.Authorization); err != nil {
		return nil, err
	}
	out.parameters = slices.Clone(r.parameters)
	for name, value := range out.OAuth {
		if name != "oauth_signature" {
			out.parameters = append(out.parameters, Parameter{name, value, "header"})
		}
	}
	out.NormalizedParameters = normalize(out.parameters)
	out.BaseString = baseString(r.method, r.url, out.NormalizedParameters)
	out.SignatureBase64 = out.OAuth["oauth_signature"]
	signature, err := base64.StdEncoding.DecodeString(out.SignatureBase64)
	if err != nil {
		return nil, fmt.Errorf("the signature: %w", err)
	}
	out.SignatureHex = hex.EncodeToString(signature)
	digest := sha256.Sum256([]byte(out.BaseString))
	if rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) != nil {
		return nil, errors.New(
			"a bug of this tool: the base string that it would show is not the one that was signed; " +
				"please report the request")
	}
	return out, nil
}

// CurlCommand returns a command for a POSIX shell that sends exactly what was signed.
func (s *Signed) CurlCommand() string {
	address := s.URL
	if u, err := url.Parse(address); err == nil {
		address = u.String() // the path is signed as it is escaped
	}
	parts := []string{
		// The path as given was signed, so curl must neither expand brackets nor clean the path.
		"curl --globoff --path-as-is --request " + terminal.Quote(s.Method) + " " + terminal.Quote(address),
		"--header " + terminal.Quote("Authorization: "+s.Authorization),
	}
	if s.Body != "" {
		parts = append(parts, "--header 'Content-Type: application/x-www-form-urlencoded'",
			"--data-raw "+terminal.Quote(s.Body))
	}
	return strings.Join(parts, " \\\n  ")
}

// SortedParameters returns the signed parameters, in their order.
func (s *Signed) SortedParameters() []Parameter { return sorted(s.parameters) }

// Explain writes each step as text.
func (s *Signed) Explain(t *terminal.Output) {
	t.Print("%s %s\n\n", terminal.Line(s.Method), terminal.Line(s.URL))
	t.Print("1. The parameters: of the URL's query, of the body, and of the Authorization header\n" +
		"   (all but the signature). By name, then by value.\n\n")
	wide := 0
	for _, p := range s.parameters {
		wide = max(wide, len([]rune(terminal.Line(p.Name))))
	}
	wide = min(wide, 40)
	for _, p := range s.SortedParameters() {
		t.Print("   %-6s  %-*s  %s\n", p.From, wide, terminal.Line(p.Name), terminal.Line(p.Value))
	}
	t.Print("\n2. Normalized parameters: names and values percent-encoded (all but A-Z a-z 0-9 - . _ ~),\n"+
		"   sorted, joined by = and &.\n\n%s\n\n", s.NormalizedParameters)
	t.Print("3. Base string: the method, the URL without query, and the normalized parameters, each\n"+
		"   percent-encoded, joined by &. The URL is\n\n   %s\n\n%s\n\n", terminal.Line(s.baseURI), s.BaseString)
	t.Print("4. Signature: the base string signed by RSA-SHA256 (PKCS #1 v1.5), with a key of %d bits.\n\n"+
		"   hex:\n%s\n\n   Base64:\n%s\n\n", s.bits, s.SignatureHex, s.SignatureBase64)
	t.Print("5. Authorization header, values percent-encoded.\n\n%s\n\n", s.Authorization)
	t.Print("6. Body, application/x-www-form-urlencoded.\n\n%s\n", cmp.Or(terminal.Line(s.Body), "(none)"))
}
