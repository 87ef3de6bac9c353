package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

type controlVector struct {
	ID    string            `json:"id"`
	Parts map[string]string `json:"parts"`
	Order []string          `json:"order"`
	SHA1  string            `json:"sha1_hex"`
}

func TestControlVectors(t *testing.T) {
	t.Parallel()
	v := vectors[protocol](t, "protocol.json")
	tried := 0
	for _, c := range append(v.Controls, v.DerivedControls...) {
		key := c.Parts["merchant_control"]
		kinds := []string{"callback", "redirect"}
		switch c.Order[0] {
		case "login":
			kinds = []string{"status"}
		case "status":
		default:
			continue // other commands use these vectors
		}
		for _, kind := range kinds {
			args := []string{"control", kind, "-o", "json", "--control-key-file", "-"}
			for _, part := range c.Order[:len(c.Order)-1] {
				flag := flagOf(part)
				if part == "merchant_order" {
					flag = "client-orderid"
				}
				args = append(args, "--"+flag+"="+c.Parts[part])
			}
			r := call(t, nil, key+"\r\n", args...)
			require.Zero(t, r.status, r.stderr)
			var got signing.Control
			require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
			require.Equal(t, c.SHA1, got.Control, c.ID)
			require.Equal(t, kind, got.Kind)
			tried++
		}
	}
	require.Equal(t, 11, tried)
}

func TestControlText(t *testing.T) {
	t.Parallel()
	r := call(
		t, []string{"PAYNETEASY_CONTROL_KEY=test-merchant-control"}, "",
		"control", "callback", "--status", "approved", "--orderid", "1234567", "--client-orderid", "hf-abc",
	)
	require.Equal(t, result{0, `status          approved
orderid         1234567
client_orderid  hf-abc
control key     [redacted]

joined          approved1234567hf-abc[redacted]
SHA-1, in hex   652ace404c4dfe8bba069ecee594ec23a89340e1
`, ""}, r)
	r = call(t, []string{"PAYNETEASY_CONTROL_KEY=test-merchant-control", "PAYNETEASY_LOGIN=login"}, "", "control",
		"status", "--client-orderid", "inv-1")
	require.Contains(t, r.stdout, "orderid         (empty)\n")
	require.Contains(t, r.stdout, "c57166dbcadedab9e3fd700acf271ce6edb68c99\n")
}

// TestControlInCallback checks that the SDK accepts a callback with the computed control.
func TestControlInCallback(t *testing.T) {
	t.Parallel()
	r := call(
		t, []string{"PAYNETEASY_CONTROL_KEY=" + payneteasytest.ControlKey}, "",
		"control", "callback", "-o", "json", "--status", "declined", "--orderid", "1", "--client-orderid", "a",
	)
	var got signing.Control
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
	client, err := payneteasy.NewClient(payneteasytest.NewGateway(t).Config())
	require.NoError(t, err)
	query := url.Values{"status": {"declined"}, "orderid": {"1"}, "client_orderid": {"a"}, "control": {got.Control}}
	_, err = client.ParseCallback(httptest.NewRequest(http.MethodGet, "/callback?"+query.Encode(), nil))
	require.NoError(t, err)
}
