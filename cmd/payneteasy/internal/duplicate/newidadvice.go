package duplicate

import "github.com/payneteasy-go/payneteasy"

// NewIDAdvice says whether a new ID is right, and how to give it. With a new ID, a corrected payout is paid a second
// time.
func NewIDAdvice(entry payneteasy.Entry, give string) string {
	if entry.Decision().PayAgain() == payneteasy.PayAgainNewID {
		return "; to pay this debt again, " + give + " a new id"
	}
	return "; do not pay this debt again under a new id"
}
