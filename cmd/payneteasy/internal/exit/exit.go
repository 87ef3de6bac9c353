package exit

import (
	"errors"
	"fmt"
)

// Exit statuses. They are promised in --help, because scripts decide about money with them.
const (
	Done     = iota // done; of an order: paid
	Rejected        // not paid or rejected; of a check: the check failed
	Usage           // usage or configuration
	Unknown         // it may have been paid, or a person must look
	NotSent         // not sent
	Pending         // not final, it may still be paid
)

// Error ends the program with a status. If Err is nil, everything has been printed already.
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

// Usagef returns a mistake in flags, variables or files.
func Usagef(format string, args ...any) error {
	return &Error{Usage, fmt.Errorf(format, args...)}
}

// Otherwise gives an error a status and a prefix, unless it already has a status.
func Otherwise(status int, before string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{status, fmt.Errorf("%s%w", before, err)}
}
