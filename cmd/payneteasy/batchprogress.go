package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// progressBar tells how far a run is: on a terminal by a line that is drawn anew, else by a line now and then.
type progressBar struct {
	run    *batchRun
	began  time.Time
	before int       // lines that were done before
	plain  io.Writer // where there is no terminal
	live   *liveLine
	quit   chan struct{}
	done   chan struct{}
}

// plainPause is between two lines of a log file.
const plainPause = 30 * time.Second

func (t *tool) startProgress(run *batchRun) *progressBar {
	p := &progressBar{run: run, began: time.Now(), plain: t.stderr}
	p.before, _ = p.count()
	if t.env["TERM"] != "dumb" && t.isTerminal(t.stderr) {
		p.live = &liveLine{to: t.stderr, width: t.width, text: p.text}
		p.live.start(p.began, "")
		return p
	}
	p.quit, p.done = make(chan struct{}), make(chan struct{})
	go p.tell()
	return p
}

func (p *progressBar) tell() {
	defer close(p.done)
	ticker := time.NewTicker(plainPause)
	defer ticker.Stop()
	for {
		select {
		case <-p.quit:
			return
		case <-ticker.C:
			_, _ = fmt.Fprintf(p.plain, "%s  %s\n", time.Since(p.began).Round(time.Second), p.text())
		}
	}
}

// end takes the line off the terminal.
func (p *progressBar) end() {
	if p.live != nil {
		p.live.stop()
		return
	}
	close(p.quit)
	<-p.done
}

// text is the bar, how many lines have ended and how, and when the rest will have, if it goes on like this.
func (p *progressBar) text() string {
	const wide = 20
	ended, results := p.count()
	all := len(p.run.results)
	full := wide * ended / max(all, 1)
	parts := []string{fmt.Sprintf("[%s%s] %s of %s", strings.Repeat("=", full), strings.Repeat(" ", wide-full), count(ended), count(all))}
	if now := ended - p.before; now > 0 && ended < all { // before what a narrow terminal cuts off
		left := time.Duration(all-ended) * (time.Since(p.began) / time.Duration(now))
		parts = append(parts, "ETA "+left.Round(time.Second).String())
	}
	for _, r := range slices.Backward(batchResults) {
		if results[r] > 0 && r != resultNotSent {
			parts = append(parts, string(r)+" "+count(results[r]))
		}
	}
	return strings.Join(parts, "  ")
}

// count is how many lines have ended, and how many have which result by now.
func (p *progressBar) count() (ended int, results map[batchResult]int) {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	results = map[batchResult]int{}
	for _, r := range p.run.results {
		results[r.result]++
	}
	return len(p.run.results) - results[resultProcessing] - results[resultUnknown] - results[resultNotSent], results
}
