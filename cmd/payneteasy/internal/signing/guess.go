package signing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// guess is a known mistake, with the base string that it would give.
type guess struct {
	code, says string
	derivation derivation
}

// guesser tries guesses until one fits.
type guesser struct {
	c     *Captured
	right derivation
	fits  func(base string) bool
	found *guess
	left  int // bytes of base strings that may still be made
}

// effort limits the search in a request of thousands of parameters. One with all documented parameters needs less.
const effort = 8 << 20

// over reports whether there is nothing more to try.
func (g *guesser) over() bool { return g.found != nil || g.left <= 0 }

// try keeps the first mistake that fits, which is the most common one.
func (g *guesser) try(code string, d derivation, format string, args ...any) {
	if g.over() {
		return
	}
	base := d.base()
	if g.left -= len(base); g.fits(base) {
		g.found = &guess{code, fmt.Sprintf(format, args...), d}
	}
}

// search tries all mistakes, the most common first.
func (g *guesser) search() *guess {
	for _, family := range []func(){
		g.encodings, g.orders, g.addresses, g.methods, g.parts, g.additions, g.omissions, g.times,
	} {
		if family(); g.found != nil {
			return g.found
		}
	}
	return nil
}

// escaper makes a percent-encoding that differs from RFC 3986. It may leave other characters alone, or write a blank or
// hex digits in another way.
func escaper(alone, blank, digits string) func(string) string {
	return func(s string) string { return escape(s, alone, blank, digits) }
}

// escapers are the encodings of programming languages, and what is wrong with each.
var escapers = []struct {
	code, says string
	escape     func(string) string
}{
	{"blank_as_plus", "a blank was encoded as +: in the base string it is %20", escaper("-._~", "+", upperHex)},
	{
		"lower_case_hex",
		"the hex digits of the percent-encoding are in lower case (%2f): in the base string they are capitals (%2F)",
		escaper("-._~", "%20", lowerHex),
	},
	{
		"form_encoding",
		"it was encoded for forms (as by Java's URLEncoder), which leaves * alone, encodes ~ and makes + of a blank: " +
			"RFC 3986 has %2A, ~ and %20",
		escaper("-._*", "+", upperHex),
	},
	{
		"javascript_encoding",
		"it was encoded as by JavaScript's encodeURIComponent, which leaves ! ' ( ) * alone: RFC 3986 encodes them",
		escaper("-._~!'()*", "%20", upperHex),
	},
	{"not_encoded", "it was not encoded", func(s string) string { return s }},
	{"double_encoding", "it was encoded twice", func(s string) string { return Encode(Encode(s)) }},
}

// encodings tries mistakes in the percent-encoding of names and values, of the whole, or of both.
func (g *guesser) encodings() {
	for _, e := range escapers {
		d := g.right
		d.inner = e.escape
		g.try(e.code, d, "names and values in the base string: %s", e.says)
		d = g.right
		d.outer = e.escape
		g.try(e.code, d, "the second encoding, of the URL and of the joined parameters: %s", e.says)
		d.inner = e.escape
		g.try(e.code, d, "both encodings of the base string: %s", e.says)
	}
	// What arrived was encoded in another way than what was signed.
	plus := g.right
	plus.parameters = nil
	query, _ := ParseLoosely(strings.ReplaceAll(g.c.url.RawQuery, "+", "%2B"), "query")
	body, _ := ParseLoosely(strings.ReplaceAll(g.c.body, "+", "%2B"), "body")
	for _, p := range append(query, body...) {
		if slices.ContainsFunc(g.right.parameters,
			func(r Parameter) bool { return r.Name == p.Name && r.From == p.From }) {
			plus.parameters = append(plus.parameters, p)
		}
	}
	for _, p := range g.right.parameters {
		if p.From == "header" {
			plus.parameters = append(plus.parameters, p)
		}
	}
	g.try("plus_sent", plus,
		"a + was signed as a plus sign, but sent unencoded, which in a form means a blank: "+
			"send a plus sign as %%2B and a blank as %%20")
	g.try("body_encoded_twice", g.right.mapped(func(s string) string {
		if once, broken := ParseLoosely("v="+s, ""); !broken && len(once) == 1 {
			return once[0].Value
		}
		return s
	}), "the request was encoded one time more than what was signed: "+
		"the values in the body (or the query) are encoded twice")
	g.try("body_signed_encoded", g.right.mapped(escaper("-._~", "+", upperHex)),
		"values were encoded for the body (with + for a blank) before they were signed: sign the plain values")
}

// orders tries mistakes in the order of the parameters.
func (g *guesser) orders() {
	where := func(from ...string) func([]Parameter) []Parameter {
		return func(all []Parameter) []Parameter {
			return slices.SortedStableFunc(slices.Values(all), func(a, b Parameter) int {
				return slices.Index(from, a.From) - slices.Index(from, b.From)
			})
		}
	}
	for _, o := range []struct {
		says  string
		order func([]Parameter) []Parameter
	}{
		{"the parameters were joined as they came, query, body, header", slices.Clone[[]Parameter]},
		{
			"the oauth_ parameters were put behind the others, which were sorted",
			func(p []Parameter) []Parameter { return where("query", "body", "header")(sortedByFrom(p)) },
		},
		{
			"the oauth_ parameters were put before the others, which were sorted",
			func(p []Parameter) []Parameter { return where("header", "query", "body")(sortedByFrom(p)) },
		},
	} {
		d := g.right
		d.order = o.order
		g.try("parameter_order", d,
			"%s: all of them, those of query, body and header, are sorted together, "+
				"by encoded name, then by encoded value", o.says)
	}
}

// sortedByFrom sorts query and body together, and the header separately.
func sortedByFrom(all []Parameter) []Parameter {
	all = sorted(all)
	for i, p := range all {
		if p.From == "query" {
			all[i].From = "body"
		}
	}
	return all
}

// methods tries mistakes in the method.
func (g *guesser) methods() {
	d := g.right
	d.method = strings.ToLower(g.c.method)
	g.try("method_case", d, "the method was signed in lower case: in the base string it is in capitals")
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		d.method = method
		g.try("method", d, "it was signed as a %s, and arrived as a %s", method, terminal.Line(g.right.method))
	}
}

// parts tries whole parts that were not signed, or should not have been.
func (g *guesser) parts() {
	from := func(places ...string) func(Parameter) bool {
		return func(p Parameter) bool { return slices.Contains(places, p.From) }
	}
	if form, _ := g.c.isForm(); !form {
		body, _ := ParseLoosely(g.c.body, "body")
		g.try("content_type", g.right.with(append(slices.Clone(g.right.parameters), body...)),
			"the body was signed as a form, but the Content-Type does not say that it is one: send %s", FormType)
	}
	g.try("body_not_signed", g.right.without(from("body")), "the parameters of the body were not signed")
	g.try("query_not_signed", g.right.without(from("query")), "the parameters of the URL's query were not signed")
	g.try("body_not_signed", g.right.without(from("body", "query")),
		"only the oauth_ parameters were signed: those of body and query are signed too")
	g.try("oauth_not_signed", g.right.without(from("header")),
		"the oauth_ parameters of the header were not signed: sign all of them, except oauth_signature")
	g.try("empty_not_signed", g.right.without(func(p Parameter) bool { return p.Value == "" }),
		"parameters without value were not signed: either leave them out of the request, or sign them as name=")
	d := g.right
	if d.query = g.c.url.RawQuery; d.query != "" {
		g.try("query_in_url", d.without(from("query")),
			"the URL was signed with its query: sign its parameters with the others, and the URL without it")
	}
	g.try("values_trimmed", g.right.mapped(strings.TrimSpace),
		"values were signed without the blanks or line breaks at their ends, and sent with them")
}
