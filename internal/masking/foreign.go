package masking

import (
	"errors"
	"slices"
)

// ForeignError is another package's error inside an error of ours, such as one of net/http, a context or a signing key.
// Its text is masked. errors.Is and errors.As see it, but never as one of our own errors. When another payout's failure
// cancels a context (errgroup), net/http returns that failure, and one payout must not look rejected because another
// was.
type ForeignError struct {
	text      string
	err       func() error // a closure, so that printers cannot reach it
	sentinels []error
	own       func(target any) bool
}

// NewForeign wraps err. sentinels are our own errors, and own reports whether target points to one of our error types.
func NewForeign(err error, mask Masker, sentinels []error, own func(target any) bool) error {
	return &ForeignError{
		text: mask.Cause(err.Error()), err: func() error { return err }, sentinels: sentinels, own: own,
	}
}

func (f *ForeignError) Error() string { return f.text }

// Is matches what the error matches, except for our own sentinels.
func (f *ForeignError) Is(target error) bool {
	return !slices.Contains(f.sentinels, target) && errors.Is(f.err(), target)
}

// As finds what the error holds, except for our own types.
func (f *ForeignError) As(target any) bool { return !f.own(target) && errors.As(f.err(), target) }
