//go:build !linux

package interop

import "os/exec"

// startTied starts a child and calls ended when it has ended.
func startTied(command *exec.Cmd, ended func()) error {
	if err := command.Start(); err != nil {
		return err
	}
	go func() {
		_ = command.Wait() // its status does not matter
		ended()
	}()
	return nil
}
