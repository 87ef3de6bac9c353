package ecommpay

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestCallRecords checks that the record of a question has an outcome, and the record of a registration has a decision.
func TestCallRecords(t *testing.T) {
	t.Parallel()
	for status, outcome := range map[int]string{200: "answered", 404: "failed"} {
		var log bytes.Buffer
		client := answering(t, func(string, value) (int, string) { return status, statusOf(t, "success", "") })
		client.config.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		_, err := client.Status(t.Context(), registration(t).Ref())
		require.Equal(t, status == 200, err == nil)
		require.Contains(t, log.String(), " outcome="+outcome+" ")
		require.NotContains(t, log.String(), "decision=")
		log.Reset()
		_, err = client.RegisterPayout(t.Context(), registration(t))
		require.Error(t, err)
		require.Contains(t, log.String(), " decision="+string(payneteasy.DecisionOf(err))+" ")
		require.NotContains(t, log.String(), "outcome=")
	}
}
