package terminal

import (
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// LiveLine is a line of a terminal that is rewritten in place. It is redrawn on a timer, so that its clock moves while
// a question hangs. It uses no colors, and no control character except the carriage return.
type LiveLine struct {
	To    io.Writer
	Width func() int
	Text  func() string // what the line shows instead of state, if not nil

	mu             sync.Mutex
	began          time.Time
	State, Failure string
	drawn          int // columns on the screen
	quit, done     chan struct{}
}

// Start draws the line, and redraws it until Stop.
func (l *LiveLine) Start(began time.Time, state string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.began, l.Failure = began, ""
	if l.State = state; state == "" {
		l.State = "asking"
	}
	l.quit, l.done = make(chan struct{}), make(chan struct{})
	l.draw()
	go l.run(l.quit, l.done)
}

func (l *LiveLine) run(quit, done chan struct{}) {
	defer close(done)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-quit:
			return
		case <-ticker.C:
			l.Set(func(*LiveLine) {})
		}
	}
}

// Stop clears the line.
func (l *LiveLine) Stop() {
	close(l.quit)
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
}

// Set changes what the line shows.
func (l *LiveLine) Set(change func(*LiveLine)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
	l.draw()
}

// Above writes a text that stays, above the line.
func (l *LiveLine) Above(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
	_, _ = io.WriteString(l.To, text+"\n")
	l.draw()
}

func (l *LiveLine) clear() {
	echoed := len("^C") // the terminal shows it after the line
	_, _ = io.WriteString(l.To, "\r"+strings.Repeat(" ", max(0, min(l.drawn+echoed, l.Width()-1)))+"\r")
	l.drawn = 0
}

func (l *LiveLine) draw() {
	state := l.State
	if l.Text != nil {
		state = l.Text()
	}
	text := time.Since(l.began).Round(time.Second).String() + "  " + state
	if l.Failure != "" {
		text += "  no answer yet: " + l.Failure
	}
	text, columns := fit(text, l.Width()-1) // in the last column, a character moves some terminals to the next line
	rest := max(0, l.drawn-columns)
	_, _ = io.WriteString(l.To, "\r"+text+strings.Repeat(" ", rest))
	l.drawn = columns
}

// fit cuts a text to this number of columns. A character that is not ASCII may be two columns wide.
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

// isTerminal reports whether a person reads or types on this stream.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Width returns the present width of the terminal.
func Width() int {
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}
