package interop

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestForwarding checks that a correct proxy makes no difference.
func TestForwarding(t *testing.T) {
	t.Parallel()
	for _, s := range setups(lines{}, lines{}) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, nil)
			s.start(t, u)
			for name, set := range map[string]func(*payneteasy.Config){
				"form":      nil,
				"JSON":      func(c *payneteasy.Config) { c.PreferJSON = true },
				"v4 status": func(c *payneteasy.Config) { c.StatusV4 = true },
			} {
				t.Run(name, func(t *testing.T) {
					client := u.client(t, u.transport(t, s.protocol), set)
					err := u.pay(t, client, name)
					require.NoError(t, err)
					u.requireApproved(t, client, name)
					u.requireProtocol(t, s.protocol)
				})
			}
		})
	}
}
