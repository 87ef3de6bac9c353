package signing

import (
	"encoding/json"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBaseStrings checks the derivation against vectors of two independent implementations. They include OAuth
// parameters that the platform does not have.
func TestBaseStrings(t *testing.T) {
	t.Parallel()
	var v struct {
		Cases []struct {
			Name        string      `json:"name"`
			Method      string      `json:"method"`
			URL         string      `json:"url"`
			OAuthParams [][2]string `json:"oauth_params"`
			Body        string      `json:"body"`
			Form        [][2]string `json:"form"`
			BaseString  string      `json:"expected_base_string"`
		} `json:"cases"`
	}
	data, err := os.ReadFile("../../../../testdata/basestring.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &v))
	require.Len(t, v.Cases, 21)
	for _, c := range v.Cases {
		u, err := url.Parse(c.URL)
		require.NoError(t, err, c.Name)
		parameters, err := ParseForm(u.RawQuery, "query")
		require.NoError(t, err, c.Name)
		body, err := ParseForm(c.Body, "body")
		require.NoError(t, err, c.Name)
		var pairs [][2]string
		for _, p := range body {
			pairs = append(pairs, [2]string{p.Name, p.Value})
		}
		require.Equal(t, c.Form, pairs, c.Name)
		parameters = append(parameters, body...)
		for _, pair := range c.OAuthParams {
			if pair[0] != "realm" { // never signed (RFC 5849 section 3.4.1.3.1)
				parameters = append(parameters, Parameter{pair[0], pair[1], "header"})
			}
		}
		require.Equal(t, c.BaseString, baseString(c.Method, u, normalize(parameters)), c.Name)
	}
}
