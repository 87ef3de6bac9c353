package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestProgress: how far, how it ended, and when the rest will have; a line now and then where there is no terminal, and one
// that is drawn anew where there is.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := &batchRun{batch: &batch{results: make([]lineResult, 2000)}}
		for i := range run.results {
			run.results[i].result = resultNotSent
		}
		for i := range 500 { // by an earlier run
			run.results[i].result = resultPaid
		}
		var stderr bytes.Buffer
		tool := newTool(nil, strings.NewReader(""), &stderr, &stderr)
		bar := tool.startProgress(run)
		require.Equal(t, "[=====               ] 500 of 2,000  paid 500", bar.text())
		<-time.After(10 * time.Second)
		for i := range 100 {
			run.set(500+i, lineResult{result: resultNotPaid})
			run.set(600+i, lineResult{result: resultProcessing})
		}
		run.set(700, lineResult{result: resultUnknown})
		const now = "[======              ] 600 of 2,000  ETA 2m20s  paid 500  not paid 100  processing 100  unknown 1"
		require.Equal(t, now, bar.text())
		<-time.After(20*time.Second + time.Millisecond)
		bar.end()
		require.Equal(t, "30s  "+strings.Replace(now, "2m20s", "7m0s", 1)+"\n", stderr.String())

		stderr.Reset()
		tool.isTerminal, tool.width = func(any) bool { return true }, func() int { return 60 }
		bar = tool.startProgress(run)
		<-time.After(1500 * time.Millisecond)
		bar.end()
		drawn := strings.Split(stderr.String(), "\r")
		require.Equal(t, "0s  [======              ] 600 of 2,000  paid 500  not paid", drawn[1])
		require.Equal(t, "1s  [======              ] 600 of 2,000  paid 500  not paid", drawn[2])
		require.Equal(t, []string{strings.Repeat(" ", 59), ""}, drawn[3:], "and it is gone")
	})
}
