package webhook

import (
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// End is how the handling of a callback has ended.
type End struct {
	Outcome
	Began      time.Time
	PanickedAt string // the place of a panic
}

// Attrs are what a log record says of it.
func (e End) Attrs() []slog.Attr {
	attrs := append(e.Outcome.Attrs(), slog.Duration("duration", time.Since(e.Began)))
	if e.PanickedAt != "" {
		attrs = append(attrs, slog.String("panicked_at", e.PanickedAt))
	}
	return attrs
}

// PanickedAt is the place of the panic that is being recovered from: what it said may hold anything, where it was does
// not.
func PanickedAt() string {
	var calls [64]uintptr
	frames := runtime.CallersFrames(calls[:runtime.Callers(0, calls[:])])
	for found := false; ; {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if found && !inRuntime || !more {
			return frame.Function + ":" + strconv.Itoa(frame.Line)
		}
		found = found || frame.Function == "runtime.gopanic"
	}
}
