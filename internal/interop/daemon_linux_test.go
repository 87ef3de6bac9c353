package interop

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startTied starts a child that dies with this process, and calls ended when the child has ended.
func startTied(command *exec.Cmd, ended func()) error {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// The signal is sent when the thread that started the child ends, not the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // its status does not matter
			ended()
		}
	}()
	return <-started
}
