package riverpayout_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

// kills holds the processes of a fleet and a PostgreSQL server, which are killed while the gateway's server is asked.
// So their work decides when they are killed, and no clock does.
type kills struct {
	*fleet
	server      *pgserver.Server
	restarts    chan struct{} // one for each kill of the server
	ids         []string
	enqueued    int // how many of ids
	noCondition bool

	mu       sync.Mutex
	alive    map[string]*exec.Cmd // by River's ID
	requests int
	last     int // the request of the last kill
	bookings int
	asked    int      // restarts
	due      []moment // in any order
	died     int      // processes, by SIGKILL
	served   int      // restarts of the server
}

// moment is the moment at which a process is killed.
type moment struct {
	during  string // path of the request
	replied bool   // after its reply
}

var moments = []moment{
	{"/payout/", false}, // the gateway still handles it
	{"/status/", false},
	{bookingPath, false}, // the ledger is written, and not committed
	{"/payout/", true},   // the reply is being stored
	{"/status/", true},
	{bookingPath, true}, // it is being committed, or is committed
}

const between = 20 // minimum number of requests between two kills

func newKills(t *testing.T, payouts, killed, restarts int) *kills {
	t.Helper()
	k := &kills{server: &pgserver.Server{}, restarts: make(chan struct{}, restarts), alive: map[string]*exec.Cmd{}}
	k.fleet = newPlainFleet(t, ownDatabase(t, k.server), k.serve)
	k.gateway.FailAtRandom(1, 6, payneteasytest.LoseReply(), payneteasytest.ResetAfterBody(),
		payneteasytest.CutReply(9),
		payneteasytest.Page(http.StatusBadGateway, "Bad Gateway"),
		payneteasytest.Page(http.StatusInternalServerError, "Oops").AfterAcceptance())
	for i := range payouts {
		k.ids = append(k.ids, fmt.Sprintf("p-%03d", i))
	}
	for i := range killed {
		k.due = append(k.due, moments[i%len(moments)])
	}
	return k
}

// serve is the gateway. It kills the process that asks it.
func (k *kills) serve(gateway http.Handler, w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	victim := k.alive[r.Header.Get(workerHeader)]
	k.requests++
	if strings.HasSuffix(r.URL.Path, bookingPath) {
		k.bookings++
		if n := cap(k.restarts); k.asked < n && k.bookings*(n+1) >= len(k.ids)*(k.asked+1) {
			k.asked++
			k.restarts <- struct{}{}
		}
	}
	next := slices.IndexFunc(k.due, func(m moment) bool { return strings.Contains(r.URL.Path, m.during) })
	dies := victim != nil && next >= 0 && k.requests-k.last >= between
	var at moment
	if dies {
		at, k.last = k.due[next], k.requests
		k.due = slices.Delete(k.due, next, next+1)
		delete(k.alive, r.Header.Get(workerHeader)) // it dies once
	}
	k.mu.Unlock()
	kill := func() { _ = victim.Process.Kill() } // it may be dead already
	switch {
	case dies && at.replied:
		defer kill()
		gateway.ServeHTTP(w, r)
		_ = http.NewResponseController(w).Flush()
	case dies:
		kill()
		fallthrough
	default:
		gateway.ServeHTTP(w, r)
	}
}

// keepAlive starts a worker process whenever there is none, and gives a dead process's jobs to others.
func (k *kills) keepAlive(ctx context.Context) error {
	for {
		id := rand.Text()
		k.mu.Lock() // so that it is known before it asks
		cmd, err := k.start(ctx, process{ID: id, NoCondition: k.noCondition})
		k.alive[id] = cmd
		k.mu.Unlock()
		if err != nil {
			return err
		}
		err = cmd.Wait()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch code := cmd.ProcessState.ExitCode(); code {
		case -1:
			k.mu.Lock()
			k.died++
			k.mu.Unlock()
		case exitFailed: // PostgreSQL was being killed
		default:
			return fmt.Errorf("a worker process ended by itself: %w: %s", err, cmd.Stderr)
		}
		if err := insist(ctx, func() error { return k.rescue(ctx, id) }); err != nil {
			return err
		}
	}
}

// restart kills the server and starts it again whenever k.restarts says so.
func (k *kills) restart(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-k.restarts:
		}
		k.server.Kill()
		if err := k.server.Serve(); err != nil {
			return err
		}
		k.mu.Lock()
		k.served++
		k.mu.Unlock()
	}
}

// rescueLost gives jobs to others if a killed server fetched them for a process that got no answer. River's leader does
// that when the jobs have timed out, in a minute and a half. rescueLost leaves jobs alone that are being worked. River
// v0.44.0 panics if a job is rescued while the end of its run is being stored.
func (k *kills) rescueLost(ctx context.Context) error {
	_, err := k.pool.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
		WHERE state = 'running' AND attempted_at < now() - interval '10 s'`)
	return err
}

// insist repeats do until it succeeds, because a server may be down.
func insist(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
