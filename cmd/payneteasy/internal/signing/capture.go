package signing

import (
	"errors"
	"io"
	"mime"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
)

// Captured is a request as it arrived.
type Captured struct {
	method  string
	url     *url.URL
	guessed bool        // whether the scheme was not given
	headers []Parameter // names in lower case
	body    string
	checks  checks
}

// NewCaptured makes a request from its parts, without a body. A header is a line "Name: value".
func NewCaptured(method, address string, headers []string, authorization string) (*Captured, error) {
	c := &Captured{method: method}
	var err error
	if c.url, err = ParseAbsoluteURL(address); err != nil {
		return nil, err
	}
	for _, header := range headers {
		if err := c.addHeader(header); err != nil {
			return nil, err
		}
	}
	if authorization != "" {
		c.headers = append(c.headers, Parameter{"authorization", strings.TrimSpace(authorization), "header"})
	}
	return c, nil
}

// SetForm sets the body. Without a Content-Type it counts as a form, because parameters do not say how they were sent.
func (c *Captured) SetForm(body string) {
	if c.body = body; len(c.header("content-type")) == 0 {
		c.headers = append(c.headers, Parameter{"content-type", FormType, "header"})
	}
}

// ReadRaw reads a raw request. If address is empty, the URL is made of scheme and the host in the request.
func ReadRaw(raw, address, scheme string) (*Captured, error) {
	c, target, err := parseRaw(raw)
	if err == nil && address == "" {
		address, err = c.address(target, scheme)
	}
	if err == nil {
		c.url, err = ParseAbsoluteURL(address)
	}
	return c, err
}

// header returns all values of a header.
func (c *Captured) header(name string) (values []string) {
	for _, h := range c.headers {
		if h.Name == name {
			values = append(values, h.Value)
		}
	}
	return values
}

func (c *Captured) firstHeader(name string) string {
	if values := c.header(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// addHeader takes a line "Name: value".
func (c *Captured) addHeader(text string) error {
	name, value, found := strings.Cut(text, ":")
	if !found || name == "" || strings.ContainsAny(name, " \t") {
		return errors.New("a header has no colon: write it as Name: value")
	}
	c.headers = append(c.headers, Parameter{strings.ToLower(name), strings.TrimSpace(value), "header"})
	return nil
}

// errNotRaw shows no part of the file, because that may be anything, even a key.
var errNotRaw = errors.New(
	"this is not a raw request: its first line is METHOD PATH HTTP/1.1, then headers, a blank line, and the body")

// parseRaw reads a raw request of any version of HTTP, with CR LF or LF. It also accepts the "> " that curl -v writes
// before each line.
func parseRaw(raw string) (c *Captured, target string, err error) {
	raw = strings.TrimLeft(raw, "\ufeff\r\n")
	head, body := raw, ""
	for _, blank := range []string{"\r\n\r\n", "\n\n", "\n> \n", "\n> \r\n", "\n>\n", "\n>\r\n"} {
		if before, after, found := strings.Cut(raw, blank); found && len(before) < len(head) {
			head, body = before, after
		}
	}
	c = &Captured{body: body}
	for i, text := range strings.Split(head, "\n") {
		text = strings.TrimSuffix(strings.TrimPrefix(text, "> "), "\r")
		if i == 0 {
			words := strings.Fields(text)
			if len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/") {
				return nil, "", errNotRaw
			}
			c.method, target = words[0], words[1]
			continue
		}
		if last := len(c.headers) - 1; last >= 0 && strings.TrimLeft(text, " \t") != text { // a folded header
			c.headers[last].Value += " " + strings.TrimSpace(text)
			continue
		}
		if text == "" {
			continue
		}
		if c.addHeader(text) != nil {
			return nil, "", errNotRaw
		}
	}
	c.cutBody()
	return c, target, nil
}

// cutBody ends the body where the request says. An editor may have added something to the end of the file.
func (c *Captured) cutBody() {
	if strings.EqualFold(c.firstHeader("transfer-encoding"), "chunked") {
		if whole, err := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(c.body))); err == nil {
			c.body = string(whole)
			return
		}
	}
	length, err := strconv.Atoi(c.firstHeader("content-length"))
	switch rest := len(c.body) - length; {
	case err != nil || length < 0:
		c.body = strings.TrimSuffix(strings.TrimSuffix(c.body, "\n"), "\r")
	case rest < 0:
		c.checks.add("content_length", false,
			"the body has %d bytes, and Content-Length says %d: the capture is cut, or the request was",
			len(c.body), length)
	case strings.Trim(c.body[length:], "\r\n") != "":
		c.checks.add("content_length", false,
			"the body has %d bytes, and Content-Length says %d: a server reads no further", len(c.body), length)
		c.body = c.body[:length]
	default:
		c.body = c.body[:length]
	}
}

// address returns the URL of a raw request, which has path and host but no scheme.
func (c *Captured) address(target, scheme string) (string, error) {
	if !strings.HasPrefix(target, "/") {
		return target, nil
	}
	host := c.firstHeader("host")
	if host == "" {
		return "", errors.New("the request has no Host header: give --url")
	}
	if scheme == "" {
		c.guessed, scheme = true, "https"
		if name, _, _ := strings.Cut(host, ":"); httpcheck.IsLoopback(name) {
			scheme = "http"
		}
	}
	return scheme + "://" + host + target, nil
}

// isForm reports whether the body is signed (RFC 5849 section 3.4.1.3.1), and whether its type says so.
func (c *Captured) isForm() (form, told bool) {
	text := c.firstHeader("content-type")
	media, _, _ := mime.ParseMediaType(text)
	return text == "" || media == FormType, text != ""
}

// FormType is the media type of a form, whose body is signed.
const FormType = "application/x-www-form-urlencoded"

// read splits the request into the signed parts, the signature, and the rest.
func (c *Captured) read() (d derivation, signature string) {
	d = derivation{method: strings.ToUpper(c.method), uri: baseURI(c.url)}
	query, broken := ParseLoosely(c.url.RawQuery, "query")
	d.parameters = query
	if form, _ := c.isForm(); form {
		body, bodyBroken := ParseLoosely(c.body, "body")
		d.parameters, broken = append(d.parameters, body...), broken || bodyBroken
	}
	if broken {
		c.checks.add("encoding", false,
			"there is a %% that is not followed by two hex digits: a gateway may refuse it, or read something else")
	}
	fields, faults := authorizationFields(c.firstHeader("authorization"))
	c.checkAuthorization(len(c.header("authorization")), faults)
	d.parameters = append(d.parameters, fields...)
	d.parameters = slices.DeleteFunc(d.parameters, func(p Parameter) bool {
		if p.Name == "oauth_signature" && (p.From == "header" || len(fields) == 0) && signature == "" {
			signature = p.Value
			return true
		}
		return p.Name == "realm" && p.From == "header"
	})
	return d, signature
}

// ParseLoosely is ParseForm for text that is not encoded correctly. It keeps such text as it came.
func ParseLoosely(encoded, from string) (parameters []Parameter, broken bool) {
	for piece := range strings.SplitSeq(encoded, "&") {
		some, err := ParseForm(piece, from)
		if err != nil {
			name, value, _ := strings.Cut(piece, "=")
			some, broken = []Parameter{{name, value, from}}, true
		}
		parameters = append(parameters, some...)
	}
	return parameters, broken
}
