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

// kills are processes of a fleet that are killed, and a PostgreSQL that is, when the gateway's server is asked: so it
// is their work that says when, and no clock.
type kills struct {
	*fleet
	server     *pgserver.Server
	restarts   chan struct{} // one for each time that the server is to be killed
	ids        []string
	enqueued   int // of ids
	unlicensed bool

	mu       sync.Mutex
	alive    map[string]*exec.Cmd // by River's id
	requests int
	last     int // the request of the last kill
	bookings int
	asked    int      // restarts
	due      []moment // in whichever order they come
	died     int      // processes, by SIGKILL
	served   int      // times that the server was started again
}

// moment is when a process is killed.
type moment struct {
	during  string // what is asked
	replied bool   // when it has its reply
}

var moments = []moment{
	{"/payout/", false}, // the gateway goes on with it
	{"/status/", false},
	{bookingPath, false}, // the ledger is written, and not committed
	{"/payout/", true},   // the reply is being written down
	{"/status/", true},
	{bookingPath, true}, // it is being committed, or was
}

const between = 20 // requests, at least, between two kills

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

// serve is the gateway, which kills who asks it.
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
	kill := func() { _ = victim.Process.Kill() } // it may be dead
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

// keepAlive starts a worker process whenever there is none, and gives the jobs of the dead to others.
func (k *kills) keepAlive(ctx context.Context) error {
	for {
		id := rand.Text()
		k.mu.Lock() // it is known before it can ask
		cmd, err := k.start(ctx, process{ID: id, Unlicensed: k.unlicensed})
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

// restart kills the server, and starts it again, whenever it is time.
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

// rescueLost gives jobs to others that a killed server gave away without an answer. River's leader does it when they
// have timed out, in a minute and a half. It leaves jobs alone that are being worked: River v0.44.0 panics if a job is
// rescued while the end of its run is being stored.
func (k *kills) rescueLost(ctx context.Context) error {
	_, err := k.pool.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
		WHERE state = 'running' AND attempted_at < now() - interval '10 s'`)
	return err
}

// insist does something until it succeeds, while a server may be down.
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
