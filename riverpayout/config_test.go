package riverpayout_test

import (
	"errors"
	"testing"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// TestConfig checks that all that is missing or wrong is refused before the merchant is stored in the database.
func TestConfig(t *testing.T) {
	t.Parallel()
	pool := poolOf(t, database(t))
	gateway := payneteasytest.NewGateway(t)
	for want, change := range map[string]func(*riverpayout.Config){
		"Config.MaxWorkers is negative": func(c *riverpayout.Config) {
			c.MaxWorkers = -1
		},
		"Config.Gateway.Journal must be empty: the merchant has its own": func(c *riverpayout.Config) {
			c.Gateway.Journal = &riverpayout.Journal{}
		},
		"payneteasy: invalid configuration: Login is required: the merchant login": func(c *riverpayout.Config) {
			c.Gateway.Login = ""
		},
		"Config.Queue must have only lower-case letters and digits, with single _ or - between them": func(
			c *riverpayout.Config,
		) {
			c.Queue = "Pay outs"
		},
	} {
		config := riverpayout.Config{Gateway: gateway.Config()}
		change(&config)
		_, err := riverpayout.NewMerchant(t.Context(), pool, config)
		require.EqualError(t, err, "riverpayout: merchant: "+want)
	}
	_, err := riverpayout.NewMerchant(t.Context(), nil, riverpayout.Config{})
	require.EqualError(t, errors.Unwrap(err), "the pool is nil")
	var merchants int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM riverpayout_merchant").Scan(&merchants))
	require.Zero(t, merchants)

	books := riverpayout.Config{Gateway: gateway.Config(), OnNews: (&fleet{}).books}
	loads := riverpayout.Config{Gateway: gateway.Config(), Load: (&fleet{}).loads}
	for want, config := range map[string]riverpayout.Config{
		"Config.Load is required":   books,
		"Config.OnNews is required": loads,
	} {
		merchant, err := riverpayout.NewMerchant(t.Context(), pool, config)
		require.NoError(t, err)
		workers := &river.Config{}
		require.EqualError(t, riverpayout.AddWorkers(workers, merchant), "riverpayout: workers: "+want)
		require.Empty(t, workers.Queues)
	}
}
