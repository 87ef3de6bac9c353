package filejournal_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

var crashPoints = []string{"after intent", "after send", "after reply", "before record", "before fsync", "after fsync"}

// TestCrashes kills the merchant's program at least 30 times at random and at least 10 times at each point, over 300
// orders. No order is paid twice. Each order ends in its true status or as held, and is held only if the gateway never
// received it. Without Journal.Put in Client.attempt, orders are paid twice, as TestCrashesWithoutJournal shows.
func TestCrashes(t *testing.T) {
	t.Parallel()
	orders := 300
	gateway := payneteasytest.NewGateway(t)
	path := filepath.Join(t.TempDir(), "journal")
	env := map[string]string{crashJournal: path, crashGateway: gateway.URL(), crashOrders: fmt.Sprint(orders)}
	for _, point := range crashPoints {
		for range 10 {
			at := maps.Clone(env)
			at[crashAt] = point
			for runMerchant(t, at, 0) { // the program finished without a crash
				orders += 100
				at[crashOrders] = fmt.Sprint(orders)
			}
			env[crashOrders] = at[crashOrders]
		}
	}
	kills := 0
	for kills < 30 {
		if runMerchant(t, env, time.Duration(5+rand.IntN(90))*time.Millisecond) {
			orders += 100 // a fast machine
			env[crashOrders] = fmt.Sprint(orders)
			continue
		}
		kills++
	}
	t.Logf("%d orders at the gateway after %d kills at points and %d at random", len(gateway.Orders()),
		10*len(crashPoints), kills)
	require.True(t, runMerchant(t, env, 0))

	journal, err := filejournal.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, journal.Close()) }()
	held := 0
	for i := range orders {
		req, err := crashOrder(i)
		require.NoError(t, err)
		require.LessOrEqual(t, len(gateway.Orders(req.ClientOrderID)), 1)
		entry, _, err := journal.Get(t.Context(), req.ClientOrderID)
		require.NoError(t, err)
		order, sent := gateway.Order(req.ClientOrderID)
		if entry.Cause() == payneteasy.CauseHeld {
			held++
			require.False(t, sent, "%s is held, but the gateway has it", req.ClientOrderID)
			continue
		}
		want := map[string]payneteasy.Decision{
			"approved": payneteasy.DecisionPaid,
			"declined": payneteasy.DecisionNotPaid,
		}[order.Status]
		require.Equal(t, want, entry.Decision(), req.ClientOrderID)
		require.True(t, sent)
		require.Equal(t, order.Status, string(entry.Status))
		require.Equal(t, order.OrderID, entry.OrderID())
	}
	require.GreaterOrEqual(t, held, 10, "some were killed after the intent and before the send")
}

// TestCrashesWithoutJournal shows that TestCrashes can fail. The same loop without a journal pays twice.
func TestCrashesWithoutJournal(t *testing.T) {
	t.Parallel()
	gateway, err := payneteasytest.Start()
	require.NoError(t, err)
	defer gateway.Close()
	env := map[string]string{
		crashJournal: filepath.Join(t.TempDir(), "none"), crashGateway: gateway.URL(), crashOrders: "20",
		crashNaive: "yes", crashAt: "after send",
	}
	for len(gateway.DoublePayouts()) == 0 {
		runMerchant(t, env, 0)
	}
}
