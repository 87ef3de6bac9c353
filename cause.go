package payneteasy

import (
	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// newCause makes an error that this package did not make the cause of one that it did. It never matches this package's own.
func newCause(err error, mask masking.Masker) error {
	return masking.NewForeign(err, singlesend.Showing(err, mask), sentinels, isOwnError)
}

var sentinels = []error{
	ErrNotSent, ErrRejected, ErrOutcomeUnknown, ErrAccessDenied, ErrInvalidControl, ErrOrderNotFound, ErrOrderMismatch, ErrWaitTimeout, ErrDuplicate,
	ErrForged, ErrStale,
}

func isOwnError(target any) bool {
	switch target.(type) {
	case **Error, **WaitError, **ValidationError, **ConfigError, **ClaimError, **DuplicateError, **CallbackError:
		return true
	}
	return false
}

// showing masks what looks like an account, but for an order's own ids.
func showing(ids ...string) masking.Masker { return masking.Masker{IDs: ids} }
