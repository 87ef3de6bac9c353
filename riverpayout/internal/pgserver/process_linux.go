package pgserver

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// apply makes a command somebody else's, and one that ends with us, but not by a Ctrl-C that is for us.
func (i *identity) apply(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT, Setpgid: true}
	if i != nil {
		uid, gid := uint32(i.uid), uint32(i.gid) //nolint:gosec // as the system has them
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
}

// startTied starts a command from a thread that stays: the command ends with that.
func startTied(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		select {}
	}()
	return <-started
}

// quit is an immediate shutdown.
func quit(process *os.Process) error { return process.Signal(syscall.SIGQUIT) }

// mount makes a folder a small disk, in memory.
func mount(dir, size string) error {
	if err := syscall.Mount("pgtest", dir, "tmpfs", 0, "mode=0755,size="+size); err != nil {
		return fmt.Errorf("%w: %w", ErrDisk, err)
	}
	return nil
}

func unmount(dir string) error { return syscall.Unmount(dir, 0) }
