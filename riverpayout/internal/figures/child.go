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

// childOrder is the environment variable that makes this program a child process.
const childOrder = "RIVERPAYOUT_FIGURES_CHILD"

// order is what a child process must do. One of the fields is set.
type order struct {
	Gateway *gatewayOrder
	Worker  *workerOrder
}

// childProcess does its order until its standard input ends, also because the parent process has died. Each line of the
// input asks for a report.
func childProcess(text string) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // sent to all processes, but the parent ends this one when it is done
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

// ask gets a report. The first report comes when the child is ready.
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

// stop ends the child, and waits until it has ended.
func (c *child) stop() {
	_ = c.asks.Close()
	_ = c.cmd.Wait() // the exit status does not matter
}
