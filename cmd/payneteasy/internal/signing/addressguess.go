package signing

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
)

// addresses tries mistakes in the URL, and changes that a proxy makes to it.
func (g *guesser) addresses() {
	u := *g.c.url
	path := g.right.path(&u)
	g.origins(&u, path)
	d := g.right
	at := func(code, path, format string, args ...any) {
		d.uri = strings.TrimSuffix(g.right.uri, g.right.path(&u)) + path
		g.try(code, d, format, args...)
	}
	if bare, found := strings.CutSuffix(path, "/"); found {
		at("trailing_slash", bare, "it was signed without the slash at the end of the path, and arrived with one")
	} else {
		at("trailing_slash", path+"/", "it was signed with a slash at the end of the path, and arrived without")
	}
	for i := range path {
		if path[i] != '/' {
			continue
		}
		at("double_slash", path[:i]+"/"+path[i:],
			"the path was signed with a double slash, and arrived with a single one")
		if i > 0 {
			at("path_prefix", path[i:], "it was signed without the beginning of the path, %s", terminal.Line(path[:i]))
		}
	}
	at("path_prefix", "/paynet"+path,
		"it was signed with /paynet at the beginning of the path, and arrived without it: "+
			"does a proxy remove it?")
}

// path returns the path in the URI, which is not empty.
func (d derivation) path(u *url.URL) string {
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}

// origins tries schemes, hosts and ports, which TLS and proxies may change.
func (g *guesser) origins(u *url.URL, path string) {
	d := g.right
	at := func(code, scheme, host, format string, args ...any) {
		d.uri = scheme + "://" + host + path
		g.try(code, d, format, args...)
	}
	host := strings.ToLower(strings.TrimSuffix(u.Host, ":"+u.Port()))
	authority := strings.TrimSuffix(strings.TrimPrefix(g.right.uri, u.Scheme+"://"), path)
	other := map[string]string{"http": "https", "https": "http"}[u.Scheme]
	told := ""
	if g.c.guessed {
		told = " (the raw request does not show the scheme: if it arrived by " + other + ", use --scheme " + other + ")"
	}
	at("scheme", other, authority, "it was signed for %s, and arrived by %s%s; does a proxy in between end the TLS?",
		other, u.Scheme, told)
	at("port", u.Scheme, host, "it was signed without the port %s", u.Port())
	for _, port := range []string{"443", "80", "8080", "8443"} {
		at("port", u.Scheme, host+":"+port,
			"it was signed with the port %s in the URL: "+
				"the scheme's default port is not signed, and a proxy may use another", port)
	}
	suffix := strings.TrimPrefix(authority, host)
	for _, alias := range []string{"localhost", "127.0.0.1", "[::1]"} {
		if httpcheck.IsLoopback(strings.Trim(host, "[]")) && alias != host {
			at("host", u.Scheme, alias+suffix,
				"it was signed for %s, and arrived at %s: "+
					"both are this machine, but the name that is called must be signed", alias, terminal.Line(host))
		}
	}
	forwarded := cmp.Or(g.c.firstHeader("x-forwarded-proto"), u.Scheme)
	for _, name := range []string{"x-forwarded-host", "host"} {
		for _, scheme := range []string{u.Scheme, forwarded} {
			if value := strings.ToLower(g.c.firstHeader(name)); value != "" {
				at("host", scheme, value,
					"it was signed for the host that its %s header names, and arrived at another: "+
						"is there a proxy in between?", name)
			}
		}
	}
}
