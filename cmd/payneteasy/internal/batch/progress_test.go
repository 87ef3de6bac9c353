package batch

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// TestProgress checks the bar, the outcomes and the forecast. A terminal has a line that is redrawn, and a log has a
// line from time to time.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := &runner{Batch: &Batch{results: make([]lineResult, 2000)}}
		for i := range run.results {
			run.results[i].decision = payneteasy.DecisionNotSent
		}
		for i := range 500 { // by an earlier run
			run.results[i].decision = payneteasy.DecisionPaid
		}
		var stderr bytes.Buffer
		e := profile.NewInvocation(nil, nil, terminal.NewOutput(&stderr, &stderr, nil))
		bar := startProgress(e, run)
		require.Equal(t, "[=====               ] 500 of 2,000  paid 500", bar.text())
		<-time.After(10 * time.Second)
		for i := range 100 {
			run.set(500+i, lineResult{decision: payneteasy.DecisionNotPaid})
			run.set(600+i, lineResult{decision: payneteasy.DecisionPending})
		}
		run.set(700, lineResult{decision: payneteasy.DecisionUnknown})
		run.set(701, lineResult{decision: payneteasy.DecisionRefused})
		const now = "[======              ] 600 of 2,000  ETA 2m20s  unknown 1  refused 1  pending 100  not paid " +
			"100  paid 500"
		require.Equal(t, now, bar.text())
		<-time.After(20*time.Second + time.Millisecond)
		bar.end()
		require.Equal(t, "30s  "+strings.Replace(now, "2m20s", "7m0s", 1)+"\n", stderr.String())

		run.sent, run.until = true, time.Now().Add(time.Minute)
		require.Contains(t, bar.text(), "600 of 2,000  asked until "+run.until.Format(time.TimeOnly)+"  unknown 1")
		run.until = time.Now()
		require.Contains(t, bar.text(), "600 of 2,000  ETA ")

		stderr.Reset()
		e.IsTerminal, e.Width = func(any) bool { return true }, func() int { return 60 }
		bar = startProgress(e, run)
		<-time.After(1500 * time.Millisecond)
		bar.end()
		drawn := strings.Split(stderr.String(), "\r")
		require.Equal(t, "0s  [======              ] 600 of 2,000  unknown 1  refused", drawn[1])
		require.Equal(t, "1s  [======              ] 600 of 2,000  unknown 1  refused", drawn[2])
		require.Equal(t, []string{strings.Repeat(" ", 59), ""}, drawn[3:], "the line is removed at the end")
	})
}
