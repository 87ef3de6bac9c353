package main

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// verifyCallback verifies a callback of order 12 that has the given control.
func verifyCallback(t *testing.T, given string, args ...string) (got signing.CallbackVerdict, r result) {
	t.Helper()
	form := url.Values{"status": {"approved"}, "orderid": {"12"}, "client_orderid": {"a b"}, "control": {given}}
	r = call(t, append([]string{"PAYNETEASY_LOGIN=L"}, keyed...), "",
		append([]string{"callback", "verify", "-o", "json", "?" + form.Encode()}, args...)...)
	decode(t, r, &got)
	requireStatus(t, r, got.Valid)
	return got, r
}

// TestControlMistakes checks that each known mistake has its code, and that the correct control is never shown.
func TestControlMistakes(t *testing.T) {
	t.Parallel()
	const key = payneteasytest.ControlKey
	sum := func(parts ...string) string {
		s := sha1.Sum([]byte(strings.Join(parts, "")))
		return hex.EncodeToString(s[:])
	}
	right := sum("approved", "12", "a b", key)
	long := sha256.Sum256([]byte("approved12a b" + key))
	short := md5.Sum([]byte("approved12a b" + key))
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte("approved12a b"))
	for _, test := range []struct{ name, given, code, says string }{
		{"right", right, "", ""},
		{"right, in capitals", strings.ToUpper(right), "", ""},
		{"none", "", "no_control", ""},
		{"SHA-256", hex.EncodeToString(long[:]), "hash", "SHA-1"},
		{"MD5", hex.EncodeToString(short[:]), "hash", "SHA-1"},
		{"HMAC", hex.EncodeToString(mac.Sum(nil)), "hmac", "plain SHA-1"},
		{"without key", sum("approved12a b"), "no_key", "anyone"},
		{"a line break", sum("approved12a b", key, "\n"), "key_text", "a line break behind the key"},
		{"quotes", sum("approved12a b", `"`, key, `"`), "key_text", "between quotes"},
		{"of a status request", sum("L", "a b", "12", key), "status_control", "status request"},
		{"another order", sum("approved", "a b", "12", key), "order", "status, orderid, client_orderid, key"},
		{"the key first", sum(key, "approved", "12", "a b"), "order", ""},
		{"without orderid", sum("approved", "a b", key), "parameter_left_out", "without orderid"},
		{"separators", sum("approved|12|a b|", key), "separator", "use none"},
		{"separators except for the key", sum("approved:12:a b", key), "separator", "use none"},
		{"encoded", sum("approved12a%20b", key), "values_encoded", "plain"},
		{"capitals", sum("APPROVED12A B", key), "values_case", "capitals"},
		{"another form", "abc", "control_format", "40 hex digits"},
		{"another key", sum("approved12a b", "other"), "nothing_fits", "cannot be seen here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, r := verifyCallback(t, test.given)
			require.Equal(t, test.code, got.Mistake, r.stdout)
			require.Equal(t, test.code == "", got.Valid)
			require.Contains(t, got.Explanation, test.says)
			require.NotContains(t, r.stdout+r.stderr, key)
			if !got.Valid {
				require.NotContains(t, strings.ToLower(r.stdout+r.stderr), right)
			}
		})
	}
	got, _ := verifyCallback(t, " "+right)
	require.Equal(t, "control_blanks", got.Mistake)
	got, _ = verifyCallback(t, right, "--data", "status=declined") // the body has a status too
	require.Equal(t, "malformed", got.Mistake)
	require.Equal(t, "status came twice with different values", got.Explanation)
}
