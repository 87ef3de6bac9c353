package singlesend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// ProxyError says which proxy opened no connection to the gateway, and why. It keeps an operator from looking for the
// fault at the gateway. Nothing was sent. Its text has no user name, no password and nothing that the proxy said.
type ProxyError struct {
	Host       string // the proxy's host and port, without user information
	StatusCode int    // of its answer to CONNECT, or 0

	text string
	err  error // the cause, unless its text may hold what the proxy said
}

func (e *ProxyError) Error() string { return "the proxy " + e.Host + " " + e.text }

// Unwrap returns the cause.
func (e *ProxyError) Unwrap() error { return e.err }

// Showing is a mask that shows the name of the proxy in err, if there is one, even if it looks like an account.
func Showing(err error, mask masking.Masker) masking.Masker {
	var named *ProxyError
	if !errors.As(err, &named) {
		return mask
	}
	return mask.With(named.Host, (&url.URL{Host: named.Host}).Hostname())
}

var errNoProxy = errors.New("no proxy could be chosen: check the URL in HTTPS_PROXY, or the transport's Proxy function")

// httpVersion begins every answer to CONNECT.
const httpVersion = "HTTP/1."

// isTLS reports whether bytes begin a TLS record with an alert or a handshake message.
func isTLS(first []byte) bool {
	const alert, handshake, version = 0x15, 0x16, 3
	return len(first) > 1 && (first[0] == alert || first[0] == handshake) && first[1] == version
}

// hostOf is a proxy's host and port. In a URL that was built by hand they may contain the user information. With an
// unescaped / or # in the password, the URL's host is a part of the password.
func hostOf(proxy *url.URL) string {
	if isSplitInPassword(proxy) {
		return "[its URL has a password that is not escaped]"
	}
	return proxy.Host[strings.LastIndexByte(proxy.Host, '@')+1:]
}

func isSplitInPassword(proxy *url.URL) bool {
	return strings.Contains(proxy.Path+proxy.RawQuery+proxy.Fragment, "@")
}

// withoutSecrets removes the user name and the password of a proxy from an error's text, in every form of a URL.
func withoutSecrets(proxy *url.URL, err error) string {
	var secrets []string
	add := func(userinfo string) {
		name, password, _ := strings.Cut(userinfo, ":")
		secrets = append(secrets, userinfo, name, password)
	}
	if proxy.User != nil {
		password, _ := proxy.User.Password()
		add(proxy.User.Username() + ":" + password)
		add(proxy.User.String())
	}
	if at := strings.LastIndexByte(proxy.Host, '@'); at >= 0 {
		add(proxy.Host[:at])
		add(strings.ReplaceAll(proxy.Host[:at], "@", "%40"))
	}
	if isSplitInPassword(proxy) {
		add(proxy.Host)
		secrets = append(secrets, strings.TrimPrefix(proxy.String(), proxy.Scheme+"://"),
			proxy.Path, proxy.RawQuery, proxy.Fragment)
	}
	return masking.Masker{Secrets: secrets}.Hide(err.Error())
}

// followed makes a transport report the progress of a request to the gateway to the request's route.
func followed(t *http.Transport) *http.Transport {
	choose, header, answered, dial := t.Proxy, t.GetProxyConnectHeader, t.OnProxyConnectResponse, dialerOf(t)
	t.Proxy = func(req *http.Request) (*url.URL, error) {
		var proxy *url.URL
		if choose != nil {
			var err error
			if proxy, err = choose(req); err != nil {
				return nil, errNoProxy // it may quote the URL, with the password
			}
		}
		routeOf(req.Context()).begin(proxy)
		return proxy, nil
	}
	fixed := t.ProxyConnectHeader
	t.GetProxyConnectHeader = func(ctx context.Context, proxy *url.URL, target string) (http.Header, error) {
		routeOf(ctx).reach(asking)
		if header == nil {
			return fixed, nil
		}
		own, err := header(ctx, proxy, target)
		if err != nil {
			err = callersError(proxy, "was not asked: GetProxyConnectHeader failed: ", err)
		}
		return own, err
	}
	t.OnProxyConnectResponse = func(ctx context.Context, proxy *url.URL, req *http.Request, resp *http.Response) error {
		if answered != nil {
			if err := answered(ctx, proxy, req, resp); err != nil {
				text := fmt.Sprintf("answered CONNECT with %d, and OnProxyConnectResponse refused it: ",
					resp.StatusCode)
				return callersError(proxy, text, err)
			}
		}
		if resp.StatusCode != http.StatusOK {
			return refusedConnect(proxy, resp.StatusCode)
		}
		routeOf(ctx).reach(tunnelled)
		return nil
	}
	t.ForceAttemptHTTP2 = t.ForceAttemptHTTP2 || attemptsHTTP2(t)
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		routeOf(ctx).reach(dialing)
		conn, err := dial(ctx, network, address)
		if err != nil || conn == nil {
			return conn, err
		}
		return routeOf(ctx).dialled(conn), nil
	}
	followTLS(t)
	return t
}

func refusedConnect(proxy *url.URL, status int) error {
	text := fmt.Sprintf("answered CONNECT with %d", status)
	if status == http.StatusProxyAuthRequired {
		text += ": it wants a user name and a password"
	}
	return &ProxyError{Host: hostOf(proxy), StatusCode: status, text: text}
}

// callersError names the proxy in an error of one of the caller's hooks.
func callersError(proxy *url.URL, text string, err error) error {
	return &ProxyError{Host: hostOf(proxy), text: text + withoutSecrets(proxy, err), err: err}
}

// headerLimit is the largest header that net/http reads.
func headerLimit(t *http.Transport) int64 {
	if t.MaxResponseHeaderBytes > 0 {
		return t.MaxResponseHeaderBytes
	}
	return 10 << 20
}
