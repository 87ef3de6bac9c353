package exit

import (
	"errors"
	"fmt"
)

// Exit statuses. They are promised in --help: scripts decide about money by them.
const (
	Done     = iota // done; of an order: paid
	Rejected        // not paid or rejected; of a check: it is not right
	Usage           // usage or configuration
	Unknown         // it may have been paid, or a person must look
	NotSent         // not sent
	Pending         // not final, it may still be paid
)

// Error ends the program with a status. Without an error everything has been said already.
type Error struct {
	Status int
	Err    error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Usagef is a mistake in flags, variables or files.
func Usagef(format string, args ...any) error {
	return &Error{Usage, fmt.Errorf(format, args...)}
}

// Otherwise gives an error a status, and words before it, unless it has a status of its own.
func Otherwise(status int, before string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{status, fmt.Errorf("%s%w", before, err)}
}
