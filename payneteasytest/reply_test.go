package payneteasytest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestFormats checks a form reply with and without a last line feed, and JSON if the request accepts it.
func TestFormats(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	var bodies []string
	peek := func(c *payneteasy.Config) { c.HTTPClient.Transport = peeking{c.HTTPClient.Transport, &bodies} }
	plain, json := newClient(t, gateway, peek),
		newClient(t, gateway, peek, func(c *payneteasy.Config) { c.PreferJSON = true })
	for i, client := range []*payneteasy.Client{plain, json, json} {
		if i == 2 {
			gateway.SetJSON(false)
			gateway.SetLastLF(true)
		}
		_, err := client.Payout(t.Context(), request(t, fmt.Sprint(i), "1"))
		require.NoError(t, err)
	}
	require.Equal(t, []string{
		"text/html;charset=utf-8 type=async-response\n&serial-number=00000000-0000-0000-0000-000002e2c322\n" +
			"&merchant-order-id=0\n&paynet-order-id=6982864\n&end-point-id=39915",
		`application/vnd.pay+json {"type":"async-response","serial-number":"00000000-0000-0000-0000-000002e2c323","merchant-order-id":"1","paynet-order-id":6982865,"end-point-id":"39915"}`,
		"text/html;charset=utf-8 type=async-response\n&serial-number=00000000-0000-0000-0000-000002e2c324\n" +
			"&merchant-order-id=2\n&paynet-order-id=6982866\n&end-point-id=39915\n",
	}, bodies)
	bad := request(t, "x", "1")
	bad.Amount = payneteasy.Amount{}
	gateway.SetJSON(true)
	skipping := newClient(t, gateway, func(c *payneteasy.Config) { c.PreferJSON, c.SkipLimits = true, true })
	long := request(t, "x", strings.Repeat("1", 33))
	_, err := skipping.Payout(t.Context(), long)
	require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))
	require.ErrorContains(t, err, "HTTP 400")
}

// peeking records the gateway's answers.
type peeking struct {
	base   http.RoundTripper
	bodies *[]string
}

func (p peeking) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := p.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	*p.bodies = append(*p.bodies, resp.Header.Get("Content-Type")+" "+string(body))
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, err
}
