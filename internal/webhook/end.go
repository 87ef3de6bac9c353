package webhook

import (
	"context"
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

// Log writes one record. A nil logger writes none. A logger that panics changes nothing.
func (e End) Log(ctx context.Context, logger *slog.Logger, message string, more ...slog.Attr) {
	if logger == nil {
		return
	}
	defer func() { _ = recover() }()
	attrs := append(e.Attrs(), slog.Duration("duration", time.Since(e.Began)))
	if e.PanickedAt != "" {
		attrs = append(attrs, slog.String("panicked_at", e.PanickedAt))
	}
	logger.LogAttrs(ctx, e.Level, message, append(attrs, more...)...)
}

// PanickedAt is the place of the panic that is being recovered from. The place holds no secret, and the panic's value
// may hold one.
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
