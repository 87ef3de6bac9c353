package interop

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestCompression has a proxy that compresses on request. The SDK does not ask for it, but a caller's transport may.
func TestCompression(t *testing.T) {
	t.Parallel()
	for _, s := range setups(
		lines{front: "gzip on; gzip_types *; gzip_proxied any; gzip_min_length 1; gzip_http_version 1.0;"},
		lines{upstream: "compression algo gzip\n\tcompression type text/html application/vnd.pay+json"},
	) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, nil)
			s.start(t, u)
			for name, set := range map[string]func(*payneteasy.Config){
				"form": nil,
				"JSON": func(c *payneteasy.Config) { c.PreferJSON = true },
			} {
				t.Run(name, func(t *testing.T) {
					client := u.client(t, u.transport(t, s.protocol), set)
					err := u.pay(t, client, "plain-"+name)
					require.NoError(t, err)
					u.requireApproved(t, client, "plain-"+name)

					unpacking := &compressed{RoundTripper: u.transport(t, s.protocol)}
					client = u.client(t, unpacking, set)
					err = u.pay(t, client, "unpacked-"+name)
					require.Equal(t, unpacking.asks, unpacking.unpacked, "the proxy compresses if it is asked to")
					requireUnknownOrAccepted(t, err)
					u.requireOrders(t, "unpacked-"+name, 1)
					status, err := client.Status(t.Context(), request(t, "unpacked-"+name).Ref())
					require.NotErrorIs(t, err, payneteasy.ErrOrderNotFound)
					if err == nil { // otherwise it has failed, because the end of the decompressed body is not proved
						require.Equal(t, u.Orders("unpacked-" + name)[0].OrderID, status.OrderID)
					}
				})
			}
		})
	}
}

// TestUnwantedCompression has a proxy that compresses without a request. Then the reply cannot be read, so the outcome
// is unknown, and questions fail.
func TestUnwantedCompression(t *testing.T) {
	t.Parallel()
	for _, p := range []protocol{http1, http2} {
		s := setup{haproxy, lines{
			front:    "http-request set-header Accept-Encoding gzip",
			upstream: "compression algo gzip\n\tcompression type text/html application/vnd.pay+json",
		}, p}
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, nil)
			s.start(t, u)
			client := u.client(t, u.transport(t, p), nil)
			err := u.pay(t, client, "payout-0001")
			require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err), "%v", err)
			u.requireOrders(t, "payout-0001", 1)
			_, err = client.Status(t.Context(), request(t, "payout-0001").Ref())
			require.Error(t, err)
			require.NotErrorIs(t, err, payneteasy.ErrOrderNotFound)
		})
	}
}

func requireUnknownOrAccepted(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err), "%v", err)
	}
}

// compressed is a caller's transport, which asks for gzip and decompresses it unless the request has its own
// Accept-Encoding.
type compressed struct {
	http.RoundTripper
	asks, unpacked bool
}

func (c *compressed) RoundTrip(r *http.Request) (*http.Response, error) {
	c.asks = r.Header.Get("Accept-Encoding") == ""
	response, err := c.RoundTripper.RoundTrip(r)
	c.unpacked = err == nil && response.Uncompressed
	return response, err
}
