package main

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConfiguration checks that the faults of the variables are reported, with exit status 2.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		env  map[string]string
		says []string
	}{
		{map[string]string{"ECOMMPAY_PROJECT_ID": "91348"}, []string{"SecretKey is empty"}},
		{map[string]string{"ECOMMPAY_BASE_URL": "https://api.ecommpay.com"}, []string{"set ECOMMPAY_PROJECT_ID"}},
		{
			map[string]string{"ECOMMPAY_PROJECT_ID": "many", "ECOMMPAY_SECRET_KEY": "key"},
			[]string{"set ECOMMPAY_PROJECT_ID"},
		},
		{
			map[string]string{
				"ECOMMPAY_PROJECT_ID": "0", "ECOMMPAY_SECRET_KEY": " blank", "ECOMMPAY_BASE_URL": "http://api.example",
				"ECOMMPAY_PAGE_URL": "page",
			},
			[]string{
				"ProjectID is required", "SecretKey begins with U+0020 (space)", "BaseURL is not https",
				"PageURL is not an absolute URL",
			},
		},
	} {
		var errors bytes.Buffer
		require.Equal(t, 2,
			run(t.Context(), nil, func(name string) string { return test.env[name] }, io.Discard, &errors))
		for _, says := range test.says {
			require.Contains(t, errors.String(), says)
		}
	}
	config, fake, err := configure(func(name string) string {
		return map[string]string{"ECOMMPAY_PROJECT_ID": "91348", "ECOMMPAY_SECRET_KEY": "secret"}[name]
	})
	require.NoError(t, err)
	require.Nil(t, fake)
	require.EqualValues(t, 91348, config.ProjectID)
}
