package webhook

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// panicking is a log handler that is broken.
type panicking struct{ slog.Handler }

func (panicking) Handle(context.Context, slog.Record) error { panic(errors.New("no disk")) }

// TestEndLog checks the one record, with the outcome, its reason and the caller's attributes. A nil logger and a broken
// one change nothing.
func TestEndLog(t *testing.T) {
	t.Parallel()
	end := End{Outcome: Refused(403, true, "no key matches"), Began: time.Now(), PanickedAt: "here:1"}
	var log bytes.Buffer
	text := slog.NewTextHandler(&log, nil)
	end.Log(t.Context(), slog.New(text), "a callback", slog.String("callback", "c-1"))
	require.Equal(t, 1, strings.Count(log.String(), "\n"))
	require.Contains(t, log.String(),
		`level=WARN msg="a callback" outcome=forged http_status=403 reason="no key matches" duration=`)
	require.Contains(t, log.String(), " panicked_at=here:1 callback=c-1\n")
	end.Log(t.Context(), nil, "a callback")
	end.Log(t.Context(), slog.New(panicking{text}), "a callback")
}

// TestRefused checks that the word says whether a callback was forged, whatever the status.
func TestRefused(t *testing.T) {
	t.Parallel()
	for forged, word := range map[bool]string{true: "forged", false: "refused"} {
		outcome := Refused(400, forged, "why")
		require.Equal(t, word, outcome.Word)
		require.Equal(t, 400, outcome.Code)
		require.Equal(t, slog.LevelWarn, outcome.Level)
		require.Equal(t, "why", outcome.Reason)
	}
}
