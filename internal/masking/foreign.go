package masking

import (
	"errors"
	"slices"
)

// ForeignError is an error that a package did not make, within one that it did: net/http's, a context's, a signing
// key's. Its text is masked. It is matched by errors.Is and errors.As as it was, except for the package's own errors:
// with a context that is cancelled by another payout's failure (errgroup), net/http returns that failure, and one
// payout must not look rejected because another was.
type ForeignError struct {
	text      string
	err       func() error // out of the reach of printers
	sentinels []error
	own       func(target any) bool
}

// NewForeign takes the package's own sentinels, and what tells a pointer to one of its own error types.
func NewForeign(err error, mask Masker, sentinels []error, own func(target any) bool) error {
	return &ForeignError{
		text: mask.Cause(err.Error()), err: func() error { return err }, sentinels: sentinels, own: own,
	}
}

func (f *ForeignError) Error() string { return f.text }

// Is matches what the error matches, but for the package's sentinels.
func (f *ForeignError) Is(target error) bool {
	return !slices.Contains(f.sentinels, target) && errors.Is(f.err(), target)
}

// As finds what the error holds, but for the package's types.
func (f *ForeignError) As(target any) bool { return !f.own(target) && errors.As(f.err(), target) }
