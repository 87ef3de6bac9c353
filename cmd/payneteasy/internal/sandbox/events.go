package sandbox

import (
	"context"
	"io"
	"net/http"
	"time"
)

const (
	alive  = 15 * time.Second       // how often a page hears that it is still connected
	gather = 100 * time.Millisecond // for events that happen together
)

// events tells a page that something is new, by server-sent events.
func (s *Sandbox) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.listeners <- struct{}{}:
		defer func() { <-s.listeners }()
	default:
		s.refuse(w, http.StatusServiceUnavailable, "Too many pages are open", "This one is not kept up to date.")
		return
	}
	secure(w.Header())
	w.Header().Set("Content-Type", "text/event-stream")
	controller := http.NewResponseController(w)
	text := "data: changed\n\n"
	for {
		orders, calls := s.config.Gateway.Changed(), s.recorder.change()
		if _, err := io.WriteString(w, text); err != nil || controller.Flush() != nil {
			return
		}
		timer := time.NewTimer(alive)
		select {
		case <-orders:
			text = "data: changed\n\n"
		case <-calls:
			text = "data: changed\n\n"
		case <-timer.C:
			text = ": still here\n\n"
		case <-r.Context().Done():
		}
		timer.Stop()
		if !pause(r.Context(), gather) {
			return
		}
	}
}

// pause reports whether the full time passed before the context ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
