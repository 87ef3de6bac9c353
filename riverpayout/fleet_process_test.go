package riverpayout_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/riverpayout"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/fakegateway"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/reexec"
)

// processOrder is the environment variable that makes the test binary a worker process.
const processOrder = "RIVERPAYOUT_TEST_WORKER"

// process is the configuration of a worker process.
type process struct {
	Database string
	Gateway  string // its base URL
	ID       string // River's client ID
	Die      string // where it kills itself, as a power cut would (a die constant)

	NoCondition bool // Journal.Put has no condition, which the test must find out
	Patient     bool // it waits for replies as long as the test does
}

// workerHeader tells the gateway's server which process sends a request.
const workerHeader = "X-Worker"

// Paths that a process requests from the gateway's server in addition to the gateway's own.
const (
	bookingPath  = "/booking"  // from OnNews, when the ledger is written and not committed
	stoppingPath = "/stopping" // when the process is told to stop
)

const (
	dieBeforeSending = "the intent is written, and nothing has left"
	dieAfterSending  = "the gateway has the payout, and its reply was not read"
	dieRejected      = "the gateway has rejected the payout, and its process did not say why"
	dieBooking       = "the ledger is written, and not committed"
)

// die kills the process with SIGKILL.
func die() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		_ = self.Kill() // it does not return
	}
	select {}
}

func (p process) transport() http.RoundTripper {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.DisableKeepAlives = true
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		pays := strings.Contains(req.URL.Path, "/payout/")
		req = req.Clone(req.Context())
		req.Header.Set(workerHeader, p.ID)
		if pays && p.Die == dieBeforeSending {
			die()
		}
		reply, err := base.RoundTrip(req)
		if pays && p.Die == dieAfterSending {
			die()
		}
		return reply, err
	})
}

// plainConfig is for a gateway without TLS, so that another process can reach it.
func plainConfig(baseURL string) payneteasy.Config {
	config, err := fakegateway.Config(baseURL)
	if err != nil {
		panic(err)
	}
	config.Timeout, config.ResolveWindow = 2*time.Second, time.Millisecond
	config.Wait = payneteasy.WaitOptions{
		MinInterval: 5 * time.Millisecond, MaxInterval: 10 * time.Millisecond, SlowMinInterval: time.Second,
		SlowMaxInterval: 2 * time.Second,
	}
	return config
}

// workerProcess works until it is killed or told to stop.
func workerProcess(order string) {
	if err := work(order); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(exitFailed)
	}
	os.Exit(0)
}

// Exit codes of a process that was not killed and not told to stop.
const (
	exitFailed  = 3 // most likely it could not start
	exitStopped = 4
)

func work(order string) error { //nolint:gocyclo // a whole program, which is killed
	var p process
	if err := json.Unmarshal([]byte(order), &p); err != nil {
		return err
	}
	if p.NoCondition {
		riverpayout.TakeCondition()
	}
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, p.Database+"&application_name="+p.ID)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: p.transport()}
	config := riverpayout.Config{
		Gateway: plainConfig(p.Gateway),
		Load: func(_ context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error) {
			<-time.After(10 * time.Millisecond) // loading takes time, in which another process may load it too
			return requestOf(ref, accountOf(ref.ClientOrderID)), nil
		},
		OnNews: func(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, news payneteasy.News) error {
			if err := write(ctx, tx, entry, news); err != nil {
				return err
			}
			if p.Die == dieBooking {
				die()
			}
			return tell(ctx, client, p.Gateway+bookingPath)
		},
		Observe: func(_ context.Context, event payneteasy.Event) {
			if call, ok := event.(payneteasy.CallEvent); p.Die == dieRejected && ok && call.Decision != "" {
				die()
			}
		},
		MaxWorkers: 5,
	}
	config.Gateway.HTTPClient = client
	if p.Patient {
		config.Gateway.Timeout = patience
	}
	merchant, err := riverpayout.NewMerchant(ctx, pool, config)
	if err != nil {
		return err
	}
	workers := riverConfig()
	workers.ID = p.ID
	if err := riverpayout.AddWorkers(workers, merchant); err != nil {
		return err
	}
	fleet, err := river.NewClient(riverpgxv5.New(pool), workers)
	if err != nil {
		return err
	}
	if err := fleet.Start(ctx); err != nil {
		return err
	}
	told, cancel := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer cancel()
	select {
	case <-fleet.Stopped():
		os.Exit(exitStopped)
	case <-told.Done():
	}
	if err := fleet.StopAndCancel(told); !errors.Is(err, context.Canceled) { // begins to stop, and does not wait
		return fmt.Errorf("no job was running: %w", err)
	}
	if err := tell(ctx, client, p.Gateway+stoppingPath); err != nil {
		return err
	}
	return fleet.StopAndCancel(ctx)
}

// tell notifies the test and waits for its reply.
func tell(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return err
	}
	reply, err := client.Do(req)
	if err != nil {
		return err
	}
	return reply.Body.Close()
}

// accountOf returns the account of a payout p-123. One account in seven is declined.
func accountOf(id string) string {
	if numberOf(id)%7 == 6 {
		return declined
	}
	return paid
}

func numberOf(id string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, "p-"))
	return n
}

// start starts a worker process that ends with the context.
func (f *fleet) start(ctx context.Context, p process) (*exec.Cmd, error) {
	p.Database, p.Gateway = f.url, f.base
	cmd, err := reexec.Command(ctx, processOrder, p)
	if err != nil {
		return nil, err
	}
	cmd.Stderr = &strings.Builder{}
	return cmd, cmd.Start()
}

// newPlainFleet returns a merchant whose gateway other processes can reach. serve may do more than the gateway.
func newPlainFleet(
	t *testing.T, url string, serve func(gateway http.Handler, w http.ResponseWriter, r *http.Request),
) *fleet {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	origin := "http://" + server.Listener.Addr().String()
	f := newFleet(t, url, func(c *riverpayout.Config) { c.Gateway = plainConfig(origin + "/paynet") })
	mux := http.NewServeMux()
	mux.Handle("/", f.gateway.Handler(origin))
	for _, path := range []string{bookingPath, stoppingPath} {
		mux.HandleFunc("/paynet"+path, func(http.ResponseWriter, *http.Request) {})
	}
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(mux, w, r) })
	server.Start()
	t.Cleanup(server.Close)
	return f
}

// serveOnly does only what the gateway does.
func serveOnly(gateway http.Handler, w http.ResponseWriter, r *http.Request) { gateway.ServeHTTP(w, r) }

// rescue does at once what River's leader would do later for the jobs of a dead process. It waits until PostgreSQL has
// closed the connections of that process, because a statement in progress may still take a job.
func (f *fleet) rescue(ctx context.Context, id string) error {
	for open := 1; open > 0; {
		err := f.pool.QueryRow(ctx,
			"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1", id).
			Scan(&open)
		if err != nil {
			return err
		}
	}
	_, err := f.pool.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
		WHERE state IN ('running', 'retryable') AND attempted_by[array_upper(attempted_by, 1)] = $1`, id)
	return err
}
