package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/payneteasy-go/payneteasy/riverpayout/internal/reexec"
)

// workerOrder is the environment variable that makes this program a worker process.
const workerOrder = "FLEET_WORKER"

// order is the configuration of a worker process.
type order struct {
	Database, Schema string
	Gateway          string // its origin
	CallbackURL      string
	ID               string // River's client ID
	LogFile          string
}

// workerProcess works until its standard input ends. That happens when the process is told to stop, or when its parent
// process has ended.
func workerProcess(text string, stdin io.Reader, stderr io.Writer) int {
	signal.Ignore(os.Interrupt) // Ctrl-C on a terminal reaches all processes, but the first process stops the others
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		stop()
	}()
	if err := workOn(ctx, text); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

func workOn(ctx context.Context, text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if o.LogFile != "" {
		file, err := os.OpenFile(o.LogFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		log = slog.New(slog.NewTextHandler(file, nil)).With(slog.String("worker", o.ID))
	}
	pool, err := openPool(ctx, o.Database, o.Schema)
	if err != nil {
		return err
	}
	defer pool.Close()
	gateway, err := gatewayConfig(o.Gateway)
	if err != nil {
		return err
	}
	shop, err := newShop(ctx, pool, gateway, o.CallbackURL, log)
	if err != nil {
		return err
	}
	return shop.work(ctx, &river.Config{ID: o.ID, FetchPollInterval: 100 * time.Millisecond})
}

// crew holds the worker processes of the first process.
type crew struct {
	order  order           // without its ID
	failed func(err error) // called when a worker ended by itself

	mu       sync.Mutex
	number   int
	stopping bool
	workers  map[string]*worker // by River's ID
	killed   []string
}

type worker struct {
	id     string
	stdin  io.Closer
	stderr bytes.Buffer
	cmd    *exec.Cmd
	ended  chan struct{}
	killed bool
}

// start starts another worker process.
func (c *crew) start(ctx context.Context) (id string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return "", errors.New("the workers are being stopped")
	}
	c.number++
	told := c.order
	told.ID = fmt.Sprintf("worker-%d", c.number)
	cmd, err := reexec.Command(context.WithoutCancel(ctx), workerOrder, told) // ends with its standard input
	if err != nil {
		return "", err
	}
	w := &worker{id: told.ID, cmd: cmd, ended: make(chan struct{})}
	w.cmd.Stderr = &w.stderr
	if w.stdin, err = w.cmd.StdinPipe(); err != nil {
		return "", err
	}
	if err := w.cmd.Start(); err != nil {
		return "", err
	}
	c.workers[w.id] = w
	go c.watch(w)
	return w.id, nil
}

func (c *crew) watch(w *worker) {
	err := w.cmd.Wait()
	c.mu.Lock()
	unexpected := !c.stopping && !w.killed
	delete(c.workers, w.id)
	if w.killed {
		c.killed = append(c.killed, w.id)
	}
	c.mu.Unlock()
	close(w.ended)
	if unexpected {
		c.failed(fmt.Errorf("%s ended by itself: %w: %s", w.id, err, bytes.TrimSpace(w.stderr.Bytes())))
	}
}

// kill kills a worker process, and returns when the process is dead.
func (c *crew) kill(id string) error {
	c.mu.Lock()
	w := c.workers[id]
	if w != nil {
		w.killed = true
	}
	c.mu.Unlock()
	if w == nil {
		return fmt.Errorf("there is no worker %q to kill", id)
	}
	if err := w.cmd.Process.Kill(); err != nil {
		return err
	}
	<-w.ended
	return nil
}

// dead returns the IDs of the killed processes.
func (c *crew) dead() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.killed)
}

// stop lets all worker processes finish.
func (c *crew) stop() {
	c.mu.Lock()
	c.stopping = true
	var workers []*worker
	for _, w := range c.workers {
		workers = append(workers, w)
	}
	c.mu.Unlock()
	for _, w := range workers {
		_ = w.stdin.Close()
	}
	late := time.After(10 * time.Second)
	for _, w := range workers {
		select {
		case <-w.ended:
		case <-late:
			_ = w.cmd.Process.Kill() // it may have ended already
			<-w.ended
			late = time.After(0)
		}
	}
}
