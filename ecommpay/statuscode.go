package ecommpay

import (
	"slices"
	"strings"
)

// StatusCode is the status of a payment or an operation, as it came. The platform writes some with blanks and with
// underscores, cancelled and canceled: compare with Is. One that this package does not know is not final.
type StatusCode string

// The statuses of payouts (the first is documented for them; the others are likely).
const (
	StatusAwaitingPayoutCompletion StatusCode = "awaiting_payout_completion" // registered: the page can be opened
	StatusProcessing               StatusCode = "processing"
	StatusAwaitingClarification    StatusCode = "awaiting clarification"
	StatusAwaitingRetry            StatusCode = "awaiting retry"
	StatusSuccess                  StatusCode = "success"
	StatusDecline                  StatusCode = "decline"
	StatusPartiallyPaidOut         StatusCode = "partially paid out"
	StatusError                    StatusCode = "error" // the request was not accepted
	StatusReversed                 StatusCode = "reversed"
	StatusPartiallyReversed        StatusCode = "partially reversed"
	StatusRefunded                 StatusCode = "refunded"
	StatusPartiallyRefunded        StatusCode = "partially refunded"
	StatusCancelled                StatusCode = "cancelled"
	StatusExpired                  StatusCode = "expired"
)

// Is compares two statuses, however they are spelt.
func (s StatusCode) Is(other StatusCode) bool { return s.plain() == other.plain() }

func (s StatusCode) plain() string {
	isGap := func(r rune) bool { return r == '_' || r == ' ' || r == '-' }
	text := strings.Join(strings.FieldsFunc(strings.ToLower(string(s)), isGap), " ")
	return strings.ReplaceAll(text, "canceled", "cancelled")
}

// Final reports whether a payment of this status has come to its end. A final status can still change: after success
// the money may come back.
func (s StatusCode) Final() bool {
	return slices.ContainsFunc([]StatusCode{
		StatusSuccess, StatusDecline, StatusPartiallyPaidOut, StatusError, StatusReversed, StatusPartiallyReversed,
		StatusRefunded, StatusPartiallyRefunded, StatusCancelled, StatusExpired,
	}, s.Is)
}
