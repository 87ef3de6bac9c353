package payneteasytest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the protocol's own checksum
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// This file shares no code with the SDK. A mistake in the SDK's signing must not be repeated in this verification.

// The header of RFC 5849 section 3.5.1, with nothing else in it.
var (
	headerParameter = regexp.MustCompile(`(\w+)="([^"]*)"`)
	wholeHeader     = regexp.MustCompile(`^OAuth \w+="[^"]*"(?:, *\w+="[^"]*")*$`)
	protocolNames   = map[string]bool{
		"realm": true, "oauth_consumer_key": true, "oauth_nonce": true, "oauth_signature": true,
		"oauth_signature_method": true, "oauth_timestamp": true, "oauth_version": true,
	}
)

// authentic reports whether the merchant has signed the request, in time, with a new nonce. The caller holds the lock.
// As at the real gateway, the merchant does not learn what was wrong.
func (g *Gateway) authentic(r *http.Request, x *exchange) bool {
	headers := r.Header["Authorization"]
	if len(headers) != 1 || !wholeHeader.MatchString(headers[0]) {
		return false
	}
	for name := range x.form {
		if strings.HasPrefix(name, "oauth_") {
			return false
		}
	}
	oauth := map[string]string{}
	for _, match := range headerParameter.FindAllStringSubmatch(headers[0], -1) {
		value, err := url.PathUnescape(match[2])
		if err != nil || oauth[match[1]] != "" || !protocolNames[match[1]] {
			return false
		}
		oauth[match[1]] = value
	}
	if !g.inTime(oauth) {
		return false
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(oauth["oauth_signature"])
	if err != nil || strings.ContainsAny(oauth["oauth_signature"], "\r\n") {
		return false
	}
	digest := sha256.Sum256([]byte(x.signedText(r.Method, oauth)))
	if rsa.VerifyPKCS1v15(g.settings.merchantKey, crypto.SHA256, digest[:], signature) != nil {
		return false
	}
	g.nonces[oauth["oauth_nonce"]] = true
	return true
}

// inTime reports whether the request has the right login, method and version, a recent timestamp, and a new nonce.
func (g *Gateway) inTime(oauth map[string]string) bool {
	seconds, err := strconv.ParseInt(oauth["oauth_timestamp"], 10, 64)
	if err != nil {
		return false
	}
	age := time.Since(time.Unix(seconds, 0)).Abs()
	nonce := oauth["oauth_nonce"]
	return oauth["oauth_consumer_key"] == Login && oauth["oauth_signature_method"] == "RSA-SHA256" &&
		oauth["oauth_version"] == "1.0" &&
		age <= g.settings.clockWindow && nonce != "" && !g.nonces[nonce]
}

// signedText is the signature base string of the request that arrived.
func (x *exchange) signedText(method string, oauth map[string]string) string {
	type pair struct{ name, value string }
	var pairs []pair
	for name, values := range x.form {
		for _, value := range values {
			pairs = append(pairs, pair{percent(name), percent(value)})
		}
	}
	for name, value := range oauth {
		if name != "oauth_signature" && name != "realm" { // RFC 5849 section 3.4.1.3.1
			pairs = append(pairs, pair{percent(name), percent(value)})
		}
	}
	sort.Slice(pairs, func(i, j int) bool {
		if pairs[i].name != pairs[j].name {
			return pairs[i].name < pairs[j].name
		}
		return pairs[i].value < pairs[j].value
	})
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		texts[i] = p.name + "=" + p.value
	}
	return method + "&" + percent(x.url) + "&" + percent(strings.Join(texts, "&"))
}

// percent encodes everything except the unreserved characters of RFC 3986.
func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("-._~", rune(c)):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// checksum is the SHA-1 control of status requests and callbacks.
func checksum(values ...string) string {
	h := sha1.New() //nolint:gosec // the protocol's own checksum
	for _, value := range append(values, ControlKey) {
		h.Write([]byte(value))
	}
	return hex.EncodeToString(h.Sum(nil))
}
