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

// watch shows a person the progress of a wait. It prints a line for each change, or one live line on a terminal. It
// also shows failed questions, which do not end the wait.
type watch struct {
	lines    io.Writer // receives the lines of changes
	failures io.Writer
	live     *terminal.LiveLine // nil without a terminal
	began    time.Time
	told     bool               // a line of a change was printed
	failure  string             // the last failure, which is not printed twice in a row
	last     *payneteasy.Status // the latest status
}

func (t *tool) newWatch() *watch {
	w := &watch{lines: t.Stdout, failures: t.Stderr}
	switch {
	case t.JSON():
		w.lines = t.Stderr // stdout is only for the result
	case t.Env["TERM"] != "dumb" && t.IsTerminal(t.Stdout.To):
		w.live = &terminal.LiveLine{To: t.Stdout, Width: t.Width}
	}
	return w
}

// start begins to show the progress. state is the first text, and may be empty. start can be called again after stop.
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

// stop ends the progress, and removes the live line.
func (w *watch) stop() {
	if w.live != nil {
		w.live.Stop()
	}
}

// gap prints an empty line between the progress and the report that follows.
func (w *watch) gap() {
	if w.told {
		_, _ = fmt.Fprintln(w.lines)
	}
}

// progress shows the result of a question.
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

// changed shows a new status of the order.
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

// failed shows a question that got no answer.
func (w *watch) failed(err error) {
	if w.live != nil {
		w.live.Set(func(l *terminal.LiveLine) { l.Failure = terminal.Line(shortly(err)) }) // the line has little space
		return
	}
	failure := terminal.MessageWithoutSerial(err) // the serial number differs each time
	if failure != w.failure {
		w.tell(w.failures, "no answer yet: %s", terminal.Line(failure))
		w.failure = failure
	}
}

// shortly says in few words why a question failed.
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

// wait calls Client.Wait and shows its progress.
func (w *watch) wait(
	ctx context.Context, client *payneteasy.Client, e payneteasy.Entry, maxWait time.Duration, state string,
) (payneteasy.Entry, error) {
	w.start(state)
	defer w.stop()
	return client.Wait(ctx, e, &payneteasy.WaitOptions{MaxWait: maxWait, OnProgress: w.progress})
}

// resolve calls Client.Resolve and shows its progress. The client's Config.Wait must have the watch's progress.
func (w *watch) resolve(ctx context.Context, client *payneteasy.Client, e payneteasy.Entry) (payneteasy.Entry, error) {
	w.start("")
	defer w.stop()
	return client.Resolve(ctx, e)
}

// tell writes a line that begins with the elapsed time.
func (w *watch) tell(to io.Writer, format string, args ...any) {
	w.told = w.told || to == w.lines
	elapsed := time.Since(w.began).Round(100 * time.Millisecond).Seconds()
	_, _ = fmt.Fprintf(to, "%7.1fs  %s\n", elapsed, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}
