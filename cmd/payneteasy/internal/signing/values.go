package signing

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
		d := g.right.with(append(slices.Clone(g.right.parameters), Parameter{name, value, "header"}))
		g.try(code, d, format, args...)
	}
	for _, p := range [][2]string{{"oauth_version", "1.0"}, {"oauth_signature_method", "RSA-SHA256"}, {"oauth_token", ""}, {"oauth_callback", ""}, {"oauth_signature", ""}, {"", ""}} {
		add("parameter_not_sent", p[0], p[1], "%s=%s was signed, and is not in the request", p[0], p[1])
	}
	fields, _ := authorizationFields(g.c.firstHeader("authorization"))
	for _, f := range fields {
		if f.Name == "realm" || f.Name == "oauth_signature" {
			add(strings.TrimPrefix(f.Name, "oauth_")+"_signed", f.Name, f.Value, "%s was signed as a parameter: it is the one that never is", f.Name)
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
		if p.Name == name && p.From == "header" {
			parameters[i].Value = value
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
		g.try("parameter_not_signed", g.right.with(slices.Delete(slices.Clone(g.right.parameters), i, i+1)), "%s (in the %s) was not signed, or came in on the way", mask.Name(p.Name), p.From)
		empty := slices.Clone(g.right.parameters)
		empty[i].Value = ""
		g.try("parameter_signed_empty", g.right.with(empty), "%s (in the %s) was signed without its value", mask.Name(p.Name), p.From)
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
			g.try("parameters_not_signed", d, "%s and %s were not signed, or came in on the way", mask.Name(all[j].Name), mask.Name(all[i].Name))
		}
	}
}

// times are timestamps that were taken twice, or in other units.
func (g *guesser) times() {
	for _, p := range g.right.parameters {
		if p.Name != "oauth_timestamp" || p.From != "header" {
			continue
		}
		sent, err := strconv.ParseInt(p.Value, 10, 64)
		if err != nil {
			return
		}
		for off := int64(1); off <= 10; off++ {
			for _, signed := range []int64{sent - off, sent + off} {
				g.replace(p.Name, strconv.FormatInt(signed, 10), "timestamp_twice", "the timestamp was taken twice: the one that was signed is %d s beside the one that was sent", off)
			}
		}
		g.replace(p.Name, strconv.FormatInt(sent/1000, 10), "timestamp_units", "the timestamp was signed in seconds, and sent in milliseconds")
		for ms := range int64(1000) {
			g.replace(p.Name, strconv.FormatInt(sent*1000+ms, 10), "timestamp_units", "the timestamp was signed in milliseconds, and sent in seconds")
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
			if value != p.Value && !g.over() {
				parameters := slices.Clone(g.right.parameters)
				parameters[i].Value = value
				g.try(code, g.right.with(parameters), format, args...)
			}
		}
		change("values_trimmed", strings.TrimSpace(p.Value), "%s was signed without the blanks or line breaks at its ends, and sent with them", mask.Name(p.Name))
		for _, end := range []string{"\n", "\r\n", " ", "\r"} {
			change("values_not_trimmed", p.Value+end, "%s was signed with a blank or a line break at its end, and sent without", mask.Name(p.Name))
			change("values_not_trimmed", end+p.Value, "%s was signed with a blank or a line break at its beginning, and sent without", mask.Name(p.Name))
		}
		change("parameter_case", strings.ToUpper(p.Value), "%s was signed in capitals, and sent otherwise", mask.Name(p.Name))
		change("parameter_case", strings.ToLower(p.Value), "%s was signed in lower case, and sent otherwise", mask.Name(p.Name))
		for _, name := range []string{strings.ReplaceAll(p.Name, "-", "_"), strings.ReplaceAll(p.Name, "_", "-")} {
			renamed := slices.Clone(g.right.parameters)
			renamed[i].Name = name
			g.try("parameter_name", g.right.with(renamed), "%s was signed under the name %s", mask.Name(p.Name), mask.Name(name))
		}
	}
}
