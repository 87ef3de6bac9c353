package main

import "fmt"

// Exit statuses. They are promised in --help: scripts decide about money by them.
const (
	exitDone = iota
	exitRejected
	exitUsage
	exitUnknown
	exitNotSent
	exitPending
)

// exitError ends the program with a status. Without an error everything has been said already.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage is a mistake in flags, variables or files.
func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}
