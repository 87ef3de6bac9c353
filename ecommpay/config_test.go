package ecommpay

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestConfig checks that every fault is named at once.
func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := NewClient(Config{
		BaseURL: "http://api.ecommpay.com", PageURL: "https://a.example/?x=1", Timeout: -1,
		OldSecretKeys: []payneteasy.Secret{payneteasy.NewSecret("x\n")},
		Wait:          WaitOptions{MinInterval: 2, MaxInterval: 1},
		HTTPClient:    &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}},
	})
	require.EqualError(t, err,
		"payneteasy: invalid configuration: ProjectID is required: a positive number; SecretKey is empty: with an "+
			"empty key anyone can sign;"+
			" OldSecretKeys[0] has U+000A (line break, LF) at character 2: copy it again without it; BaseURL is not "+
			"https; PageURL has a query, a fragment or a user; Timeout is negative;"+
			" HTTPClient does not verify TLS certificates (InsecureSkipVerify); Wait.MinInterval is above MaxInterval")
	client, err := NewClient(Config{ProjectID: 1, SecretKey: payneteasy.NewSecret("k")})
	require.NoError(t, err)
	require.Equal(t, "ecommpay.Client(https://api.ecommpay.com, project 1)", fmt.Sprint(client))
}

// TestDamagedKeys checks that a damaged key or address is refused by name, with the character, and is not shown.
func TestDamagedKeys(t *testing.T) {
	t.Parallel()
	fields := map[string]func(c *Config, value string){
		"SecretKey": func(c *Config, value string) { c.SecretKey = payneteasy.NewSecret(value) },
		"OldSecretKeys[0]": func(c *Config, value string) {
			c.OldSecretKeys = []payneteasy.Secret{payneteasy.NewSecret(value)}
		},
		"BaseURL": func(c *Config, value string) { c.BaseURL = value },
		"PageURL": func(c *Config, value string) { c.PageURL = value },
	}
	for field, set := range fields {
		for value, says := range map[string]string{
			"https://my\u00adkey": "has U+00AD (soft hyphen) at character 11: copy it again without it",
			"https://mykey\u200b": "has U+200B (zero width space) at character 14: copy it again without it",
			"\ufeffhttps://mykey": "has U+FEFF (zero width no-break space, a byte order mark) at character 1: copy " +
				"it again without it",
			"https://my\tkey":     "has U+0009 (tab) at character 11: copy it again without it",
			"https://mykey\r\n":   "has U+000D (line break, CR) at character 14: copy it again without it",
			" https://mykey":      "begins with U+0020 (space): copy it again without it",
			"\u2018https://mykey": "begins with U+2018 (left single quotation mark): remove the quotes around it",
			"\"https://mykey\"": "begins with U+0022 (quotation mark) and ends with U+0022 (quotation mark): " +
				"remove the quotes around it",
			"https://my\xe9key": "is not UTF-8 at character 11: copy it again, or save it as UTF-8",
		} {
			config := Config{ProjectID: 1, SecretKey: payneteasy.NewSecret("k")}
			set(&config, value)
			_, err := NewClient(config)
			require.EqualError(t, err, "payneteasy: invalid configuration: "+field+" "+says)
			if field == "SecretKey" {
				_, err = NewSigner(payneteasy.NewSecret(value))
				require.EqualError(t, err, "ecommpay: the secret key "+says)
			}
		}
	}
	for _, value := range []string{"a b", `say "yes" now`, "ключ", "<&>=?#%+"} {
		_, err := NewClient(Config{ProjectID: 1, SecretKey: payneteasy.NewSecret(value)})
		require.NoError(t, err)
	}
}
