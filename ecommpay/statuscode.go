package ecommpay

import (
	"slices"
	"strings"
)

// StatusCode is the status of a payment or an operation, as it arrived. Compare with Is, because the platform writes
// some with spaces and with underscores, and both cancelled and canceled. An unknown status is not final.
type StatusCode string

// These are the statuses of payouts. The first is documented for payouts, and the others are likely.
const (
	StatusAwaitingPayoutCompletion StatusCode = "awaiting_payout_completion" // registered, so the page can be opened
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

// Is compares two statuses and ignores differences in spelling.
func (s StatusCode) Is(other StatusCode) bool { return s.plain() == other.plain() }

func (s StatusCode) plain() string {
	isGap := func(r rune) bool { return r == '_' || r == ' ' || r == '-' }
	text := strings.Join(strings.FieldsFunc(strings.ToLower(string(s)), isGap), " ")
	return strings.ReplaceAll(text, "canceled", "cancelled")
}

// Final reports whether a payment with this status has ended. A final status can still change, because the money may
// come back after success.
func (s StatusCode) Final() bool {
	return slices.ContainsFunc([]StatusCode{
		StatusSuccess, StatusDecline, StatusPartiallyPaidOut, StatusError, StatusReversed, StatusPartiallyReversed,
		StatusRefunded, StatusPartiallyRefunded, StatusCancelled, StatusExpired,
	}, s.Is)
}
