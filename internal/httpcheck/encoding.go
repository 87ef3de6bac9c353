package httpcheck

import (
	"net/http"
	"strings"
)

// Encoding is the Content-Encoding of a compressed body, or nothing. identity means that the body is not compressed
// (RFC 9110, section 8.4.1).
func Encoding(header http.Header) string {
	all := strings.Join(header.Values("Content-Encoding"), ", ")
	for coding := range strings.SplitSeq(all, ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
			return all
		}
	}
	return ""
}
