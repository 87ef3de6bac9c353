package signing

import (
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
)

// derivation is a way from a request to a base string. Its functions are nil for the way of RFC 5849.
type derivation struct {
	method, uri, query string // the query is in the URI only by mistake
	parameters         []Parameter
	order              func([]Parameter) []Parameter
	inner, outer       func(string) string // of names and values; of the three parts
}

func (d derivation) normalized() string {
	if d.order == nil && d.inner == nil {
		return normalize(d.parameters)
	}
	order, inner := d.order, d.inner
	if order == nil {
		order = sorted
	}
	if inner == nil {
		inner = Encode
	}
	var pairs []string
	for _, p := range order(d.parameters) {
		pairs = append(pairs, inner(p.Name)+"="+inner(p.Value))
	}
	return strings.Join(pairs, "&")
}

func (d derivation) base() string {
	outer := d.outer
	if outer == nil {
		outer = Encode
	}
	uri := d.uri
	if d.query != "" {
		uri += "?" + d.query
	}
	return d.method + "&" + outer(uri) + "&" + outer(d.normalized())
}

// with replaces the parameters.
func (d derivation) with(parameters []Parameter) derivation {
	d.parameters = parameters
	return d
}

// mapped changes the values of query and body.
func (d derivation) mapped(change func(string) string) derivation {
	parameters := slices.Clone(d.parameters)
	for i, p := range parameters {
		if p.From != "header" {
			parameters[i].Value = change(p.Value)
		}
	}
	return d.with(parameters)
}

// without removes the parameters that match.
func (d derivation) without(match func(Parameter) bool) derivation {
	return d.with(slices.DeleteFunc(slices.Clone(d.parameters), match))
}

// masked returns the derivation without card data, which is the only form in which a base string is shown. It masks
// before it encodes, so that no encoding hides a card. The masker knows the whole request, of which this may be a part.
func (d derivation) masked(request mask.Masker) (shown derivation, hidden []string) {
	d.parameters = slices.Clone(d.parameters)
	for i, p := range d.parameters {
		name, value, hides := request.Parameter(p.Name, p.Value)
		if !hides {
			continue
		}
		d.parameters[i].Name, d.parameters[i].Value = name, value
		if name != p.Name {
			name = mask.Nameless
		}
		hidden = append(hidden, name)
	}
	var more []string
	d.uri, more = request.URL(d.uri)
	hidden = append(hidden, more...)
	d.query, _ = request.Form(d.query)
	d.method = request.Text(d.method)
	slices.Sort(hidden)
	return d, slices.Compact(hidden)
}
