package riverpayout_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

// TestStandbyOutage stops the synchronous standby while workers begin payouts, for longer than they wait. The intents
// are stored, but no process is told. Nothing was sent, so no payout is held. Each is given back, and paid when the
// standby is back.
func TestStandbyOutage(t *testing.T) {
	t.Parallel()
	const payouts = 30
	server := &pgserver.Server{Settings: []string{"max_connections=100"}}
	f := newFleet(t, ownDatabase(t, server)+"&pool_max_conns=50",
		func(c *riverpayout.Config) { c.Gateway.Timeout = 500 * time.Millisecond })
	f.merchant.SetRecordTimeout(3 * time.Second)
	loading, away := make(chan struct{}, payouts), make(chan struct{})
	f.before = func() {
		select {
		case <-away:
		default:
			loading <- struct{}{}
			<-away
		}
	}
	ledger := map[string]string{}
	for i := range payouts {
		id := fmt.Sprintf("p-%d", i+1)
		f.enqueue(paid, id)
		ledger[id] = "paid"
	}
	f.work()
	for range payouts {
		<-loading
	}
	require.NoError(t, server.Exec(t.Context(), "ALTER SYSTEM SET synchronous_standby_names = 'gone'"))
	require.NoError(t, server.Exec(t.Context(), "SELECT pg_reload_conf()"))
	require.Eventually(t, func() bool { // until a commit is no longer confirmed
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		return server.Exec(ctx, "SELECT pg_logical_emit_message(true, '', '')") != nil
	}, patience, time.Millisecond)
	close(away)
	f.until("count(*) = 30 FROM riverpayout_payout WHERE send = 'sending'")
	require.Empty(t, f.gateway.Orders())

	require.NoError(t, server.Exec(t.Context(), "ALTER SYSTEM RESET synchronous_standby_names"))
	require.NoError(t, server.Exec(t.Context(), "SELECT pg_reload_conf()"))
	f.untilDone(payouts)
	require.Equal(t, ledger, f.ledger())
	require.Len(t, f.gateway.Orders(), payouts)
}
