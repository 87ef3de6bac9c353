package signing

import (
	"slices"
	"strconv"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
)

// additions tries parameters that were signed and did not arrive, or arrived with another value.
func (g *guesser) additions() {
	for _, p := range [][2]string{
		{"oauth_version", "1.0"},
		{"oauth_signature_method", "RSA-SHA256"},
		{"oauth_token", ""},
	} {
		d := g.right.with(append(slices.Clone(g.right.parameters), Parameter{p[0], p[1], "header"}))
		g.try("parameter_not_sent", d, "%s=%s was signed, and is not in the request", p[0], p[1])
	}
	for _, name := range []string{"RSA-SHA1", "RSA-SHA256"} {
		g.replace("oauth_signature_method", name, "signature_method",
			"the oauth_signature_method that was signed is %s, not the one that was sent", name)
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

// omissions tries parameters that arrived and were not signed, one by one.
func (g *guesser) omissions() {
	for i, p := range g.right.parameters {
		if g.over() {
			return
		}
		g.try("parameter_not_signed", g.right.with(slices.Delete(slices.Clone(g.right.parameters), i, i+1)),
			"%s (in the %s) was not signed, or came in on the way", mask.Name(p.Name), p.From)
	}
}

// times tries timestamps that were taken twice.
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
				g.replace(p.Name, strconv.FormatInt(signed, 10), "timestamp_twice",
					"the timestamp was taken twice: the one that was signed is %d s off the one that was sent", off)
			}
		}
	}
}
