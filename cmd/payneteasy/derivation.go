package main

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// derivation is a way to come from a request to a base string; the functions are nil for that of RFC 5849.
type derivation struct {
	method, uri, query string // the query is in the URI only by mistake
	parameters         []parameter
	order              func([]parameter) []parameter
	inner, outer       func(string) string // of names and values; of the three parts
	outerURI           func(string) string // of the URI, if that differs
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
		inner = encode
	}
	var pairs []string
	for _, p := range order(d.parameters) {
		pairs = append(pairs, inner(p.name)+"="+inner(p.value))
	}
	return strings.Join(pairs, "&")
}

func (d derivation) base() string {
	outer, outerURI := d.outer, d.outerURI
	if outer == nil {
		outer = encode
	}
	if outerURI == nil {
		outerURI = outer
	}
	uri := d.uri
	if d.query != "" {
		uri += "?" + d.query
	}
	return d.method + "&" + outerURI(uri) + "&" + outer(d.normalized())
}

// with replaces the parameters.
func (d derivation) with(parameters []parameter) derivation {
	d.parameters = parameters
	return d
}

// mapped changes the values of query and body.
func (d derivation) mapped(change func(string) string) derivation {
	parameters := slices.Clone(d.parameters)
	for i, p := range parameters {
		if p.from != "header" {
			parameters[i].value = change(p.value)
		}
	}
	return d.with(parameters)
}

// without leaves out what matches.
func (d derivation) without(match func(parameter) bool) derivation {
	return d.with(slices.DeleteFunc(slices.Clone(d.parameters), match))
}

// masked is the same without card data: the only form in which a base string is shown. It is masked before it is encoded, so
// that no encoding of a card slips through.
func (d derivation) masked() (shown derivation, hidden []string) {
	d.parameters = slices.Clone(d.parameters)
	for i, p := range d.parameters {
		switch {
		case oddName(p.name):
			d.parameters[i].name, d.parameters[i].value = redacted, ""
			hidden = append(hidden, "a parameter without a proper name")
		case holdsCard(p):
			d.parameters[i].value = redacted
			hidden = append(hidden, p.name)
		}
	}
	d.query, _ = maskQuery(d.query)
	slices.Sort(hidden)
	return d, slices.Compact(hidden)
}

// holdsCard reports whether a parameter is one of a card, also when its name is mangled, or when another one ran into its value.
func holdsCard(p parameter) bool {
	if p.value == "" {
		return false
	}
	text := p.name + " " + p.value
	for range 3 { // encoded once more, or twice
		if mentionsCard(text) {
			return true
		}
		text, _ = url.QueryUnescape(text)
	}
	return false
}

func mentionsCard(text string) bool {
	text = strings.ReplaceAll(strings.ToLower(text), "-", "_")
	for field := range cardFields {
		if strings.Contains(text, field) {
			return true
		}
	}
	return false
}

// oddName reports whether a name is rather a piece of something that is no form: JSON, say, or a card's number.
func oddName(name string) bool {
	digits := 0
	for _, r := range name {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits >= 12 || len(name) > 100 || strings.ContainsAny(name, "{\"<\n")
}

// plain is a name that may be shown.
func plain(name string) string {
	if oddName(name) {
		return redacted
	}
	return line(name)
}

// maskQuery hides the same in a query, and leaves every other byte as it is.
func maskQuery(encoded string) (masked string, hidden []string) {
	pieces := strings.Split(encoded, "&")
	for i, piece := range pieces {
		parsed, _ := parseLoosely(piece, "query")
		if len(parsed) == 0 {
			continue
		}
		rawName, _, _ := strings.Cut(piece, "=")
		switch p := parsed[0]; {
		case oddName(p.name):
			pieces[i] = encode(redacted)
			hidden = append(hidden, "a parameter without a proper name")
		case holdsCard(p):
			pieces[i] = rawName + "=" + encode(redacted)
			hidden = append(hidden, p.name)
		}
	}
	return strings.Join(pieces, "&"), hidden
}
