package main

import (
	"io"
	"strings"

	"github.com/payneteasy-go/payneteasy"
)

// environment is what one call of the program is given, and where it writes.
type environment struct {
	*output
	env         map[string]string
	stdin       io.Reader
	interrupted <-chan struct{}          // closed by a signal
	config      func(*payneteasy.Config) // tests change what a client is made from
}

func newEnvironment(environ []string, stdin io.Reader, out *output) *environment {
	e := &environment{output: out, env: map[string]string{}, stdin: stdin, config: func(*payneteasy.Config) {}}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		e.env[name] = value
	}
	return e
}
