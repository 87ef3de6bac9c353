package interop

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestUpstreamLostAfterAcceptance breaks the gateway's connection to the proxy after the gateway has accepted the
// payout. A question through the same proxy finds the order.
func TestUpstreamLostAfterAcceptance(t *testing.T) {
	t.Parallel()
	for _, s := range setups(lines{}, lines{}) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, nil)
			s.start(t, u)
			client := u.client(t, u.transport(t, s.protocol), nil)
			for _, fault := range []payneteasytest.Fault{
				payneteasytest.LoseReply(),
				payneteasytest.ResetAfterBody().AfterAcceptance(),
				payneteasytest.CutReply(0),
				payneteasytest.CutReply(30),
				payneteasytest.CutReplyWithoutLength(0),
				payneteasytest.Page(http.StatusGatewayTimeout, "Gateway timeout").AfterAcceptance(),
				payneteasytest.GoAway(0).AfterAcceptance(),
			} {
				t.Run(fault.String(), func(t *testing.T) {
					id := fault.String()
					u.FailPayout(id, fault)
					err := u.pay(t, client, id)
					require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err), "%v", err)
					u.requireApproved(t, client, id)
				})
			}
		})
	}
}

// TestProxyKilledAfterAcceptance kills the proxy after the gateway has accepted the payout. A question through another
// proxy finds the order.
func TestProxyKilledAfterAcceptance(t *testing.T) {
	t.Parallel()
	for _, s := range setups(lines{}, lines{}) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			var running atomic.Pointer[daemon]
			u := newUpstream(t, func(answer http.Handler) http.Handler {
				return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					accepted(answer, r)
					running.Load().kill()
					panic(http.ErrAbortHandler)
				})
			})
			running.Store(s.start(t, u))
			client := u.client(t, u.transport(t, s.protocol), nil)
			err := u.pay(t, client, "payout-0001")
			require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err), "%v", err)
			u.requireOrders(t, "payout-0001", 1)

			err = u.pay(t, client, "payout-0002")
			require.Equal(t, payneteasy.DecisionNotSent, payneteasy.DecisionOf(err), "there is no proxy: %v", err)

			require.NoError(t, removeSocket(u.front()))
			s.start(t, u)
			u.requireApproved(t, client, "payout-0001")
		})
	}
}

// TestLossBeforeAcceptance stops payouts before the gateway gets them. The outcome may be unknown, but never accepted.
func TestLossBeforeAcceptance(t *testing.T) {
	t.Parallel()
	none := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	}
	for _, c := range []struct {
		name   string
		setups []setup
		payout func(http.Handler) http.Handler
	}{
		{"upstream hangs up", setups(lines{}, lines{}), none},
		{"the proxy denies it", setups(lines{front: "deny all;"}, lines{front: "http-request deny"}), nil},
		{
			"the proxy takes no body",
			setups(lines{front: "client_max_body_size 1;"}, lines{front: "http-request deny deny_status 413"}), nil,
		},
		{
			"the proxy redirects it",
			setups(
				lines{front: "return 308 https://gateway.example/elsewhere$request_uri;"},
				lines{front: "http-request redirect code 308 prefix https://gateway.example/elsewhere"},
			), nil,
		},
		{
			"the proxy limits the rate",
			setups(lines{front: "return 429;"}, lines{front: "http-request deny deny_status 429"}), nil,
		},
		{"the proxy answers 200", setups(
			lines{front: `default_type text/html; return 200 "maintenance";`},
			lines{front: `http-request return status 200 content-type text/html string "maintenance"`},
		), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range c.setups {
				t.Run(s.String(), func(t *testing.T) {
					t.Parallel()
					u := newUpstream(t, c.payout)
					s.start(t, u)
					err := u.pay(t, u.client(t, u.transport(t, s.protocol), nil), "payout-0001")
					require.Error(t, err)
					u.requireOrders(t, "payout-0001", 0)
				})
			}
		})
	}
}

// TestUpstreamDown has a proxy that cannot reach the gateway and says so.
func TestUpstreamDown(t *testing.T) {
	t.Parallel()
	for _, s := range setups(lines{}, lines{}) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, nil)
			s.start(t, u)
			for _, server := range u.servers {
				server.Close()
			}
			err := u.pay(t, u.client(t, u.transport(t, s.protocol), nil), "payout-0001")
			require.Error(t, err)
			u.requireOrders(t, "payout-0001", 0)
		})
	}
}

// TestReplyWithoutLengthCut cuts a gateway's reply that has no length. A proxy takes the cut for the end, and marks it
// as the end by chunks or HTTP/2. To the client this looks like proof. An order ID at that end is not believed.
func TestReplyWithoutLengthCut(t *testing.T) {
	t.Parallel()
	for _, s := range setups(lines{}, lines{}) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, nil)
			s.start(t, u)
			for name, set := range map[string]func(*payneteasy.Config){
				"form": nil,
				"JSON": func(c *payneteasy.Config) { c.PreferJSON = true },
			} {
				client := u.client(t, u.transport(t, s.protocol), set)
				for n := 4; n < 200; n += 5 { // an order id has 7 digits
					id := fmt.Sprintf("%s-%03d", name, n)
					u.FailPayout(id, payneteasytest.CutReplyWithoutLength(n))
					result, err := client.Payout(t.Context(), request(t, id))
					u.requireOrders(t, id, 1)
					if err == nil {
						require.Equal(t, u.Orders(id)[0].OrderID, result.OrderID)
						continue
					}
					require.Equal(t, payneteasy.DecisionUnknown, payneteasy.DecisionOf(err), "%v", err)
				}
			}
		})
	}
}
