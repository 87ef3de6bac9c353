package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// counts are the numbers in the summary.
type counts struct {
	enqueued, sending, asking, held, done int // in the journal
	paid, notPaid, reversed, other        int // in the ledger
	sentASecond                           int64
}

const (
	heading = "   time  enqueued  sending  asking   paid  not paid  other   held  sent/s"
	row     = "%6.1fs  %8d  %7d  %6d  %5d  %8d  %5d  %5d  %6d"
)

// screen shows the summary. On a terminal it is one line that is written again and again. Elsewhere each summary is a
// new line. Events get lines of their own.
type screen struct {
	terminal bool
	began    time.Time

	mu   sync.Mutex
	out  io.Writer
	live bool // the cursor is at the end of a summary
}

func newScreen(out io.Writer) *screen {
	s := &screen{out: out, began: time.Now()}
	if file, is := out.(*os.File); is {
		info, err := file.Stat()
		s.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return s
}

// interval is the time between two summaries.
func (s *screen) interval() time.Duration {
	if s.terminal {
		return 200 * time.Millisecond
	}
	return time.Second
}

func (s *screen) summary(c counts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := fmt.Sprintf(row, time.Since(s.began).Seconds(), c.enqueued, c.sending, c.asking, c.paid, c.notPaid,
		max(c.other+c.reversed-c.held, 0), c.held, c.sentASecond)
	if s.terminal {
		fmt.Fprint(s.out, "\r"+text)
		s.live = true
		return
	}
	fmt.Fprintln(s.out, text)
}

// event prints an event with its time.
func (s *screen) event(format string, args ...any) {
	s.line("%s", fmt.Sprintf("%6.1fs  ", time.Since(s.began).Seconds())+fmt.Sprintf(format, args...))
}

// line prints a line without a time.
func (s *screen) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave()
	fmt.Fprintf(s.out, format+"\n", args...)
}

// keep keeps the last summary on the screen.
func (s *screen) keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave()
}

func (s *screen) leave() {
	if s.live {
		fmt.Fprintln(s.out)
		s.live = false
	}
}
