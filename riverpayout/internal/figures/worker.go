package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/fakegateway"
)

// account is the account of all payouts.
const account = "5550001234"

// workerOrder is the configuration of a worker process.
type workerOrder struct {
	Database        string
	Origin          string // the gateway's
	CA              []byte
	Min, Max        time.Duration // between questions
	Slots, Conns    int
	Cooldown, Fetch time.Duration
}

// Lateness is counted in lateSteps steps of lateStep each. The last step also counts everything later.
const (
	lateSteps = 1000
	lateStep  = 20 * time.Millisecond
)

// workerReport counts what a worker process has done so far.
type workerReport struct {
	Executions int
	Sent       int // requests that were loaded to send
	Told       int
	Late       time.Duration // sum over all executions, from the time when each was due
	LateBy     []int         // executions by lateSteps
}

// tally collects a workerReport. It is River middleware, so it sees each execution.
type tally struct {
	river.MiddlewareDefaults
	mu sync.Mutex
	workerReport
}

func (c *tally) count(what func(*workerReport)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	what(&c.workerReport)
}

func (c *tally) report() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	report := c.workerReport
	report.LateBy = append([]int(nil), c.LateBy...)
	return report
}

// Work implements rivertype.WorkerMiddleware.
func (c *tally) Work(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	late := max(job.AttemptedAt.Sub(job.ScheduledAt), 0)
	err := work(ctx)
	c.count(func(r *workerReport) {
		r.Executions++
		r.Late += late
		r.LateBy[min(int(late/lateStep), lateSteps-1)]++
	})
	return err
}

// gatewayConfig returns a client's configuration for a gateway in another process.
func gatewayConfig(origin string, ca []byte) (payneteasy.Config, error) {
	config, err := fakegateway.Config(origin + "/paynet")
	config.Timeout = 30 * time.Second
	if err != nil || ca == nil {
		return config, err
	}
	authority, err := x509.ParseCertificate(ca)
	if err != nil {
		return payneteasy.Config{}, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	transport.TLSClientConfig.RootCAs.AddCert(authority)
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 200, 200
	config.HTTPClient = &http.Client{Transport: transport}
	return config, nil
}

// serveWorker works until the process ends.
func serveWorker(o workerOrder) (report func() any, err error) {
	ctx := context.Background()
	pool, err := openPool(ctx, o.Database, o.Conns)
	if err != nil {
		return nil, err
	}
	config := riverpayout.Config{
		MaxWorkers: o.Slots,
		Logger:     slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if config.Gateway, err = gatewayConfig(o.Origin, o.CA); err != nil {
		return nil, err
	}
	config.Gateway.Wait = payneteasy.WaitOptions{MinInterval: o.Min, MaxInterval: o.Max, SlowAfter: time.Hour}
	counts := &tally{workerReport: workerReport{LateBy: make([]int, lateSteps)}}
	config.Load = func(ctx context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error) {
		req := &payneteasy.PayoutRequest{
			ClientOrderID: ref.ClientOrderID, Amount: ref.Amount,
			BankAccount: &payneteasy.BankAccount{Number: "1234567890", RoutingNumber: "15"},
		}
		err := pool.QueryRow(ctx, "SELECT account FROM debts WHERE id = $1", ref.ClientOrderID).
			Scan(&req.BankAccount.Number)
		counts.count(func(r *workerReport) { r.Sent++ })
		return req, err
	}
	config.OnNews = func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
		_, err := tx.Exec(ctx, "UPDATE debts SET paid = $2 WHERE id = $1",
			entry.ClientOrderID, news.Decision == payneteasy.DecisionPaid)
		counts.count(func(r *workerReport) { r.Told++ })
		return err
	}
	merchant, err := riverpayout.NewMerchant(ctx, pool, config)
	if err != nil {
		return nil, err
	}
	workers := &river.Config{
		FetchCooldown: o.Cooldown, FetchPollInterval: o.Fetch,
		Middleware: []rivertype.Middleware{counts}, Logger: config.Logger,
	}
	if err := riverpayout.AddWorkers(workers, merchant); err != nil {
		return nil, err
	}
	client, err := river.NewClient(riverpgxv5.New(pool), workers)
	if err != nil {
		return nil, err
	}
	return counts.report, client.Start(ctx)
}

func openPool(ctx context.Context, url string, conns int) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(conns) //nolint:gosec // a small number
	return pgxpool.NewWithConfig(ctx, config)
}
