package main

import (
	"bytes"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestConfiguration checks that a fault in the flags or variables is reported in one line, with exit status 2.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(key, payneteasytest.MerchantKeyPEM(), 0o600))
	public := filepath.Join(dir, "public.pem")
	require.NoError(t, os.WriteFile(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte{1}}),
		0o600))
	complete := map[string]string{
		"PAYNETEASY_BASE_URL": "https://127.0.0.1:1/paynet", "PAYNETEASY_LOGIN": "me",
		"PAYNETEASY_PRIVATE_KEY_FILE": key,
		"PAYNETEASY_CONTROL_KEY":      "key", "PAYNETEASY_ENDPOINT_ID": "1",
	}
	set := func(name, value string) map[string]string { return map[string]string{"PAYNETEASY_" + name: value} }
	group := map[string]string{"PAYNETEASY_ENDPOINT_ID": "", "PAYNETEASY_GROUP_ID": "7"}
	for _, test := range []struct {
		name   string
		args   []string
		change map[string]string
		exit   int
		says   string
	}{
		{"complete", nil, nil, exitNotSent, "connection refused"},
		{"a group", nil, group, exitNotSent, "connection refused"},
		{"no login", nil, set("LOGIN", ""), exitUsage, "Login is"},
		{"no endpoint", nil, set("ENDPOINT_ID", ""), exitUsage, "set PAYNETEASY_ENDPOINT_ID or PAYNETEASY_GROUP_ID"},
		{"both", nil, set("GROUP_ID", "7"), exitUsage, "not both"},
		{"no number", nil, set("ENDPOINT_ID", "seven"), exitUsage, "to a number"},
		{"no key file", nil, set("PRIVATE_KEY_FILE", filepath.Join(dir, "none")), exitUsage, "no such file"},
		{"no gateway", nil, set("BASE_URL", ""), exitUsage, "is not a sandbox"},
		{"production", nil, set("BASE_URL", payneteasy.ConnPayProduction), exitUsage, "is not a sandbox"},
		{"a public key", nil, set("PRIVATE_KEY_FILE", public), exitUsage, "this is a public key"},
		{"plain http", nil, set("BASE_URL", "http://sandbox.example/"), exitUsage, "BaseURL is plain http"},
		{"an amount", []string{"-amount", "1e3"}, nil, exitUsage, "want digits"},
		{"a currency", []string{"-currency", "ABC"}, nil, exitUsage, "not an active ISO 4217"},
		{"a flag", []string{"-nonsense"}, nil, exitUsage, "not defined"},
		{"a stray word", []string{"now"}, nil, exitUsage, `unexpected argument "now"`},
		{"help", []string{"-help"}, nil, exitPaid, "ISO 4217"},
	} {
		var out bytes.Buffer
		env := maps.Clone(complete)
		maps.Copy(env, test.change)
		exit := run(t.Context(), test.args, func(name string) string { return env[name] }, &out, &out)
		require.Equal(t, test.exit, exit, "%s: %s", test.name, out.String())
		require.Contains(t, out.String(), test.says, test.name)
		if test.exit == exitUsage && test.args == nil {
			require.Equal(t, 1, strings.Count(out.String(), "\n"), "one line: %s", out.String())
		}
	}
}
