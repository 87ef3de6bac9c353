package main

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// The scripts in testdata/script run the program in its own process, against a fake gateway in the test's process. They
// have testscript's own commands and these:
//
//	exits STATUS PROGRAM [ARG…]   runs a program that must end with this status
//	gateway start                 starts a fake gateway, and sets the variables that configure the program for it
//	gateway fail FAULT…           breaks the next calls (see scriptFaults)
//	gateway fail-order ID FAULT…  breaks the next calls about an order
//	gateway lock DIRECTORY        locks the only journal in the directory, as another run does
//	gateway account NUMBER SCRIPT chooses the outcome of payouts to an account (see scriptEnds)
//	gateway hide|show ID          hides an order from status requests, or shows it again
//	gateway finish ID             makes an order paid at once
//	gateway orders ID COUNT       checks the number of orders of a client_orderid
//	gateway stall                 accepts the next payout and holds its answer back
//	gateway stalled               waits until there is such a payout
//	gateway release               sends the answer
//	sandbox start|stop            runs payneteasy sandbox in its own process, and sets its variables
//	listen [ARG…]                 starts payneteasy callback listen, and sets $CALLBACK_URL to its address
//	listened FILE                 waits until it ends with status 0, and writes its output, with TIME for each time
//
// $TESTDATA is the directory testdata of this package.
//
// A word like $BASE_URL is not expanded in the files of a script. UPDATE_GOLDEN=1 writes the files that cmp compares
// with.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"payneteasy": func() {
		tool := newTool(os.Environ(), os.Stdin, os.Stdout, os.Stderr)
		if timeout, err := time.ParseDuration(os.Getenv(fast)); err == nil {
			tool.ChangeConfig = func(c *payneteasy.Config) {
				c.Wait = payneteasy.WaitOptions{MinInterval: time.Millisecond, MaxInterval: 2 * time.Millisecond}
				c.ResolveWindow, c.Timeout = 100*time.Millisecond, timeout
			}
		}
		code := tool.runUntilSignal(context.Background(), os.Args[1:])
		if peak := os.Getenv(peakFile); peak != "" {
			// The rusage of a process starts with the rusage of its parent.
			if status, err := os.ReadFile("/proc/self/status"); err == nil {
				_ = os.WriteFile(peak, status, 0o600)
			}
		}
		os.Exit(code)
	}})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_GOLDEN") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv(fast, fastTimeout)
			testdata, err := filepath.Abs("testdata")
			if err != nil {
				return err
			}
			env.Setenv("TESTDATA", testdata)
			env.Values[gatewayKey{}] = new(scriptGateway)
			env.Values[sandboxKey{}] = new(scriptSandbox)
			env.Values[listenerKey{}] = new(scriptListener)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "gateway": gatewayCommand, "sandbox": sandboxCommand, "listen": startListening,
			"listened": listened,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
}

type gatewayKey struct{}

// scriptGateway is the gateway of a script.
type scriptGateway struct {
	*payneteasytest.Gateway
	stall             atomic.Bool
	stalled, released chan struct{}
}

// scriptFaults are the faults that a script can name.
var scriptFaults = map[string]payneteasytest.Fault{
	"lose-reply":       payneteasytest.LoseReply(),
	"reset-after-body": payneteasytest.ResetAfterBody(),
	"502":              payneteasytest.Page(http.StatusBadGateway, "Bad gateway"),
	"502-accepted":     payneteasytest.Page(http.StatusBadGateway, "Bad gateway").AfterAcceptance(),
	"403":              payneteasytest.AccessDenied(),
	"type-error":       payneteasytest.ReplyOfType("error"),
	"not-found-yet":    payneteasytest.NotFoundYet(),
}

// scriptEnds are the outcomes of payouts that a script can name.
var scriptEnds = map[string]payneteasytest.Script{
	"approved": payneteasytest.Approved(),
	"declined": payneteasytest.Declined("Declined by the bank", "2"),
	"filtered": payneteasytest.Filtered("Refused by fraud control", "8"),
	"error":    payneteasytest.Errored("PROCESSOR_INTERNAL_ERROR", "3"),
	"stuck":    payneteasytest.Stuck(),
	"redirect": payneteasytest.Approved().WithConfirmation(),
}

// gatewayCommands are the subcommands of gateway. word returns an argument, and fails the script if it is missing.
var gatewayCommands = map[string]func(g *scriptGateway, ts *testscript.TestScript, args []string,
	word func(int) string){
	"start": func(g *scriptGateway, ts *testscript.TestScript, _ []string, _ func(int) string) { g.start(ts) },
	"fail": func(g *scriptGateway, ts *testscript.TestScript, args []string, _ func(int) string) {
		for _, name := range args[1:] {
			g.FailNext(known(ts, scriptFaults, name))
		}
	},
	"fail-order": func(g *scriptGateway, ts *testscript.TestScript, args []string, word func(int) string) {
		for _, name := range args[2:] {
			g.FailOrder(word(1), known(ts, scriptFaults, name))
		}
	},
	"account": func(g *scriptGateway, ts *testscript.TestScript, _ []string, word func(int) string) {
		g.SetAccount(word(1), known(ts, scriptEnds, word(2)))
	},
	"lock": func(g *scriptGateway, ts *testscript.TestScript, _ []string, word func(int) string) {
		g.lock(ts, word(1))
	},
	"hide": hideOrder,
	"show": hideOrder,
	"finish": func(g *scriptGateway, ts *testscript.TestScript, _ []string, word func(int) string) {
		if !g.Become(word(1), payneteasytest.Approved()) || !g.Finish(word(1)) {
			ts.Fatalf("no order %s that is not final", word(1))
		}
	},
	"orders": func(g *scriptGateway, ts *testscript.TestScript, _ []string, word func(int) string) {
		count := 0
		for _, o := range g.Orders() {
			if o.ClientOrderID == word(1) {
				count++
			}
		}
		if word(2) != strconv.Itoa(count) {
			ts.Fatalf("%d orders of %s, want %s", count, word(1), word(2))
		}
	},
	"stall": func(g *scriptGateway, _ *testscript.TestScript, _ []string, _ func(int) string) {
		g.stalled, g.released = make(chan struct{}), make(chan struct{})
		g.stall.Store(true)
	},
	"stalled": func(g *scriptGateway, _ *testscript.TestScript, _ []string, _ func(int) string) { <-g.stalled },
	"release": func(g *scriptGateway, _ *testscript.TestScript, _ []string, _ func(int) string) { close(g.released) },
}

func hideOrder(g *scriptGateway, ts *testscript.TestScript, args []string, word func(int) string) {
	if !g.Hide(word(1), args[0] == "hide") {
		ts.Fatalf("no order %s", word(1))
	}
}

func gatewayCommand(ts *testscript.TestScript, neg bool, args []string) {
	g := ts.Value(gatewayKey{}).(*scriptGateway)
	if neg || len(args) == 0 || (g.Gateway == nil) != (args[0] == "start") {
		ts.Fatalf("usage: gateway start, then the others")
	}
	known(ts, gatewayCommands, args[0])(g, ts, args, func(i int) string {
		if i >= len(args) {
			ts.Fatalf("gateway %s: too few words", args[0])
		}
		return args[i]
	})
}

// lock opens a journal until the script's end, as another run does.
func (g *scriptGateway) lock(ts *testscript.TestScript, dir string) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", "payouts.journal"))
	ts.Check(err)
	if len(paths) != 1 {
		ts.Fatalf("%d journals in %s", len(paths), dir)
	}
	journal, err := filejournal.Open(paths[0])
	ts.Check(err)
	ts.Defer(func() { ts.Check(journal.Close()) })
}

func known[T any](ts *testscript.TestScript, all map[string]T, name string) T {
	value, ok := all[name]
	if !ok {
		ts.Fatalf("%s: none of %v", name, slices.Sorted(maps.Keys(all)))
	}
	return value
}

// late returns a writer that holds an answer back until it is released or the client disconnects.
func (g *scriptGateway) late(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	return &lateWriter{ResponseWriter: w, wait: sync.OnceFunc(func() {
		close(g.stalled)
		select {
		case <-g.released:
		case <-r.Context().Done():
		}
	})}
}

type lateWriter struct {
	http.ResponseWriter
	wait func()
}

func (w *lateWriter) WriteHeader(status int) {
	w.wait()
	w.ResponseWriter.WriteHeader(status)
}

func (w *lateWriter) Write(p []byte) (int, error) {
	w.wait()
	return w.ResponseWriter.Write(p)
}

// start serves the gateway by plain HTTP, as the sandbox does, because the program does not trust a fake's certificate.
func (g *scriptGateway) start(ts *testscript.TestScript) {
	gateway, err := payneteasytest.Start()
	ts.Check(err)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/payout") && g.stall.Swap(false) {
			w = g.late(w, r)
		}
		handler.ServeHTTP(w, r)
	}))
	handler = gateway.Handler(server.URL)
	ts.Defer(func() {
		server.Close()
		gateway.Close()
		if doubles := gateway.DoublePayouts(); doubles != nil {
			ts.Fatalf("%v", doubles)
		}
	})
	g.Gateway = gateway
	key := ts.MkAbs("merchant.pem")
	ts.Check(os.WriteFile(key, payneteasytest.MerchantKeyPEM(), 0o600))
	ts.Setenv("PAYNETEASY_BASE_URL", server.URL+"/paynet")
	ts.Setenv("PAYNETEASY_LOGIN", payneteasytest.Login)
	ts.Setenv("PAYNETEASY_PRIVATE_KEY_FILE", key)
	ts.Setenv("PAYNETEASY_CONTROL_KEY", payneteasytest.ControlKey)
	ts.Setenv("PAYNETEASY_ENDPOINT_ID", strconv.Itoa(payneteasytest.EndpointID))
}
