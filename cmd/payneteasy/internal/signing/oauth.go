package signing

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// This file derives again what package payneteasy signs, to show it. Request.Sign checks the result against the
// signature, so the two cannot differ unnoticed.

// Parameter is a signed parameter, and where it comes from.
type Parameter struct{ Name, Value, From string }

// ParseForm reads name=value pairs of a query or a body. It keeps the order, and empty and repeated parameters (RFC
// 5849 section 3.4.1.3.1).
func ParseForm(encoded, from string) ([]Parameter, error) {
	var parameters []Parameter
	for piece := range strings.SplitSeq(encoded, "&") {
		if piece == "" {
			continue
		}
		name, value, _ := strings.Cut(piece, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errName != nil || errValue != nil {
			return nil, errors.New("the " + from + " has a % that is not followed by two hex digits: encode it as %25")
		}
		parameters = append(parameters, Parameter{name, value, from})
	}
	return parameters, nil
}

// Encode is the percent-encoding of RFC 5849 section 3.6.
func Encode(s string) string { return escape(s, "-._~", "%20", upperHex) }

const (
	upperHex = "0123456789ABCDEF"
	lowerHex = "0123456789abcdef"
)

// escape is a percent-encoding that keeps letters, digits and the characters in alone.
func escape(s, alone, blank, digits string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == ' ':
			b.WriteString(blank)
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(alone, c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// sorted orders parameters by encoded name, then by encoded value (RFC 5849 section 3.4.1.3.2).
func sorted(parameters []Parameter) []Parameter {
	return slices.SortedFunc(slices.Values(parameters), func(a, b Parameter) int {
		return cmp.Or(
			strings.Compare(Encode(a.Name), Encode(b.Name)),
			strings.Compare(Encode(a.Value), Encode(b.Value)),
		)
	})
}

func normalize(parameters []Parameter) string { return Joined(sorted(parameters)) }

// Joined returns parameters as a query or a body, in their order.
func Joined(parameters []Parameter) string {
	var pairs []string
	for _, p := range parameters {
		pairs = append(pairs, Encode(p.Name)+"="+Encode(p.Value))
	}
	return strings.Join(pairs, "&")
}

// baseURI is the base string URI of RFC 5849 section 3.4.1.2.
func baseURI(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch port := u.Port(); {
	case u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80", port == "":
		host = strings.TrimSuffix(host, ":"+port)
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return u.Scheme + "://" + host + path
}

func baseString(method string, u *url.URL, normalized string) string {
	return strings.ToUpper(method) + "&" + Encode(baseURI(u)) + "&" + Encode(normalized)
}

// parseAuthorization splits an Authorization header (RFC 5849 section 3.5.1).
func parseAuthorization(header string) (map[string]string, error) {
	list, faults := authorizationFields(header)
	if len(faults) > 0 {
		return nil, errors.New("the Authorization header " + faults[0])
	}
	fields := map[string]string{}
	for _, field := range list {
		fields[field.Name] = field.Value
	}
	return fields, nil
}

// authorizationFields returns the fields of an Authorization header as they came, and what is wrong with its form.
func authorizationFields(header string) (fields []Parameter, faults []string) {
	scheme, list, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "OAuth") {
		return nil, []string{"does not begin with OAuth"}
	}
	seen := map[string]bool{}
	for field := range strings.SplitSeq(list, ",") {
		name, quoted, isPair := strings.Cut(strings.TrimSpace(field), "=")
		if !isPair || name == "" {
			faults = append(faults, `has a part that is not name="value"`)
			continue
		}
		if len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
			faults = append(faults, "has a value that is not between quotes")
		}
		text := strings.Trim(quoted, `"`)
		value, err := url.PathUnescape(text)
		if err != nil {
			value = text
			faults = append(faults, "has a broken escape")
		}
		if seen[name] {
			faults = append(faults, "has a duplicate parameter")
		}
		seen[name] = true
		fields = append(fields, Parameter{name, value, "header"})
	}
	return fields, faults
}
