package payneteasy

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNewClientNamesEveryFault checks that the error lists all faults with their fields.
func TestNewClientNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := NewClient(Config{Timeout: -1, Wait: WaitOptions{MinInterval: 2, MaxInterval: 1, MaxWait: -1}})
	var config *ValidationError
	require.ErrorAs(t, err, &config)
	var fields []string
	for _, fault := range config.Faults {
		fields = append(fields, fault.Field)
		require.Contains(t, err.Error(), fault.Field+" "+fault.Rule)
	}
	require.Equal(t, []string{
		"BaseURL", "Endpoint", "Login", "PrivateKey", "ControlKey", "Timeout", "Wait.MaxWait",
		"Wait.MaxInterval",
	}, fields)
}

func TestNewClientFaults(t *testing.T) {
	t.Parallel()
	insecure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	for _, test := range []struct {
		name   string
		change func(*Config)
		says   string
	}{
		{"no scheme", func(c *Config) { c.BaseURL = "gate.connpay.com/paynet" }, "BaseURL has no scheme https"},
		{
			"another scheme", func(c *Config) { c.BaseURL = "ftp://gate.connpay.com/paynet" },
			"BaseURL has no scheme https",
		},
		{"no host", func(c *Config) { c.BaseURL = "https:///paynet" }, "BaseURL has no host"},
		{"a query", func(c *Config) { c.BaseURL += "?a=b" }, "BaseURL has a query"},
		{"an empty query", func(c *Config) { c.BaseURL += "?" }, "BaseURL has a query"},
		{"a fragment", func(c *Config) { c.BaseURL += "#a" }, "BaseURL has a fragment"},
		{
			"user information", func(c *Config) { c.BaseURL = "https://me:secret@gate.connpay.com/paynet" },
			"BaseURL has user information",
		},
		{"not a URL", func(c *Config) { c.BaseURL = "https://gate.connpay.com/%zz" }, "BaseURL is not a URL"},
		{"plain http", func(c *Config) { c.BaseURL = "http://gate.connpay.com/paynet" }, "BaseURL is plain http"},
		{
			"not ASCII", func(c *Config) { c.BaseURL = "https://gäte.example/paynet" },
			"BaseURL has a host that is not ASCII",
		},
		{"too long a path", func(c *Config) { c.BaseURL += "/api/v4/payout" }, "BaseURL must end before /api"},
		{
			"an empty port", func(c *Config) { c.BaseURL = "https://gate.connpay.com:/paynet" },
			"BaseURL has a host or a port in an unusual form",
		},
		{
			"a padded port", func(c *Config) { c.BaseURL = "https://gate.connpay.com:0443/paynet" },
			"BaseURL has a host or a port in an unusual form",
		},
		{
			"a host that ends with a dot", func(c *Config) { c.BaseURL = "https://gate.connpay.com./paynet" },
			"BaseURL has a host or a port in an unusual form",
		},
		{
			"an encoded path", func(c *Config) { c.BaseURL = "https://gate.connpay.com/%70aynet" },
			"BaseURL has a path that is not names",
		},
		{
			"a path of dots", func(c *Config) { c.BaseURL = "https://gate.connpay.com/x/../paynet" },
			"BaseURL has a path that is not names",
		},
		{
			"an empty part of a path", func(c *Config) { c.BaseURL = "https://gate.connpay.com//paynet" },
			"BaseURL has a path that is not names",
		},
		{"a line break", func(c *Config) { c.BaseURL += "\n" }, "BaseURL has U+000A (line break, LF) at character 35"},
		{"60 ns", func(c *Config) { c.Timeout = 60 }, "Timeout is below a millisecond"},
		{"endpoint zero", func(c *Config) { c.Endpoint = EndpointID(0) }, "Endpoint is not a positive number"},
		{"group zero", func(c *Config) { c.Endpoint = EndpointGroupID(0) }, "Endpoint is not a positive number"},
		{"endpoint negative", func(c *Config) { c.Endpoint = EndpointID(-1) }, "Endpoint is not a positive number"},
		{"blank login", func(c *Config) { c.Login = "me\n" }, "Login has U+000A (line break, LF) at character 3"},
		{"login not UTF-8", func(c *Config) { c.Login = "\xff" }, "Login is not UTF-8"},
		{
			"control key from a file", func(c *Config) { c.ControlKey = NewSecret("key\n") },
			"ControlKey has U+000A (line break, LF) at character 4",
		},
		{"no TLS verification", func(c *Config) { c.HTTPClient = insecure }, "HTTPClient does not verify TLS"},
	} {
		config := Config{
			BaseURL: ConnPaySandbox, Endpoint: EndpointID(39915), Login: "TestMerchant",
			PrivateKey: testKey(t), ControlKey: NewSecret("test-merchant-control"),
		}
		test.change(&config)
		_, err := NewClient(config)
		require.ErrorContains(t, err, test.says, test.name)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestNewClientAccepts(t *testing.T) {
	t.Parallel()
	for given, used := range map[string]string{
		ConnPaySandbox:                           "https://sandbox.connpay.com/paynet",
		ConnPayProduction + "/":                  "https://gate.connpay.com/paynet",
		PayneteasySandbox:                        "https://sandbox.payneteasy.com/paynet",
		PayneteasyProduction:                     "https://gate.payneteasy.com/paynet",
		"https://pay.billblend.example/checkout": "https://pay.billblend.example/checkout",
		"https://gate.example:8443":              "https://gate.example:8443",
		"http://127.0.0.1:8080/paynet":           "http://127.0.0.1:8080/paynet",
		"http://localhost/paynet":                "http://localhost/paynet",
		"http://[::1]:8080/paynet//":             "http://[::1]:8080/paynet",
	} {
		client := testClient(t, func(c *Config) { c.BaseURL = given })
		url := client.url(&call{version: "v4", command: "payout", endpoint: EndpointGroupID(1144)})
		require.Equal(t, used+"/api/v4/payout/group/1144", url)
		require.Equal(t, used+"/api/v2/status/39915",
			client.url(&call{version: "v2", command: "status", endpoint: EndpointID(39915)}))
	}
}

// TestDamagedCredentials checks that each key, the login and the address are refused if they have an invisible or stray
// character. The error names the field and the character, and shows no text around it.
func TestDamagedCredentials(t *testing.T) {
	t.Parallel()
	fields := map[string]func(c *Config, value string){
		"BaseURL":    func(c *Config, value string) { c.BaseURL = value },
		"Login":      func(c *Config, value string) { c.Login = value },
		"ControlKey": func(c *Config, value string) { c.ControlKey = NewSecret(value) },
		"OldControlKeys[1]": func(c *Config,
			value string,
		) {
			c.OldControlKeys = []Secret{NewSecret("k"), NewSecret(value)}
		},
	}
	config := func() Config {
		return Config{
			BaseURL: ConnPaySandbox, Endpoint: EndpointID(39915), Login: "L", PrivateKey: testKey(t),
			ControlKey: NewSecret("k"),
		}
	}
	for field, set := range fields {
		for value, says := range map[string]string{
			"https://my\u00adkey": "has U+00AD (soft hyphen) at character 11: copy it again without it",
			"https://my\u200bkey": "has U+200B (zero width space) at character 11: copy it again without it",
			"\ufeffhttps://mykey": "has U+FEFF (zero width no-break space, a byte order mark) at character 1: copy " +
				"it again without it",
			"https://mykey\u200f": "has U+200F (right-to-left mark) at character 14: copy it again without it",
			"https://my\ufe0fkey": "has U+FE0F (variation selector) at character 11: copy it again without it",
			"https://my\u00a0key": "has U+00A0 (no-break space) at character 11: copy it again without it",
			"https://my\nkey":     "has U+000A (line break, LF) at character 11: copy it again without it",
			"https://my\x00key":   "has U+0000 (NUL) at character 11: copy it again without it",
			"https://mykey ":      "ends with U+0020 (space): copy it again without it",
			"https://my\xffkey":   "is not UTF-8 at character 11: copy it again, or save it as UTF-8",
			"'https://mykey'": "begins with U+0027 (apostrophe) and ends with U+0027 (apostrophe): remove the " +
				"quotes around it",
			"\u201chttps://mykey": "begins with U+201C (left double quotation mark): remove the quotes around it",
			"https://mykey\u00bb": "ends with U+00BB (right-pointing double angle quotation mark): remove the " +
				"quotes around it",
			"\"https://mykey\"": "begins with U+0022 (quotation mark) and ends with U+0022 (quotation mark): remove " +
				"the quotes around it",
		} {
			damaged := config()
			set(&damaged, value)
			_, err := NewClient(damaged)
			require.EqualError(t, err, "payneteasy: invalid configuration: "+field+" "+says)
		}
		if field == "BaseURL" {
			continue
		}
		for _, value := range []string{
			"a b", `say "yes" now`, "ключ", "Zürich's", "<&>=?#%+",
			strings.Repeat("k", 1000),
		} {
			sound := config()
			set(&sound, value)
			_, err := NewClient(sound)
			require.NoError(t, err, field)
		}
	}
}

// TestConfigShowsNoKey checks that a logged configuration shows no key.
func TestConfigShowsNoKey(t *testing.T) {
	t.Parallel()
	config := Config{
		BaseURL: ConnPaySandbox, Endpoint: EndpointID(39915), Login: "TestMerchant", Timeout: time.Second,
		PrivateKey: testKey(t), ControlKey: NewSecret("very-secret-control"),
	}
	client, err := NewClient(config)
	require.NoError(t, err)
	holder := struct{ inside Config }{config}
	encoded, err := json.Marshal(config)
	require.NoError(t, err)
	texts := []string{string(encoded)}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, value := range []any{
			config, &config, holder, &holder, client, client.signer, config.ControlKey,
			&config.ControlKey,
		} {
			texts = append(texts, fmt.Sprintf(format, value))
		}
	}
	modulus := testKey(t).D.String()
	for _, text := range texts {
		require.NotContains(t, text, "very-secret")
		require.NotContains(t, text, modulus)
	}
}

// TestBaseURLsSpellings checks that a journal takes all spellings of a gateway's address as one gateway.
func TestBaseURLsSpellings(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{
		ConnPaySandbox, ConnPaySandbox + "/", ConnPaySandbox + "//", "HTTPS://Sandbox.ConnPay.com/paynet",
		"https://sandbox.connpay.com:443/paynet",
	} {
		require.Equal(t, ConnPaySandbox, testClient(t, func(c *Config) { c.BaseURL = spelling }).BaseURL())
	}
	require.Equal(t, "https://a.example:8443",
		testClient(t, func(c *Config) { c.BaseURL = "https://A.example:8443/" }).config.BaseURL)
	require.Equal(t, "http://[::1]", testClient(t, func(c *Config) { c.BaseURL = "http://[::1]:80" }).config.BaseURL)
}
