package pgserver

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// apply makes a command run as another user. The command ends with this process, but not because of a Ctrl-C for this
// process.
func (i *identity) apply(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT, Setpgid: true}
	if i != nil {
		uid, gid := uint32(i.uid), uint32(i.gid) //nolint:gosec // IDs of the system
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
}

// startTied starts a command from a thread that never ends, because the command ends with its thread.
func startTied(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		select {}
	}()
	return <-started
}

// quit requests an immediate shutdown.
func quit(process *os.Process) error { return process.Signal(syscall.SIGQUIT) }

// mount mounts a small disk in memory on a folder.
func mount(dir, size string) error {
	if err := syscall.Mount("pgtest", dir, "tmpfs", 0, "mode=0755,size="+size); err != nil {
		return fmt.Errorf("%w: %w", ErrDisk, err)
	}
	return nil
}

func unmount(dir string) error { return syscall.Unmount(dir, 0) }
