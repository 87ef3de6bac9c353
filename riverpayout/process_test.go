package riverpayout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

// processOrder is the variable that makes the test binary a worker process.
const processOrder = "RIVERPAYOUT_TEST_WORKER"

// process is what a worker process is told.
type process struct {
	Database string
	Gateway  string // its base URL
	ID       string // River's
	Die      string // where it kills itself, as a power cut would: see the constants
}

const (
	dieBeforeSending = "the intent is written, and nothing has left"
	dieAfterSending  = "the gateway has the payout, and nobody has read its reply"
	dieBooking       = "the ledger is written, and not committed"
)

// die is SIGKILL.
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

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// plainConfig is for a gateway that is served without TLS, so that another process can reach it.
func plainConfig(baseURL string) payneteasy.Config {
	key, err := payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())
	if err != nil {
		panic(err)
	}
	return payneteasy.Config{
		BaseURL: baseURL, Endpoint: payneteasy.EndpointID(payneteasytest.EndpointID), Login: payneteasytest.Login,
		PrivateKey: key, ControlKey: payneteasy.NewSecret(payneteasytest.ControlKey), Timeout: 2 * time.Second, ResolveWindow: time.Millisecond,
		Wait: payneteasy.WaitOptions{MinInterval: 5 * time.Millisecond, MaxInterval: 10 * time.Millisecond},
	}
}

// workerProcess works until it is killed.
func workerProcess(order string) {
	err := func() error {
		var p process
		if err := json.Unmarshal([]byte(order), &p); err != nil {
			return err
		}
		ctx := context.Background()
		pool, err := pgxpool.New(ctx, p.Database)
		if err != nil {
			return err
		}
		config := riverpayout.Config{
			Gateway: plainConfig(p.Gateway),
			Load: func(_ context.Context, ref payneteasy.OrderRef) (*payneteasy.PayoutRequest, error) {
				<-time.After(10 * time.Millisecond) // as a loader takes: meanwhile another process may load it too
				return requestOf(ref, paid), nil
			},
			OnFinal: func(ctx context.Context, tx pgx.Tx, final riverpayout.Final) error {
				err := write(ctx, tx, final)
				if p.Die == dieBooking {
					die()
				}
				return err
			},
			MaxWorkers: 3,
		}
		config.Gateway.HTTPClient = &http.Client{Transport: p.transport()}
		merchant, err := riverpayout.NewMerchant(ctx, pool, config)
		if err != nil {
			return err
		}
		workers := riverConfig()
		workers.ID = p.ID
		if err := riverpayout.AddWorkers(workers, merchant); err != nil {
			return err
		}
		client, err := river.NewClient(riverpgxv5.New(pool), workers)
		if err != nil {
			return err
		}
		return client.Start(ctx)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
	select {}
}

// start starts a worker process, which ends with the context.
func (f *fleet) start(ctx context.Context, id, where string) (*exec.Cmd, error) {
	order, err := json.Marshal(process{Database: f.url, Gateway: f.base, ID: id, Die: where})
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), processOrder+"="+string(order))
	cmd.Stderr = os.Stderr
	return cmd, cmd.Start()
}

// newPlainFleet is a merchant whose gateway other processes can reach. See is told of each request before it is answered.
func newPlainFleet(t *testing.T, see func(*http.Request)) *fleet {
	server := httptest.NewUnstartedServer(nil)
	origin := "http://" + server.Listener.Addr().String()
	f := newFleet(t, "", func(c *riverpayout.Config) { c.Gateway = plainConfig(origin + "/paynet") })
	gateway := f.gateway.Handler(origin)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		see(r)
		gateway.ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	return f
}

// rescue does at once what River's rescuer does for the jobs of a process that is dead.
func (f *fleet) rescue(ctx context.Context, id string) error {
	_, err := f.pool.Exec(ctx, "UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1", id)
	return err
}
