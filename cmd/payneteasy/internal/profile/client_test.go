package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

const twoProfiles = `
[profiles.sandbox]
base_url = "https://sandbox.example/paynet"
login = "Sandbox"
endpoint_id = 1
private_key_file = "merchant.pem"
control_key_file = "control.txt"
[profiles.group]
base_url = "https://a.example"
login = "L"
group_id = 7
private_key_file = "~/merchant.pem"
control_key = "k"
`

// TestProfileValues checks that every value of a profile reaches the client, and that a flag overrides each.
func TestProfileValues(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"config.toml": twoProfiles, "merchant.pem": string(payneteasytest.MerchantKeyPEM()),
		"control.txt": payneteasytest.ControlKey + "\n", "flag.txt": "flag\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	get := func(s Settings) string {
		e := NewInvocation([]string{"HOME=" + dir, "PAYNETEASY_CONFIG=" + filepath.Join(dir, "config.toml")}, nil, nil)
		config, err := e.ClientConfig(&s)
		require.NoError(t, err)
		return strings.Join(
			[]string{config.BaseURL, config.Login, config.Endpoint.String(), config.ControlKey.Reveal()}, " ")
	}
	require.Equal(t, "https://sandbox.example/paynet Sandbox 1 "+payneteasytest.ControlKey,
		get(Settings{profile: "sandbox"}))
	group := get(Settings{profile: "group"})
	require.Equal(t, "https://a.example L group/7 k", group)
	require.Equal(t, "https://b.example M 8 flag", get(Settings{
		profile: "group", baseURL: "https://b.example", login: "M", endpointID: "8",
		controlKeyFile: filepath.Join(dir, "flag.txt"),
	}))
}
