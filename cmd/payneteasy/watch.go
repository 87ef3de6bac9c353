package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// watch tells a person how a wait goes: a line for each change, or one live line on a terminal. Failed questions do not
// end the waiting, and are told too.
type watch struct {
	lines    io.Writer // of changes
	failures io.Writer
	live     *terminal.LiveLine // nil where there is no terminal
	began    time.Time
	told     bool               // lines of changes
	failure  string             // the last one: the same is told once until another comes
	last     *payneteasy.Status // the latest status
}

func (t *tool) newWatch() *watch {
	w := &watch{lines: t.Stdout, failures: t.Stderr}
	switch {
	case t.JSON():
		w.lines = t.Stderr // stdout is for the result alone
	case t.Env["TERM"] != "dumb" && t.IsTerminal(t.Stdout.To):
		w.live = &terminal.LiveLine{To: t.Stdout, Width: t.Width}
	}
	return w
}

// start begins to tell; state is what is known at first. It may be called again after stop.
func (w *watch) start(state string) {
	if w.began.IsZero() {
		w.began = time.Now()
	}
	switch {
	case w.live != nil:
		w.live.Start(w.began, state)
	case state != "":
		w.tell(w.lines, "%s", state)
	}
}

// stop ends it, and leaves no live line behind.
func (w *watch) stop() {
	if w.live != nil {
		w.live.Stop()
	}
}

// gap parts the course from the report that follows.
func (w *watch) gap() {
	if w.told {
		_, _ = fmt.Fprintln(w.lines)
	}
}

// progress is what a question has come to.
func (w *watch) progress(p payneteasy.Progress) {
	switch {
	case p.Err != nil:
		w.failed(p.Err)
	case p.Status != nil:
		w.last = p.Status
		w.changed(terminal.Line(string(p.Status.Status)), terminal.Line(p.Status.OrderStage), p.Status.RedirectTo)
	default:
		w.changed(string(p.Entry.Decision()), "the gateway does not know the order", "")
	}
}

// changed is a new status of the order.
func (w *watch) changed(status, stage, redirectTo string) {
	confirm := "the receiver must confirm at " + terminal.Line(redirectTo)
	if w.live != nil {
		w.live.Set(func(l *terminal.LiveLine) { l.State, l.Failure = strings.TrimSpace(status+"  "+stage), "" })
		if redirectTo != "" {
			w.live.Above(confirm)
		}
		return
	}
	w.tell(w.lines, "%-10s  %s", status, stage)
	if redirectTo != "" {
		w.tell(w.lines, "%s", confirm)
	}
}

// failed is a question without an answer.
func (w *watch) failed(err error) {
	if w.live != nil {
		w.live.Set(func(l *terminal.LiveLine) { l.Failure = terminal.Line(shortly(err)) }) // there is little room
		return
	}
	failure := terminal.MessageWithoutSerial(err) // it is another each time
	if failure != w.failure {
		w.tell(w.failures, "no answer yet: %s", terminal.Line(failure))
		w.failure = failure
	}
}

// shortly is why a question failed, in few words.
func shortly(err error) string {
	failed, ok := errors.AsType[*payneteasy.Error](err)
	switch {
	case !ok:
		return terminal.Message(err)
	case failed.Message != "":
		return fmt.Sprintf("the gateway says %q", failed.Message)
	case failed.Err != nil:
		return terminal.Message(failed.Err)
	}
	return fmt.Sprintf("HTTP %d", failed.HTTPStatus)
}

// wait is Client.Wait with something to look at.
func (w *watch) wait(
	ctx context.Context, client *payneteasy.Client, e payneteasy.Entry, maxWait time.Duration, state string,
) (payneteasy.Entry, error) {
	w.start(state)
	defer w.stop()
	return client.Wait(ctx, e, &payneteasy.WaitOptions{MaxWait: maxWait, OnProgress: w.progress})
}

// resolve is Client.Resolve with something to look at. The client's Config.Wait has the watch's progress.
func (w *watch) resolve(ctx context.Context, client *payneteasy.Client, e payneteasy.Entry) (payneteasy.Entry, error) {
	w.start("")
	defer w.stop()
	return client.Resolve(ctx, e)
}

// tell writes a line with the time that has passed.
func (w *watch) tell(to io.Writer, format string, args ...any) {
	w.told = w.told || to == w.lines
	elapsed := time.Since(w.began).Round(100 * time.Millisecond).Seconds()
	_, _ = fmt.Fprintf(to, "%7.1fs  %s\n", elapsed, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}
