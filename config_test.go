package payneteasy

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNewClientNamesEveryFault: all of them at once, each by its field.
func TestNewClientNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := NewClient(Config{Timeout: -1, Wait: WaitOptions{MinInterval: 2, MaxInterval: 1, MaxWait: -1}})
	var config *ConfigError
	require.ErrorAs(t, err, &config)
	var fields []string
	for _, fault := range config.Faults {
		fields = append(fields, fault.Field)
		require.Contains(t, err.Error(), fault.String())
	}
	require.Equal(t, []string{"BaseURL", "Endpoint", "Login", "PrivateKey", "ControlKey", "Timeout", "Wait.MaxWait", "Wait.MaxInterval"}, fields)
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
		{"another scheme", func(c *Config) { c.BaseURL = "ftp://gate.connpay.com/paynet" }, "BaseURL has no scheme https"},
		{"no host", func(c *Config) { c.BaseURL = "https:///paynet" }, "BaseURL has no host"},
		{"a query", func(c *Config) { c.BaseURL += "?a=b" }, "BaseURL has a query"},
		{"an empty query", func(c *Config) { c.BaseURL += "?" }, "BaseURL has a query"},
		{"a fragment", func(c *Config) { c.BaseURL += "#a" }, "BaseURL has a fragment"},
		{"user information", func(c *Config) { c.BaseURL = "https://me:secret@gate.connpay.com/paynet" }, "BaseURL has user information"},
		{"not a URL", func(c *Config) { c.BaseURL = "https://gate.connpay.com/%zz" }, "BaseURL is not a URL"},
		{"plain http", func(c *Config) { c.BaseURL = "http://gate.connpay.com/paynet" }, "BaseURL is plain http"},
		{"not ASCII", func(c *Config) { c.BaseURL = "https://gäte.example/paynet" }, "BaseURL has a host that is not ASCII"},
		{"too long a path", func(c *Config) { c.BaseURL += "/api/v4/payout" }, "BaseURL goes too far"},
		{"an empty port", func(c *Config) { c.BaseURL = "https://gate.connpay.com:/paynet" }, "BaseURL has a host or a port that is written in an odd way"},
		{"a padded port", func(c *Config) { c.BaseURL = "https://gate.connpay.com:0443/paynet" }, "BaseURL has a host or a port that is written in an odd way"},
		{"a host that ends with a dot", func(c *Config) { c.BaseURL = "https://gate.connpay.com./paynet" }, "BaseURL has a host or a port that is written in an odd way"},
		{"an encoded path", func(c *Config) { c.BaseURL = "https://gate.connpay.com/%70aynet" }, "BaseURL has a path with something else"},
		{"a path of dots", func(c *Config) { c.BaseURL = "https://gate.connpay.com/x/../paynet" }, "BaseURL has a path with something else"},
		{"an empty part of a path", func(c *Config) { c.BaseURL = "https://gate.connpay.com//paynet" }, "BaseURL has a path with something else"},
		{"a line break", func(c *Config) { c.BaseURL += "\n" }, "BaseURL is not a URL (or has a blank or a line break"},
		{"60 ns", func(c *Config) { c.Timeout = 60 }, "Timeout is below a millisecond"},
		{"endpoint zero", func(c *Config) { c.Endpoint = EndpointID(0) }, "Endpoint is not a positive number"},
		{"group zero", func(c *Config) { c.Endpoint = EndpointGroupID(0) }, "Endpoint is not a positive number"},
		{"endpoint negative", func(c *Config) { c.Endpoint = EndpointID(-1) }, "Endpoint is not a positive number"},
		{"blank login", func(c *Config) { c.Login = "me\n" }, "Login begins or ends with a blank"},
		{"login not UTF-8", func(c *Config) { c.Login = "\xff" }, "Login is not UTF-8"},
		{"control key from a file", func(c *Config) { c.ControlKey = NewSecret("key\n") }, "ControlKey begins or ends with a blank"},
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
		require.Equal(t, used+"/api/v2/status/39915", client.url(&call{version: "v2", command: "status", endpoint: EndpointID(39915)}))
	}
}

// TestConfigShowsNoKey: configurations get logged.
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
		for _, value := range []any{config, &config, holder, &holder, client, client.signer, config.ControlKey, &config.ControlKey} {
			texts = append(texts, fmt.Sprintf(format, value))
		}
	}
	modulus := testKey(t).D.String()
	for _, text := range texts {
		require.NotContains(t, text, "very-secret")
		require.NotContains(t, text, modulus)
	}
}

// TestBaseURLsSpellings: one gateway is one in a journal, however its address is written.
func TestBaseURLsSpellings(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{
		ConnPaySandbox, ConnPaySandbox + "/", ConnPaySandbox + "//", "HTTPS://Sandbox.ConnPay.com/paynet", "https://sandbox.connpay.com:443/paynet",
	} {
		require.Equal(t, ConnPaySandbox, testClient(t, func(c *Config) { c.BaseURL = spelling }).BaseURL())
	}
	require.Equal(t, "https://a.example:8443", testClient(t, func(c *Config) { c.BaseURL = "https://A.example:8443/" }).config.BaseURL)
	require.Equal(t, "http://[::1]", testClient(t, func(c *Config) { c.BaseURL = "http://[::1]:80" }).config.BaseURL)
}
