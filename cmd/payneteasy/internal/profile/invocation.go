package profile

import (
	"io"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Invocation is the input of one call of the program, and where it writes.
type Invocation struct {
	*terminal.Output
	Env          map[string]string
	Stdin        io.Reader
	Interrupted  <-chan struct{}          // closed by a signal
	ChangeConfig func(*payneteasy.Config) // tests change the configuration of the client
}

// NewInvocation takes the variables in the form of os.Environ.
func NewInvocation(environ []string, stdin io.Reader, out *terminal.Output) *Invocation {
	t := &Invocation{Output: out, Env: map[string]string{}, Stdin: stdin, ChangeConfig: func(*payneteasy.Config) {}}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		t.Env[name] = value
	}
	return t
}
