package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/payneteasy-go/payneteasy/riverpayout/internal/reexec"
)

// childOrder is the variable that makes this program a child process.
const childOrder = "RIVERPAYOUT_FIGURES_CHILD"

// order is what a child process is told: one of these.
type order struct {
	Gateway *gatewayOrder
	Worker  *workerOrder
}

// childProcess does what it is told until its standard input ends, as it does when the program that started it dies.
// Each line of it asks for a report.
func childProcess(text string) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // the terminal tells all: the parent ends us when it has what it needs
	err := func() error {
		var o order
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			return err
		}
		var report func() any
		var err error
		switch {
		case o.Gateway != nil:
			report, err = serveGateway(*o.Gateway)
		case o.Worker != nil:
			report, err = serveWorker(*o.Worker)
		default:
			err = errors.New("nothing to do")
		}
		if err != nil {
			return err
		}
		asked := bufio.NewScanner(os.Stdin)
		for asked.Scan() {
			if err := json.NewEncoder(os.Stdout).Encode(report()); err != nil {
				return err
			}
		}
		return asked.Err()
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures: child:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child is a process that works for this one.
type child struct {
	cmd     *exec.Cmd
	asks    io.WriteCloser
	answers *json.Decoder
}

func startChild(ctx context.Context, o order) (*child, error) {
	cmd, err := reexec.Command(ctx, childOrder, o)
	if err != nil {
		return nil, err
	}
	c := &child{cmd: cmd}
	c.cmd.Stderr = os.Stderr
	c.cmd.WaitDelay = time.Second
	if c.asks, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	answers, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.answers = json.NewDecoder(answers)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	return c, nil
}

// ask gets a report; the first comes when the child is ready.
func (c *child) ask(report any) error {
	if _, err := io.WriteString(c.asks, "\n"); err != nil {
		return fmt.Errorf("a child process is gone: %w", err)
	}
	if err := c.answers.Decode(report); err != nil {
		return fmt.Errorf("a child process is gone: %w", err)
	}
	return nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stop ends it, and waits until it has.
func (c *child) stop() {
	_ = c.asks.Close()
	_ = c.cmd.Wait() // it has nothing to say any more
}
