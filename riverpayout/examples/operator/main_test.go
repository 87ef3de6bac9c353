package main

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// stage is a merchant with payouts that an operator looks after.
type stage struct {
	t        *testing.T
	env      map[string]string
	pool     *pgxpool.Pool
	merchant *riverpayout.Merchant
}

func newStage(t *testing.T) *stage {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	gateway := payneteasytest.NewGateway(t)
	server.Config.Handler = gateway.Handler("http://" + server.Listener.Addr().String())
	server.Start()
	t.Cleanup(server.Close)
	key := filepath.Join(t.TempDir(), "merchant.pem")
	require.NoError(t, os.WriteFile(key, payneteasytest.MerchantKeyPEM(), 0o600))
	s := &stage{t: t, env: map[string]string{
		"DATABASE_URL": pgtest.URL(t, ""), "PAYNETEASY_BASE_URL": server.URL + "/paynet",
		"PAYNETEASY_LOGIN":            payneteasytest.Login,
		"PAYNETEASY_PRIVATE_KEY_FILE": key, "PAYNETEASY_CONTROL_KEY": payneteasytest.ControlKey,
		"PAYNETEASY_GROUP_ID": "1144",
	}}
	var err error
	s.pool, err = pgxpool.New(t.Context(), s.env["DATABASE_URL"])
	require.NoError(t, err)
	t.Cleanup(s.pool.Close)
	require.NoError(t, riverpayout.Migrate(t.Context(), s.pool))
	config, err := gatewayOf(s.getenv)
	require.NoError(t, err)
	s.merchant, err = riverpayout.NewMerchant(t.Context(), s.pool, riverpayout.Config{Gateway: config})
	require.NoError(t, err)
	return s
}

func (s *stage) getenv(name string) string { return s.env[name] }

func (s *stage) enqueue(id string) {
	s.t.Helper()
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(s.t, err)
	require.NoError(s.t, pgx.BeginFunc(s.t.Context(), s.pool, func(tx pgx.Tx) error {
		return s.merchant.Enqueue(s.t.Context(), tx, payneteasy.OrderRef{ClientOrderID: id, Amount: amount})
	}))
}

// says runs a command, and checks its exit status and its whole output.
func (s *stage) says(status int, want string, args ...string) {
	s.t.Helper()
	var out strings.Builder
	require.Equal(s.t, status, run(s.t.Context(), args, s.getenv, &out, &out), out.String())
	require.Equal(s.t, want, out.String())
}

// TestOperator checks what an operator may do and may not do.
func TestOperator(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.enqueue("p-1")
	s.enqueue("p-2")
	s.says(exitDone, "0 parked\n", "parked")
	s.says(exitDone, "p-1 is cancelled, and is never sent.\n", "cancel", "p-1", "J. Smith: the receiver is dead")
	s.says(exitNotDone, "error: riverpayout: cancel \"p-1\": riverpayout: the payout can no longer be "+
		"cancelled: its decision is not sent\n", "cancel", "p-1", "twice")
	s.says(exitNotDone, "error: riverpayout: settle \"p-2\": payneteasy: no such journal entry: the payout was "+
		"not sent yet: cancel it instead\n", "settle", "p-2", "paid", "J. Smith")

	// A process died while it was sending p-2, and the gateway does not know p-2.
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	entry := s.merchant.Client().NewEntry(payneteasy.OrderRef{ClientOrderID: "p-2", Amount: amount})
	entry.Window = 0 // so the window is over
	entry.Attempt, entry.NotKnown, entry.Revision, entry.Seq, entry.Told.Seq = "5f2e91c07a3b", true, 2, 1, 1
	require.NoError(t, s.merchant.Journal().Put(t.Context(), entry))
	_, err = s.pool.Exec(t.Context(),
		"UPDATE riverpayout_payout SET told = '2026-11-22 03:00:00Z' WHERE client_orderid = 'p-2'")
	require.NoError(t, err)
	s.says(exitDone, "p-2  10.42 USD  review, parked since 2026-11-22T03:00:00Z\n  review: held\n1 parked\n", "parked")
	s.says(exitDone, "The job of p-2 runs as soon as a worker is free, unless the payout has ended.\n", "wake", "p-2")
	s.says(exitNotDone, "error: riverpayout: cancel \"p-2\": riverpayout: the payout can no longer be cancelled: it "+
		"may have been sent: its decision is review\n", "cancel", "p-2", "a mistake")
	s.says(exitNotDone, "error: riverpayout: settle \"p-2\": payneteasy: settle: invalid request: "+
		"Settlement.Decision is not \"paid\", \"not paid\", \"reversed\" or \"not sent\"\n", "settle", "p-2", "never",
		"J. Smith")
	s.says(exitDone, "p-2 is settled as not sent. Its job calls OnNews when a worker runs.\n", "settle", "p-2",
		"not sent", "J. Smith, by the manager's mail of 3 May")
	entry, _, err = s.merchant.Journal().Get(t.Context(), "p-2")
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionNotSent, entry.Settlement.Decision)

	_, err = s.pool.Exec(t.Context(), "DELETE FROM river_job")
	require.NoError(t, err)
	s.says(exitDone, "Payouts that had lost their jobs: 1.\n", "requeue")
	s.says(exitNotDone, "error: riverpayout: wake \"p-9\": payneteasy: no such journal entry\n", "wake", "p-9")
}

// TestUsage checks that the message names what is missing or wrong, and that nothing is done.
func TestUsage(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	none := func(string) string { return "" }
	for _, args := range [][]string{nil, {"pay"}, {"settle", "p-1", "paid"}, {"parked", "p-1"}} {
		out.Reset()
		require.Equal(t, exitUsage, run(context.Background(), args, none, &out, &out))
		require.Equal(t, usage, out.String())
	}
	s := newStage(t)
	for name, wrong := range map[string][2]string{
		"PAYNETEASY_LOGIN": {"", "usage: set PAYNETEASY_LOGIN\n"},
		"DATABASE_URL":     {"", "usage: set DATABASE_URL\n"},
		"PAYNETEASY_GROUP_ID": {
			"one",
			"usage: set either PAYNETEASY_ENDPOINT_ID or PAYNETEASY_GROUP_ID to a number\n",
		},
		"PAYNETEASY_PRIVATE_KEY_FILE": {
			"/nowhere",
			"usage: PAYNETEASY_PRIVATE_KEY_FILE: open /nowhere: no such file or directory\n",
		},
	} {
		out.Reset()
		require.Equal(t, exitUsage, run(t.Context(), []string{"parked"}, func(asked string) string {
			if asked == name {
				return wrong[0]
			}
			return s.getenv(asked)
		}, &out, &out))
		require.Equal(t, wrong[1], out.String())
	}
}
