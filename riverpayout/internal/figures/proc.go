package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU time in /proc, on every Linux.
const tick = 10 * time.Millisecond

// processTimes returns a process's parent and CPU time. The time includes children that have ended.
func processTimes(stat string) (parent int, cpu time.Duration, err error) {
	text, err := os.ReadFile(stat) //nolint:gosec // a file of /proc
	if err != nil {
		return 0, 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name ends here
	fields := strings.Fields(rest)                // from the third field of proc(5)
	if len(fields) < 15 {
		return 0, 0, fmt.Errorf("%s has an unexpected format", stat)
	}
	parent, err = strconv.Atoi(fields[1])
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		ticks, failed := strconv.Atoi(field)
		err = errors.Join(err, failed)
		cpu += time.Duration(ticks) * tick
	}
	return parent, cpu, err
}

// cpuOf returns the CPU time of a process so far. The time includes children that have ended.
func cpuOf(pid int) (time.Duration, error) {
	_, cpu, err := processTimes("/proc/" + strconv.Itoa(pid) + "/stat")
	return cpu, err
}

// cpuWithChildren is cpuOf plus the time of the children that run.
func cpuWithChildren(pid int) (time.Duration, error) {
	sum, err := cpuOf(pid)
	if err != nil {
		return 0, err
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		parent, cpu, failed := processTimes(stat)
		switch {
		case failed == nil && parent == pid:
			sum += cpu
		case failed != nil && !gone(failed):
			return 0, failed
		}
	}
	return sum, err
}

// gone reports whether a process ended while it was read.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "no such process")
}

// procKB returns the value of a line in a file of /proc in kB, such as "VmHWM:   12345 kB".
func procKB(file, name string) (int, error) {
	text, err := os.ReadFile(file) //nolint:gosec // a file of /proc
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name+":" {
			return strconv.Atoi(fields[1])
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, name)
}
