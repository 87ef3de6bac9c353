package payneteasytest

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// origin is the address at which a gateway is served.
type origin struct {
	given  string // as given, without a slash at its end
	signed string // as signed, RFC 5849 section 3.4.1.2: lower case, without the scheme's own port
	path   string // of the URL, decoded: the proxy that serves the gateway under it may remove it or not
}

// parseOrigin takes an origin such as "https://gate.example". It also takes the base URL, which ends with the context
// path.
func parseOrigin(text string) (origin, error) {
	given := strings.TrimRight(strings.TrimSuffix(strings.TrimRight(text, "/"), basePath), "/")
	u, err := url.Parse(given)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" ||
		u.User != nil || strings.ContainsAny(given, "?#") {
		return origin{}, errors.New(
			"the gateway's origin must be a scheme and a host: write https://gate.example or http://127.0.0.1:8085")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Host), map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	return origin{
		given: given, path: u.Path,
		signed: u.Scheme + "://" + strings.TrimSuffix(host, ":") + u.EscapedPath(),
	}, nil
}

// strip removes the origin's path from requests that still have it.
func (o origin) strip(handler http.Handler) http.Handler {
	stripped := http.StripPrefix(o.path, handler)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.path != "" && strings.HasPrefix(r.URL.Path, o.path+"/") {
			stripped.ServeHTTP(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	})
}
