package main

import (
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// liveLine is a line of a terminal that is written anew in place. It is redrawn by itself, so that its time goes on
// while a question hangs. It uses no colours, and of control characters only the carriage return.
type liveLine struct {
	to    io.Writer
	width func() int
	text  func() string // what the line shows instead of state, if not nil

	mu             sync.Mutex
	began          time.Time
	state, failure string
	drawn          int // columns on the screen
	quit, done     chan struct{}
}

func (l *liveLine) start(began time.Time, state string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.began, l.failure = began, ""
	if l.state = state; state == "" {
		l.state = "asking"
	}
	l.quit, l.done = make(chan struct{}), make(chan struct{})
	l.draw()
	go l.run(l.quit, l.done)
}

func (l *liveLine) run(quit, done chan struct{}) {
	defer close(done)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-quit:
			return
		case <-ticker.C:
			l.set(func(*liveLine) {})
		}
	}
}

// stop clears the line.
func (l *liveLine) stop() {
	close(l.quit)
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
}

// set changes what the line shows.
func (l *liveLine) set(change func(*liveLine)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
	l.draw()
}

// above writes a text that stays, above the line.
func (l *liveLine) above(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
	_, _ = io.WriteString(l.to, text+"\n")
	l.draw()
}

func (l *liveLine) clear() {
	echoed := len("^C") // by the terminal, after the line
	_, _ = io.WriteString(l.to, "\r"+strings.Repeat(" ", max(0, min(l.drawn+echoed, l.width()-1)))+"\r")
	l.drawn = 0
}

func (l *liveLine) draw() {
	state := l.state
	if l.text != nil {
		state = l.text()
	}
	text := time.Since(l.began).Round(time.Second).String() + "  " + state
	if l.failure != "" {
		text += "  no answer yet: " + l.failure
	}
	text, columns := fit(text, l.width()-1) // a character in the last column moves some terminals to the next line
	rest := max(0, l.drawn-columns)
	_, _ = io.WriteString(l.to, "\r"+text+strings.Repeat(" ", rest))
	l.drawn = columns
}

// fit cuts a text to so many columns. What is not ASCII may be two columns wide.
func fit(text string, width int) (cut string, columns int) {
	for i, r := range text {
		wide := 1
		if r > '~' {
			wide = 2
		}
		if columns+wide > width {
			return text[:i], columns
		}
		columns += wide
	}
	return text, columns
}

// isTerminal reports whether a stream is one on which a person looks or types.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// terminalWidth is how wide the terminal is at this moment.
func terminalWidth() int {
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}
