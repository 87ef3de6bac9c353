package batch

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// progressBar shows the progress of a run. On a terminal it redraws a line. Elsewhere it writes a line from time to
// time.
type progressBar struct {
	run    *runner
	began  time.Time
	before int // number of lines that were done before
	mu     sync.Mutex
	plain  io.Writer // with mu: where to write if there is no terminal
	live   *terminal.LiveLine
	quit   chan struct{}
	done   chan struct{}
}

// plainPause is the time between two lines of a log file.
const plainPause = 30 * time.Second

func startProgress(t *profile.Invocation, run *runner) *progressBar {
	p := &progressBar{run: run, began: time.Now(), plain: t.Stderr}
	p.before, _ = p.count()
	if t.Env["TERM"] != "dumb" && t.IsTerminal(t.Stderr) {
		p.live = &terminal.LiveLine{To: t.Stderr, Width: t.Width, Text: p.text}
		p.live.Start(p.began, "")
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
			p.line(time.Since(p.began).Round(time.Second).String() + "  " + p.text())
		}
	}
}

// end removes the line from the terminal.
func (p *progressBar) end() {
	if p.live != nil {
		p.live.Stop()
		return
	}
	close(p.quit)
	<-p.done
}

// text is the bar, the number of lines by outcome, and the time when the rest will end.
func (p *progressBar) text() string {
	const wide = 20
	ended, results := p.count()
	all := len(p.run.results)
	full := wide * ended / max(all, 1)
	parts := []string{fmt.Sprintf("[%s%s] %s of %s",
		strings.Repeat("=", full), strings.Repeat(" ", wide-full), terminal.Count(ended), terminal.Count(all))}
	if end := p.forecast(ended, results); end != "" { // before the part that a narrow terminal cuts off
		parts = append(parts, end)
	}
	for _, d := range exit.Decisions { // the worst first, because a narrow terminal cuts off the end
		if results[d] > 0 && d != payneteasy.DecisionNotSent {
			parts = append(parts, string(d)+" "+terminal.Count(results[d]))
		}
	}
	return strings.Join(parts, "  ")
}

// forecast says when the rest will have ended. If the run waits only for windows, that is the end of the last one.
// Otherwise it is an estimate at the present rate.
func (p *progressBar) forecast(ended int, results map[payneteasy.Decision]int) string {
	p.run.mu.Lock()
	sent, until := p.run.sent, p.run.until
	p.run.mu.Unlock()
	all := len(p.run.results)
	if sent && results[payneteasy.DecisionUnknown]+results[payneteasy.DecisionRefused] > 0 && until.After(time.Now()) {
		return "asked until " + until.Format(time.TimeOnly)
	}
	now := ended - p.before
	if now <= 0 || ended >= all {
		return ""
	}
	left := time.Duration(all-ended) * (time.Since(p.began) / time.Duration(now))
	return "ETA " + left.Round(time.Second).String()
}

// count returns how many lines have ended, and how many have each decision by now.
func (p *progressBar) count() (ended int, results map[payneteasy.Decision]int) {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	results = map[payneteasy.Decision]int{}
	ended = len(p.run.results)
	for _, r := range p.run.results {
		results[r.decision]++
	}
	for _, d := range []payneteasy.Decision{
		payneteasy.DecisionPending, payneteasy.DecisionUnknown, payneteasy.DecisionRefused, payneteasy.DecisionNotSent,
	} {
		ended -= results[d]
	}
	return ended, results
}

// say writes a line that stays.
func (p *progressBar) say(text string) {
	text = "payneteasy: " + text
	if p.live != nil {
		p.live.Above(text)
		return
	}
	p.line(text)
}

func (p *progressBar) line(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = fmt.Fprintln(p.plain, text)
}
