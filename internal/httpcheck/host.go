// Package httpcheck answers questions about a host, an http.Client and a header that both ends of HTTP ask.
package httpcheck

import (
	"net/http"
	"net/netip"
	"strings"
)

// IsLoopback reports whether a host, without its port, is this machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// SkipsVerification reports whether a client does not verify the certificates of servers.
func SkipsVerification(client *http.Client) bool {
	if client == nil {
		return false
	}
	t, ok := client.Transport.(*http.Transport)
	return ok && t != nil && t.TLSClientConfig != nil && t.TLSClientConfig.InsecureSkipVerify
}
