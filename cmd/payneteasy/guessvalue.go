package main

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
)

// values are mistakes that change the text of all values alike.
func (g *guesser) values() {
	for _, v := range []struct {
		code, says string
		change     func(string) string
	}{
		{"values_trimmed", "values were signed without the blanks or line breaks at their ends, and sent with them", strings.TrimSpace},
		{"line_breaks", "line breaks were signed as LF, and sent as CR LF", func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }},
		{"line_breaks", "line breaks were signed as CR LF, and sent as LF", func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n") }},
		{"charset", "values were signed in UTF-8, and sent in Latin-1: send UTF-8", fromLatin1},
		{"charset", "values were signed in Latin-1, and sent in UTF-8: sign UTF-8", toLatin1},
		{"charset", "values were signed with ? for what is not ASCII: sign UTF-8", func(s string) string {
			return strings.Map(func(r rune) rune {
				if r > '~' {
					return '?'
				}
				return r
			}, s)
		}},
		{"values_case", "values were signed in capitals", strings.ToUpper},
		{"values_case", "values were signed in lower case", strings.ToLower},
		{"html_escaped", "values were signed with & < > and quotes escaped as in HTML", escapeHTML},
	} {
		g.try(v.code, g.right.mapped(v.change), "%s", v.says)
	}
}

func escapeHTML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#039;").Replace(s)
}

// fromLatin1 reads each byte as a character, unless it is UTF-8 already.
func fromLatin1(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, 0, len(s))
	for _, c := range []byte(s) {
		runes = append(runes, rune(c))
	}
	return string(runes)
}

// toLatin1 writes each character as a byte, and ? for what has none.
func toLatin1(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return string(out)
}

// additions are parameters that were signed and did not arrive, or with another value.
func (g *guesser) additions() {
	add := func(code, name, value, format string, args ...any) {
		d := g.right.with(append(slices.Clone(g.right.parameters), parameter{name, value, "header"}))
		g.try(code, d, format, args...)
	}
	for _, p := range [][2]string{{"oauth_version", "1.0"}, {"oauth_signature_method", "RSA-SHA256"}, {"oauth_token", ""}, {"oauth_callback", ""}, {"oauth_signature", ""}, {"", ""}} {
		add("parameter_not_sent", p[0], p[1], "%s=%s was signed, and is not in the request", p[0], p[1])
	}
	fields, _ := authorizationFields(g.c.firstHeader("authorization"))
	for _, f := range fields {
		if f.name == "realm" || f.name == "oauth_signature" {
			add(strings.TrimPrefix(f.name, "oauth_")+"_signed", f.name, f.value, "%s was signed as a parameter: it is the one that never is", f.name)
		}
	}
	add("realm_signed", "realm", "", "an empty realm was signed as a parameter: it never is")
	for _, name := range []string{"RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "HMAC-SHA1", "HMAC-SHA256"} {
		g.replace("oauth_signature_method", name, "signature_method", "the oauth_signature_method that was signed is %s, not the one that was sent", name)
	}
}

// replace gives a parameter of the header another value.
func (g *guesser) replace(name, value, code, format string, args ...any) {
	parameters := slices.Clone(g.right.parameters)
	for i, p := range parameters {
		if p.name == name && p.from == "header" {
			parameters[i].value = value
			g.try(code, g.right.with(parameters), format, args...)
			return
		}
	}
}

// omissions are parameters that arrived and were not signed, one by one.
func (g *guesser) omissions() {
	for i, p := range g.right.parameters {
		if g.over() {
			return
		}
		g.try("parameter_not_signed", g.right.with(slices.Delete(slices.Clone(g.right.parameters), i, i+1)), "%s (in the %s) was not signed, or came in on the way", mask.Name(p.name), p.from)
		empty := slices.Clone(g.right.parameters)
		empty[i].value = ""
		g.try("parameter_signed_empty", g.right.with(empty), "%s (in the %s) was signed without its value", mask.Name(p.name), p.from)
	}
}

// maxPairs is how many parameters a request may have for pairs of them to be tried.
const maxPairs = 60

func (g *guesser) pairs() {
	all := g.right.parameters
	if len(all) > maxPairs {
		return
	}
	for i := range all {
		for j := range i {
			d := g.right.with(slices.Delete(slices.Delete(slices.Clone(all), i, i+1), j, j+1))
			g.try("parameters_not_signed", d, "%s and %s were not signed, or came in on the way", mask.Name(all[j].name), mask.Name(all[i].name))
		}
	}
}

// times are timestamps that were taken twice, or in other units.
func (g *guesser) times() {
	for _, p := range g.right.parameters {
		if p.name != "oauth_timestamp" || p.from != "header" {
			continue
		}
		sent, err := strconv.ParseInt(p.value, 10, 64)
		if err != nil {
			return
		}
		for off := int64(1); off <= 10; off++ {
			for _, signed := range []int64{sent - off, sent + off} {
				g.replace(p.name, strconv.FormatInt(signed, 10), "timestamp_twice", "the timestamp was taken twice: the one that was signed is %d s beside the one that was sent", off)
			}
		}
		g.replace(p.name, strconv.FormatInt(sent/1000, 10), "timestamp_units", "the timestamp was signed in seconds, and sent in milliseconds")
		for ms := range int64(1000) {
			g.replace(p.name, strconv.FormatInt(sent*1000+ms, 10), "timestamp_units", "the timestamp was signed in milliseconds, and sent in seconds")
		}
	}
}

// eachValue changes one value alone.
func (g *guesser) eachValue() {
	for i, p := range g.right.parameters {
		if g.over() {
			return
		}
		change := func(code, value, format string, args ...any) {
			if value != p.value && !g.over() {
				parameters := slices.Clone(g.right.parameters)
				parameters[i].value = value
				g.try(code, g.right.with(parameters), format, args...)
			}
		}
		change("values_trimmed", strings.TrimSpace(p.value), "%s was signed without the blanks or line breaks at its ends, and sent with them", mask.Name(p.name))
		for _, end := range []string{"\n", "\r\n", " ", "\r"} {
			change("values_not_trimmed", p.value+end, "%s was signed with a blank or a line break at its end, and sent without", mask.Name(p.name))
			change("values_not_trimmed", end+p.value, "%s was signed with a blank or a line break at its beginning, and sent without", mask.Name(p.name))
		}
		change("parameter_case", strings.ToUpper(p.value), "%s was signed in capitals, and sent otherwise", mask.Name(p.name))
		change("parameter_case", strings.ToLower(p.value), "%s was signed in lower case, and sent otherwise", mask.Name(p.name))
		for _, name := range []string{strings.ReplaceAll(p.name, "-", "_"), strings.ReplaceAll(p.name, "_", "-")} {
			renamed := slices.Clone(g.right.parameters)
			renamed[i].name = name
			g.try("parameter_name", g.right.with(renamed), "%s was signed under the name %s", mask.Name(p.name), mask.Name(name))
		}
	}
}
