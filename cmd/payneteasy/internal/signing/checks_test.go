package signing

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	got := newSample(t).verified(t)
	require.True(t, got.Valid)
	require.Empty(t, got.Mistake)
	require.Equal(t, sampleBase, got.BaseString)
	for _, c := range got.Checks {
		require.True(t, c.OK, c)
	}
}

// TestVerifyChecks checks requests with a valid signature and other faults.
func TestVerifyChecks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, Check, says string
		change            func(*sample)
		at                int64
	}{
		{
			"late", "oauth_timestamp",
			"2023-03-03T08:10:12Z, 1h0m0s before 2023-03-03T09:10:12Z; what the gateway tolerates is not documented",
			nil, 1677834612,
		},
		{"early", "oauth_timestamp", "11 days and 13h46m39s after", nil, 1676831013},
		{"milliseconds", "oauth_timestamp", "milliseconds", both("1677831012", "1677831012000"), 1677831072},
		{"words", "oauth_timestamp", "not a number", both("1677831012", "now"), 1677831072},
		{
			"no nonce", "oauth_parameters", "oauth_nonce",
			both(`oauth_nonce="n"`, `oauth_nonce=""`, "oauth_nonce%3Dn", "oauth_nonce%3D"), 1677831072,
		},
		{
			"no version", "oauth_parameters", "oauth_version",
			both(`, oauth_version="1.0"`, "", "oauth_version%3D1.0%26", ""), 1677831072,
		},
		{
			"another version", "oauth_version", "it is 2.0", both(`"1.0"`, `"2.0"`, "version%3D1.0", "version%3D2.0"),
			1677831072,
		},
		{"another method", "oauth_signature_method", "RSA-SHA1", both("RSA-SHA256", "RSA-SHA1"), 1677831072},
		{"no quotes", "authorization", "not between quotes", both(`"TestMerchant"`, "TestMerchant"), 1677831072},
		{"no type", "content_type", "text/plain", func(s *sample) {
			s.headers = []string{"Content-Type: text/plain"}
			s.base = reorder(s.base,
				"note oauth_consumer_key oauth_nonce oauth_signature_method oauth_timestamp oauth_version")
		}, 1677831072},
		{"repeated", "repeated_parameters", "a, amount", func(s *sample) {
			s.body += "&a=1&amount=10.42"
			s.base = strings.NewReplacer("a%3D1%26", "a%3D1%26a%3D1%26", "amount%3D10.42",
				"amount%3D10.42%26amount%3D10.42").Replace(s.base)
		}, 1677831072},
		{
			"a body that is cut", "content_length", "cut",
			func(s *sample) { s.headers = []string{"Content-Length: 9999"} }, 1677831072,
		},
		{"a body that goes on", "content_length", "no further", func(s *sample) {
			s.headers = []string{"Content-Length: " + strconv.Itoa(len(s.body))}
			s.body += "&x=1"
		}, 1677831072},
		{"a percent", "encoding", "two hex digits", func(s *sample) {
			s.body += "&z=100%"
			s.base += "%26z%3D100%2525"
		}, 1677831072},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSample(t)
			if test.change != nil {
				test.change(s)
			}
			got := s.verifiedAt(t, test.at)
			require.True(t, got.Valid)
			i := slices.IndexFunc(got.Checks, func(c Check) bool { return c.Name == test.Check })
			require.GreaterOrEqual(t, i, 0)
			require.False(t, got.Checks[i].OK)
			require.Contains(t, got.Checks[i].Detail, test.says)
		})
	}
}
