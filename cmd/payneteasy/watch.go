package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// watch tells a person how a wait goes: a line for each change, or one live line on a terminal. It takes failed questions
// from the client's log: they do not end the waiting, and whoever waits must know of them.
type watch struct {
	lines    io.Writer // of changes
	failures io.Writer
	live     *liveLine // nil where there is no terminal
	began    time.Time
	on       bool
	told     bool   // lines of changes
	last     string // the last failure: the same is told once until another comes
}

func (t *tool) newWatch() *watch {
	w := &watch{lines: t.stdout, failures: t.stderr}
	switch {
	case t.json():
		w.lines = t.stderr // stdout is for the result alone
	case t.env["TERM"] != "dumb" && t.isTerminal(t.stdout.to):
		w.live = &liveLine{to: t.stdout, width: t.width}
	}
	return w
}

// start begins to tell; state is what is known at first. It may be called again after stop.
func (w *watch) start(state string) {
	if w.began.IsZero() {
		w.began = time.Now()
	}
	w.on = true
	switch {
	case w.live != nil:
		w.live.start(w.began, state)
	case state != "":
		w.tell(w.lines, "%s", state)
	}
}

// stop ends it, and leaves no live line behind.
func (w *watch) stop() {
	w.on = false
	if w.live != nil {
		w.live.stop()
	}
}

// gap parts the course from the report that follows.
func (w *watch) gap() {
	if w.told {
		_, _ = fmt.Fprintln(w.lines)
	}
}

// progress is a change of the order.
func (w *watch) progress(s *payneteasy.Status) {
	confirm := "the receiver must confirm at " + line(s.RedirectTo)
	if w.live != nil {
		w.live.set(func(l *liveLine) {
			l.state, l.failure = strings.TrimSpace(line(string(s.Status))+"  "+line(s.OrderStage)), ""
		})
		if s.RedirectTo != "" {
			w.live.above(confirm)
		}
		return
	}
	w.tell(w.lines, "%-10s  %s", line(string(s.Status)), line(s.OrderStage))
	if s.RedirectTo != "" {
		w.tell(w.lines, "%s", confirm)
	}
}

// wait is Client.Wait with something to look at.
func (w *watch) wait(ctx context.Context, client *payneteasy.Client, ref payneteasy.OrderRef, maxWait time.Duration, state string) (*payneteasy.Status, error) {
	w.start(state)
	defer w.stop()
	return client.Wait(ctx, ref, &payneteasy.WaitOptions{MaxWait: maxWait, OnProgress: w.progress})
}

// tell writes a line with the time that has passed.
func (w *watch) tell(to io.Writer, format string, args ...any) {
	w.told = w.told || to == w.lines
	elapsed := time.Since(w.began).Round(100 * time.Millisecond).Seconds()
	_, _ = fmt.Fprintf(to, "%7.1fs  %s\n", elapsed, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// Enabled leaves out what succeeded, unless it takes a failure off the live line.
func (w *watch) Enabled(_ context.Context, level slog.Level) bool {
	return w.on && (w.live != nil || level >= slog.LevelWarn)
}

// Handle is called by the goroutine that waits, and by no other.
func (w *watch) Handle(_ context.Context, r slog.Record) error {
	failure := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			failure, _, _ = strings.Cut(strings.TrimPrefix(a.Value.String(), "payneteasy: "), " [serial-number ") // it is another each time
		}
		return failure == ""
	})
	switch {
	case w.live != nil:
		if _, why, found := strings.Cut(failure, ": failed: "); found {
			failure = why // there is little room
		}
		w.live.set(func(l *liveLine) { l.failure = line(failure) })
	case failure != "" && failure != w.last:
		w.tell(w.failures, "no answer yet: %s", line(failure))
		w.last = failure
	}
	return nil
}

// WithAttrs is not used by the client.
func (w *watch) WithAttrs([]slog.Attr) slog.Handler { return w }

// WithGroup is not used by the client.
func (w *watch) WithGroup(string) slog.Handler { return w }
