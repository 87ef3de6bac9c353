package webhook

import (
	"log/slog"
	"net/http"
)

// Outcome is the result of a callback and its answer.
type Outcome struct {
	*Kind
	Reason string // for the log
}

// Kind is what equal Outcomes share. Only their Reason may differ.
type Kind struct {
	Word  string // for the log
	Code  int    // the HTTP status of the answer
	Level slog.Level
}

// The outcomes of callbacks.
var (
	Handled   = NewOutcome("handled", http.StatusOK, slog.LevelInfo)
	Duplicate = NewOutcome("handled before", http.StatusOK, slog.LevelDebug)
	Busy      = NewOutcome("in progress", http.StatusServiceUnavailable, slog.LevelInfo)
	NotStored = NewOutcome("the store failed", http.StatusServiceUnavailable, slog.LevelError)
	NoOrder   = NewOutcome("the order could not be looked up", http.StatusServiceUnavailable, slog.LevelError)
	Unasked   = NewOutcome("the status could not be asked", http.StatusServiceUnavailable, slog.LevelWarn)
	Stale     = NewOutcome("the order keeps changing", http.StatusServiceUnavailable, slog.LevelWarn)
	NotFinal  = NewOutcome("not final", http.StatusServiceUnavailable, slog.LevelInfo)
	Ahead     = NewOutcome("not confirmed", http.StatusServiceUnavailable, slog.LevelWarn)
	Mismatch  = NewOutcome("not the same order", http.StatusConflict, slog.LevelError)
	Failed    = NewOutcome("the function failed", http.StatusInternalServerError, slog.LevelWarn)
	Panicked  = NewOutcome("panic", http.StatusInternalServerError, slog.LevelError)
)

// NewOutcome makes an Outcome with a new Kind.
func NewOutcome(word string, code int, level slog.Level) Outcome {
	return Outcome{Kind: &Kind{word, code, level}}
}

// Refused is the Outcome of a callback that was not accepted.
func Refused(code int, forged bool, reason string) Outcome {
	word := "refused"
	if forged {
		word = "forged"
	}
	return NewOutcome(word, code, slog.LevelWarn).Because(reason)
}

// Because is the Outcome with its reason.
//
//go:noinline
func (o Outcome) Because(reason string) Outcome {
	o.Reason = reason
	return o
}

// Or is the Outcome, or another one if it has no Kind.
func (o Outcome) Or(other Outcome) Outcome {
	if o.Kind == nil {
		return other
	}
	return o
}

// Unstored is the Outcome when the result could not be stored. A success then becomes the failure, so that the gateway
// calls again. Otherwise a later contradiction would not be seen.
func (o Outcome) Unstored(failed Outcome) Outcome {
	if o.Code == http.StatusOK {
		return failed
	}
	if o.Reason != "" {
		o.Reason += "; "
	}
	reason := o.Reason + "the result could not be stored: " + failed.Reason
	return NewOutcome(o.Word, o.Code, failed.Level).Because(reason)
}

// Attrs are the attributes of the Outcome in the log record of a callback.
func (o Outcome) Attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("outcome", o.Word), slog.Int("http_status", o.Code)}
	if o.Reason != "" {
		attrs = append(attrs, slog.String("reason", o.Reason))
	}
	return attrs
}
