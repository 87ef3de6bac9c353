package main

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/examples/internal/site/sitetest"
)

// TestCommand: the program says where its page is, serves it, and ends when it is told to.
func TestCommand(t *testing.T) {
	t.Parallel()
	sitetest.Command(t, run, "<h1>Get your payout</h1>")
}

// TestConfiguration: all that is wrong is said.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args, environ, says []string
	}{
		"a flag that is none": {args: []string{"-nonsense"}, says: []string{"not defined"}},
		"no URL":              {args: []string{"-listen", "127.0.0.1:0", "-public", "here"}, says: []string{"-public"}},
		"no address":          {args: []string{"-listen", "here"}, says: []string{"missing port in address"}},
		"a misspelt variable": {environ: []string{"ECOMMPAY_TYPO=1"}, says: []string{"ECOMMPAY_TYPO is none of ECOMMPAY_BASE_URL, ECOMMPAY_PAGE_URL, "}},
		"a project without its key": {
			environ: []string{"ECOMMPAY_PROJECT_ID=91348", "ECOMMPAY_SECRET_KEY="},
			says:    []string{"ECOMMPAY_SECRET_KEY is empty"},
		},
		"an address alone": {
			environ: []string{"ECOMMPAY_BASE_URL=https://api.ecommpay.com"},
			says:    []string{"ECOMMPAY_PROJECT_ID is required", "ECOMMPAY_SECRET_KEY is empty"},
		},
		"everything": {
			environ: []string{"ECOMMPAY_PROJECT_ID=many", "ECOMMPAY_SECRET_KEY= blank", "ECOMMPAY_BASE_URL=http://api.example", "ECOMMPAY_PAGE_URL=page"},
			says: []string{
				"ECOMMPAY_PROJECT_ID is required: a positive number", "ECOMMPAY_SECRET_KEY begins with U+0020 (space)", "ECOMMPAY_BASE_URL is not https",
				"ECOMMPAY_PAGE_URL is not an absolute URL",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), test.args, test.environ, io.Discard, io.Discard)
			for _, says := range test.says {
				require.ErrorContains(t, err, says)
			}
		})
	}
	project, err := fromEnv([]string{"ECOMMPAY_PROJECT_ID=91348", "ECOMMPAY_SECRET_KEY=secret"})
	require.NoError(t, err)
	require.Nil(t, project.fake)
	require.Equal(t, "ecommpay.Client(https://api.ecommpay.com, project 91348)", project.name)
}
