package payneteasy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWordsOfDecisions checks that decisions and causes are explained with the same words in this package, in
// internal/order and in docs/decisions.md.
func TestWordsOfDecisions(t *testing.T) {
	t.Parallel()
	words := func(kind, path string) map[string]string {
		line := regexp.MustCompile(`(?m)^\t\w+ +` + kind + ` += "([a-z ]+)" *(?:// (.*))?$`)
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		found := map[string]string{}
		for _, match := range line.FindAllStringSubmatch(string(source), -1) {
			found[match[1]] = match[2]
		}
		return found
	}
	const rules = "internal/order/order.go"
	for kind, path := range map[string]string{
		"Decision": "decision.go", "Cause": "decision.go",
	} {
		require.NotEmpty(t, words(kind, path), kind)
		require.Equal(t, words(kind, rules), words(kind, path), kind)
	}
	page, err := os.ReadFile("docs/decisions.md")
	require.NoError(t, err)
	text := strings.ReplaceAll(string(page), "`", "")
	for _, kind := range []string{"Decision", "Cause"} {
		for word, meaning := range words(kind, rules) {
			row := regexp.MustCompile(`(?m)^\| ` + kind + `\w+ \| ` + regexp.QuoteMeta(meaning) + `[ :;]`)
			require.Regexp(t, row, text, word)
		}
	}
}
