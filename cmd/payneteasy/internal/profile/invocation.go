package profile

import (
	"io"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Invocation is what one call of the program is given, and where it writes.
type Invocation struct {
	*terminal.Output
	Env          map[string]string
	Stdin        io.Reader
	Interrupted  <-chan struct{}          // closed by a signal
	ChangeConfig func(*payneteasy.Config) // tests change what a client is made from
}

// NewInvocation takes the variables as os.Environ gives them.
func NewInvocation(environ []string, stdin io.Reader, out *terminal.Output) *Invocation {
	t := &Invocation{Output: out, Env: map[string]string{}, Stdin: stdin, ChangeConfig: func(*payneteasy.Config) {}}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		t.Env[name] = value
	}
	return t
}
