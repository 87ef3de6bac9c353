package httpcheck

import (
	"net/http"
	"strings"
)

// Encoding is the Content-Encoding of a body that is compressed, or nothing. identity means that it is not (RFC 9110,
// 8.4.1).
func Encoding(header http.Header) string {
	all := strings.Join(header.Values("Content-Encoding"), ", ")
	for coding := range strings.SplitSeq(all, ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
			return all
		}
	}
	return ""
}
