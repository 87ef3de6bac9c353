package signing

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRawForms reads a request that was captured in different forms.
func TestRawForms(t *testing.T) {
	t.Parallel()
	raw := newSample(t).raw(t)
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	for name, text := range map[string]string{
		"a line break at the end": raw + "\n",
		"LF":                      strings.ReplaceAll(raw, "\r\n", "\n"),
		"HTTP/2":                  strings.Replace(raw, "HTTP/1.1", "HTTP/2", 1),
		"a BOM":                   "\ufeff\r\n" + raw,
		"curl -v":                 "> " + strings.ReplaceAll(head, "\r\n", "\n> ") + "\n> \n" + body,
		"a folded header":         strings.Replace(raw, ", oauth_nonce", ",\r\n  oauth_nonce", 1),
		"chunked": head + "\r\nTransfer-Encoding: chunked\r\n\r\n" +
			hex.EncodeToString([]byte{byte(len(body))}) + "\r\n" + body + "\r\n0\r\n\r\n",
		"an absolute URL": strings.Replace(raw, "POST /", "POST https://sandbox.example/", 1),
	} {
		c, err := ReadRaw(text, "", "")
		require.NoError(t, err, name)
		require.True(t, c.Verify(&merchantKey(t).PublicKey, time.Unix(1677831072, 0), false).Valid, name)
	}
}
