package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestREADME runs the tool's commands in the project's README on the file in the README. It also reads the profile in
// the README.
func TestREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, chapter, found := strings.Cut(string(readme), "\n## The command-line tool\n")
	require.True(t, found)
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	block := func(kind string) string {
		match := regexp.MustCompile("(?s)```"+kind+"\n(.*?)```").FindAllStringSubmatch(chapter, -1)
		require.NotEmpty(t, match, kind)
		return match[len(match)-1][1]
	}

	gateway := payneteasytest.NewGateway(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "payouts.csv")
	require.NoError(t, os.WriteFile(file, []byte(block("csv")), 0o600))
	environ := append(environ(t, gateway), "PAYNETEASY_STATE_DIR="+dir)
	var statuses []int
	for command := range strings.Lines(block("sh")) {
		words := strings.Fields(strings.Replace(command, "payouts.csv", file+" --yes", 1))
		require.Equal(t, "payneteasy", words[0])
		var out strings.Builder
		tool := newTool(environ, strings.NewReader(""), &out, &out)
		tool.ChangeConfig = func(
			c *payneteasy.Config,
		) {
			c.HTTPClient, c.Wait = gateway.HTTPClient(), gateway.Config().Wait
		}
		statuses = append(statuses, tool.run(t.Context(), words[1:]))
		t.Log(out.String())
	}
	require.Equal(t, []int{exit.Done, exit.Done, exit.Rejected}, statuses, "the second line of the file is declined")

	config := filepath.Join(dir, "config.toml")
	require.NoError(t, os.WriteFile(config, []byte(block("toml")), 0o600))
	r := call(t, nil, "", "config", "list", "--config", config)
	require.Zero(t, r.status, r)
	require.Contains(t, r.stdout, "https://sandbox.connpay.com/paynet")
}
