//go:build !linux

package pgserver

import (
	"os"
	"os/exec"
)

// apply does nothing, so run these tests as a user who is not root.
func (i *identity) apply(*exec.Cmd) {}

func startTied(cmd *exec.Cmd) error { return cmd.Start() }

func quit(process *os.Process) error { return process.Kill() }

func mount(string, string) error { return ErrDisk }

func unmount(string) error { return nil }
