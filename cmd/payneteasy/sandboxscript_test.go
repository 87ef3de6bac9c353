package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
)

type sandboxKey struct{}

// scriptSandbox is the sandbox that a script has started.
type scriptSandbox struct {
	command *exec.Cmd
	stdout  io.Reader
}

func sandboxCommand(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(sandboxKey{}).(*scriptSandbox)
	switch {
	case neg || len(args) != 1:
	case args[0] == "start" && s.command == nil:
		s.start(ts)
		return
	case args[0] == "stop" && s.command != nil:
		ts.Check(s.command.Process.Signal(os.Interrupt))
		_, err := io.Copy(io.Discard, s.stdout)
		ts.Check(err)
		ts.Check(s.command.Wait()) // status 0
		s.command = nil
		return
	}
	ts.Fatalf("usage: sandbox start, then sandbox stop")
}

func (s *scriptSandbox) start(ts *testscript.TestScript) {
	program, err := exec.LookPath("payneteasy")
	ts.Check(err)
	command := exec.Command(program, "sandbox", "--listen", "127.0.0.1:0", "--output", "json")
	command.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "XDG_CACHE_HOME="+ts.MkAbs("cache"))
	stdout, err := command.StdoutPipe()
	ts.Check(err)
	ts.Check(command.Start())
	s.command = command
	ts.Defer(func() {
		if s.command != nil {
			_ = command.Process.Kill()
			_ = command.Wait()
		}
	})
	lines := bufio.NewReader(stdout)
	s.stdout = lines
	first, err := lines.ReadBytes('\n')
	ts.Check(err)
	var config ready
	ts.Check(json.Unmarshal(first, &config))
	ts.Setenv(profile.EnvBaseURL, config.BaseURL)
	ts.Setenv(profile.EnvLogin, config.Login)
	ts.Setenv(profile.EnvKeyFile, config.PrivateKeyFile)
	ts.Setenv(profile.EnvControlKey, config.ControlKey)
	ts.Setenv(profile.EnvEndpointID, strconv.Itoa(config.EndpointID))
	ts.Setenv(profile.EnvStateDir, config.StateDir)
}
