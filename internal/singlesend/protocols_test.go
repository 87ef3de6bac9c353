package singlesend

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProtocolListIsNotShared: net/http appends to the list of ALPN protocols of each transport when that is first
// used, which is a data race if two of them share the memory behind it.
func TestProtocolListIsNotShared(t *testing.T) {
	http2 := new(http.Protocols)
	http2.SetHTTP2(true)
	base := &http.Transport{Protocols: http2, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	transport := New(&http.Client{Transport: base}, 0)
	for _, rt := range []http.RoundTripper{transport.reads, transport.fresh(), transport.fresh()} {
		list := rt.(*http.Transport).TLSClientConfig.NextProtos
		require.Equal(t, []string{"h2"}, list)
		require.Equal(t, len(list), cap(list), "what is appended goes to memory of its own")
	}
}
