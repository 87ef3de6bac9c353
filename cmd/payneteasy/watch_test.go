package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// screen is a terminal of a given width that keeps the text of its lines.
type screen struct {
	columns int
	lines   []string
	column  int
	shown   []string // the last line after each write
	strange bool     // there was a control character, or a line that was too long
}

func (s *screen) Write(p []byte) (int, error) {
	if len(s.lines) == 0 {
		s.lines = []string{""}
	}
	for _, r := range string(p) {
		last := []rune(s.lines[len(s.lines)-1])
		switch {
		case r == '\r':
			s.column = 0
		case r == '\n':
			s.lines, s.column = append(s.lines, ""), 0
		case r < ' ' || s.column == s.columns-1:
			s.strange = true
		default:
			for len(last) <= s.column {
				last = append(last, ' ')
			}
			last[s.column] = r
			s.lines[len(s.lines)-1] = string(last)
			s.column++
		}
	}
	s.shown = append(s.shown, strings.TrimRight(s.lines[len(s.lines)-1], " "))
	return len(p), nil
}

// text returns the final text of the screen.
func (s *screen) text() string {
	var b strings.Builder
	for _, line := range s.lines {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// atScreen runs a command at a terminal.
func atScreen(
	t *testing.T, gateway *payneteasytest.Gateway, columns int, variable string, args ...string,
) (*screen, int, string) {
	t.Helper()
	var stderr bytes.Buffer
	s := &screen{columns: columns}
	tool := newTool(append(environ(t, gateway), variable), strings.NewReader(""), s, &stderr)
	tool.IsTerminal, tool.Width = func(stream any) bool { return stream == any(s) }, func() int { return columns }
	tool.ChangeConfig = func(c *payneteasy.Config) { c.HTTPClient = gateway.HTTPClient() }
	return s, tool.run(t.Context(), args), stderr.String()
}

// TestLiveLine checks the live line. Its time is updated while a question hangs, and the line is removed at the end.
func TestLiveLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		order := pay(t, gateway, "1234567890")
		bad := payneteasytest.Page(502, "Bad Gateway")
		gateway.FailNext(payneteasytest.LateReply(10*time.Second), bad, bad, bad)
		s, status, stderr := atScreen(t, gateway, 60, "", "wait", "payout-0001", "--orderid", order.OrderID)
		require.Zero(t, status, stderr)
		require.Empty(t, stderr)
		require.False(t, s.strange, s.shown)
		for _, shows := range []string{"0s  asking", "1s  asking", "9s  asking"} { // the first question hangs
			require.Contains(t, s.shown, shows)
		}
		shown := strings.Join(s.shown, "\n")
		require.Contains(t, shown, "10s  processing  payout_starting\n")
		require.Regexp(t, `1\ds  processing  payout_starting  no answer yet: the gatewa\n`, shown)
		require.True(t, strings.HasPrefix(s.text(), "client_orderid  payout-0001\n"), s.text())
		require.NotContains(t, s.text(), "no answer")
	})
}

// TestLiveLineEvents checks the live line of a payout. The link for the receiver stays on the screen, and no line is
// too long.
func TestLiveLineEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := payneteasytest.NewPipeGateway(t)
		gateway.SetAccount("1234567890", payneteasytest.Approved().WithConfirmation())
		s, status, stderr := atScreen(t, gateway, 200, "PAYNETEASY_STATE_DIR="+t.TempDir(), "payout", "payout-0001",
			"--amount", "10.42",
			"--currency", "USD", "--account-number", "1234567890", "--max-wait", "30s")
		require.Equal(t, exit.Pending, status, stderr)
		require.False(t, s.strange, s.shown)
		require.Regexp(t, `^0s  accepted    order \d+\n`, strings.Join(s.shown, "\n"))
		require.Regexp(t, `^the receiver must confirm at https://\S+\n\n$`, s.text())
	})
}

// TestNoLiveLine checks that plain lines are printed with a dumb terminal or with JSON output.
func TestNoLiveLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ variable, form string }{{"TERM=dumb", "text"}, {"TERM=xterm", "json"}} {
		synctest.Test(t, func(t *testing.T) {
			gateway := payneteasytest.NewPipeGateway(t)
			order := pay(t, gateway, "1234567890")
			s, status, stderr := atScreen(t, gateway, 200, test.variable, "wait", "payout-0001",
				"--orderid", order.OrderID, "-o", test.form)
			require.Zero(t, status)
			require.NotContains(t, strings.Join(s.shown, "\n"), "0s  processing\n")
			require.Contains(t, s.text()+stderr, "    0.0s  processing  payout_starting\n")
		})
	}
}

// TestLiveLineEscapes checks that text of the gateway cannot move the cursor.
func TestLiveLineEscapes(t *testing.T) {
	t.Parallel()
	s := &screen{columns: 80}
	w := &watch{live: &terminal.LiveLine{To: s, Width: func() int { return 80 }}}
	w.start("")
	w.progress(payneteasy.Progress{
		Status: &payneteasy.Status{
			Status: "processing\x1b[2J", OrderStage: "a\rb\n",
			RedirectTo: "https://a.example/\x1b[1A",
		},
	})
	w.stop()
	require.False(t, s.strange, s.shown)
	require.Equal(t, "the receiver must confirm at \"https://a.example/\\x1b[1A\"\n\n", s.text())
}
