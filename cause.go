package payneteasy

import (
	"errors"
	"slices"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// cause is an error that this package did not make, within one that it did: net/http's, a context's, a signing key's. Its
// text is masked. It is matched by errors.Is and errors.As as it was, except for this package's own errors: with a
// context that is cancelled by another payout's failure (errgroup), net/http returns that failure, and one payout must
// not look rejected because another was.
type cause struct {
	text string
	err  func() error // out of the reach of printers
}

func newCause(err error, mask masking.Masker) error {
	return &cause{text: mask.Cause(err.Error()), err: func() error { return err }}
}

func (c *cause) Error() string { return c.text }

// Is matches what the error matches, but for this package's sentinels.
func (c *cause) Is(target error) bool {
	return !slices.Contains(sentinels, target) && errors.Is(c.err(), target)
}

var sentinels = []error{
	ErrNotSent, ErrRejected, ErrOutcomeUnknown, ErrAccessDenied, ErrInvalidControl, ErrOrderMismatch, ErrWaitTimeout, ErrDuplicate, ErrHeld,
	ErrSeveralOrders, ErrContradicted, ErrForged, ErrNoEntry, ErrJournalConflict, ErrCallbackBusy,
}

// As finds what the error holds, but for this package's types.
func (c *cause) As(target any) bool {
	switch target.(type) {
	case **Error, **WaitError, **ValidationError, **ConfigError:
		return false
	}
	return errors.As(c.err(), target)
}
