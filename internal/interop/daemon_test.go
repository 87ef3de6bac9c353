package interop

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// daemon is a program that runs in the foreground as a child of the test.
type daemon struct {
	command *exec.Cmd
	log     lockedBuffer
	ended   chan struct{}
}

type readiness func(context.Context, *daemon) bool

var errEnded = errors.New("it ended before it was ready")

// startDaemon starts a program and waits until it is ready. With errEnded it returns the daemon that has ended. The
// program is killed when the test ends, and its log is shown if the test failed.
func startDaemon(t *testing.T, ready readiness, program string, arguments ...string) (*daemon, error) {
	t.Helper()
	d := &daemon{command: exec.Command(program, arguments...), ended: make(chan struct{})}
	d.command.Stdout, d.command.Stderr = &d.log, &d.log
	if err := startTied(d.command, func() { close(d.ended) }); err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		d.kill()
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(program), d.log.String())
		}
	})
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	for !ready(t.Context(), d) {
		select {
		case <-d.ended:
			return d, errEnded
		case <-t.Context().Done():
			return d, t.Context().Err()
		case <-again.C:
		}
	}
	return d, nil
}

// kill ends it like a crash, with all its connections.
func (d *daemon) kill() {
	_ = d.command.Process.Kill() // an error means that it has already ended
	<-d.ended
}

// listens is the readiness of a program that listens on a Unix socket.
func listens(socket string) readiness {
	return func(ctx context.Context, _ *daemon) bool {
		connection, err := new(net.Dialer).DialContext(ctx, "unix", socket)
		return err == nil && connection.Close() == nil
	}
}

// says is the readiness of a program that logs it.
func says(text string) readiness {
	return func(_ context.Context, d *daemon) bool { return strings.Contains(d.log.String(), text) }
}

// newDir is a temporary directory with a short path, because paths of Unix sockets are limited.
func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "interop")
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// removeSocket removes what a killed daemon has left.
func removeSocket(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
