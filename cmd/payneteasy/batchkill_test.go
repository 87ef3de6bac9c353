package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// killer serves a gateway. It kills a process in the middle of a payout request that the test chooses at random.
type killer struct {
	gateway http.Handler
	busy    sync.RWMutex // held for reading while a request is handled

	mu      sync.Mutex
	victim  *os.Process
	left    int // payouts until the process is killed
	after   bool
	payouts int
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.busy.RLock()
	defer k.busy.RUnlock()
	before, after := k.draw(strings.HasPrefix(r.URL.Path, "/paynet/api/v4/payout/"))
	before()
	defer after() // also if the gateway breaks the connection
	k.gateway.ServeHTTP(w, r)
}

// draw returns what to do before and after the gateway handles a request. Each function kills the process or does
// nothing. Only payouts count.
func (k *killer) draw(payout bool) (before, after func()) {
	nothing := func() {}
	k.mu.Lock()
	defer k.mu.Unlock()
	if payout {
		k.payouts++
		k.left--
	}
	if k.left != 0 || k.victim == nil {
		return nothing, nothing
	}
	victim := k.victim
	k.victim = nil
	kill := func() { _ = victim.Kill() } // the process cannot have ended yet
	if k.after {
		return nothing, kill
	}
	return kill, nothing
}

func (k *killer) aim(victim *os.Process, after int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.victim, k.left, k.after = victim, after, !k.after
}

// idle waits until the gateway has handled all requests of the killed process.
func (k *killer) idle() {
	k.busy.Lock()
	defer k.busy.Unlock()
	k.victim = nil
}

// TestKilledBatch pays a file of 2,000 lines (600 with -short) at a gateway where one call in thirty breaks. The run is
// killed 20 times (8 with -short) in the middle of a payout, and started again each time. In between, the file is
// renamed and the journal is deleted once. No line is ever paid twice, and each line without an order is a review.
func TestKilledBatch(t *testing.T) {
	t.Parallel()
	onUnix(t) // the test kills processes
	lines, kills := 2000, 20
	if testing.Short() { // as under the race detector, because each start asks about every line again
		lines, kills = 600, 8
	}
	const seed = 20261122
	random := rand.New(rand.NewPCG(seed, seed))
	gateway, err := payneteasytest.Start()
	require.NoError(t, err)
	defer gateway.Close()
	gateway.SetAccount("1111111111", payneteasytest.Declined("Declined by the bank", "2"))
	gateway.FailAtRandom(seed, 30, payneteasytest.LoseReply(), payneteasytest.ResetAfterBody(),
		payneteasytest.Page(502, "Bad gateway"),
		payneteasytest.Page(502, "Bad gateway").AfterAcceptance(), payneteasytest.CutReply(30),
		payneteasytest.TooManyRequests(0))
	k := new(killer)
	server := httptest.NewServer(k)
	defer server.Close()
	k.gateway = gateway.Handler(server.URL)
	dir := t.TempDir()
	file := filepath.Join(dir, "payouts.csv")
	require.NoError(t, os.WriteFile(file, []byte(payouts(lines)), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "state"), 0o700))
	environ := append(os.Environ(), fast+"="+fastTimeout, "PAYNETEASY_STATE_DIR="+filepath.Join(dir, "state"),
		"PAYNETEASY_BASE_URL="+server.URL+"/paynet",
		"PAYNETEASY_LOGIN="+payneteasytest.Login, "PAYNETEASY_CONTROL_KEY="+payneteasytest.ControlKey,
		"PAYNETEASY_ENDPOINT_ID="+strconv.Itoa(payneteasytest.EndpointID), "PAYNETEASY_PRIVATE_KEY_FILE="+
			keyFile(t, dir))
	run := func(killAfter int) (status int, output string) {
		program := exec.CommandContext(t.Context(), "payneteasy", "batch", "run", file, "--yes", "--rate", "0",
			"--status-rate", "0", "--max-failures", "0")
		program.Env = environ
		var out bytes.Buffer
		program.Stdout, program.Stderr = &out, &out
		require.NoError(t, program.Start())
		if killAfter > 0 {
			k.aim(program.Process, killAfter)
		}
		err := program.Wait()
		k.idle()
		if ended, ok := errors.AsType[*exec.ExitError](err); ok {
			if ended.Sys().(syscall.WaitStatus).Signaled() {
				return -1, out.String()
			}
			return ended.ExitCode(), out.String()
		}
		require.NoError(t, err)
		return 0, out.String()
	}
	for i := range kills {
		// few enough that payouts are left for every run
		status, output := run(1 + random.IntN(lines/kills-10))
		require.Equal(t, -1, status, output)
		switch i {
		case kills / 2:
			renamed := filepath.Join(dir, "renamed.csv")
			require.NoError(t, os.Rename(file, renamed))
			file = renamed
		case kills * 3 / 4:
			journals, err := filepath.Glob(filepath.Join(dir, "state", "*", "payouts.journal"))
			require.NoError(t, err)
			require.Len(t, journals, 1, "one journal, whatever the file is called")
			require.NoError(t, os.Remove(journals[0]))
		}
	}
	status, output := run(0)
	for strings.Contains(output, "\nnot sent ") { // all three questions before a line was sent were broken
		status, output = run(0)
	}
	require.Equal(t, exit.Unknown, status, output)

	require.Empty(t, gateway.DoublePayouts())
	told := readResults(t, strings.TrimSuffix(file, ".csv")+".results.csv")
	require.Len(t, told, lines)
	orders := map[string]int{}
	for _, o := range gateway.Orders() {
		orders[o.ClientOrderID]++
	}
	seen := map[string]int{}
	for i := range lines {
		id := fmt.Sprintf("payout-%05d", i)
		require.LessOrEqual(t, orders[id], 1, id)
		got := told[id]
		seen[got]++
		if orders[id] == 0 {
			require.Equal(t, "review held", got, id)
		} else {
			require.Contains(t, []string{"paid", "not paid", "review elsewhere"}, got, id)
		}
	}
	t.Log(seen)
	for _, want := range []string{"paid", "not paid", "review elsewhere", "review held"} {
		require.Positive(t, seen[want], want)
	}
}

// readResults reads a results CSV. It returns decision and cause by client_orderid.
func readResults(t *testing.T, path string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "client_orderid,orderid,decision,cause,paid,taken_back,status,error_code,error_message",
		strings.Join(records[0], ","))
	told := map[string]string{}
	for _, record := range records[1:] {
		told[record[0]] = strings.TrimSpace(record[2] + " " + record[3])
	}
	return told
}
