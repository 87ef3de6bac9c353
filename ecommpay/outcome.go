package ecommpay

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// send posts a registration and determines its outcome.
func (c *Client) send(ctx context.Context, k *call, m message) (*Registered, error) {
	r, err := c.post(ctx, k, m)
	if err != nil {
		decision := payneteasy.DecisionUnknown
		var failed *singlesend.Error
		if errors.As(err, &failed) && failed.NotSent {
			decision = payneteasy.DecisionNotSent
		}
		return nil, k.failure(decision, newCause(err, k.mask))
	}
	decision, cause := c.judge(k, r)
	if decision == payneteasy.DecisionPending {
		return &Registered{PaymentID: k.paymentID, RequestID: requestID(r.message.get("request_id").text)}, nil
	}
	return nil, c.said(k, r, k.failure(decision, cause))
}

// judge determines the outcome of a registration from its reply. Pending needs HTTP 200, status success and our payment
// ID. Refused needs a complete reply of the platform itself that says no, and no doubt about it. Everything else is
// unknown.
func (c *Client) judge(k *call, r *reply) (payneteasy.Decision, error) {
	status, m := r.raw.StatusCode, r.message
	if r.err != nil {
		return payneteasy.DecisionUnknown, r.err
	}
	if err := c.about(k, m); err != nil {
		return payneteasy.DecisionUnknown, err
	}
	said := strings.ToLower(m.get("status").text)
	codes := codesOf(m)
	switch {
	case said == "success" && status == http.StatusOK && !sameID(m.get("payment_id").text, k.paymentID):
		return payneteasy.DecisionUnknown, errors.New("the reply has no payment id")
	case said == "success" && status == http.StatusOK && len(codes) == 0:
		return payneteasy.DecisionPending, nil
	case said == "error", said == "" && status >= http.StatusBadRequest:
	default:
		return payneteasy.DecisionUnknown, errors.New("the reply is neither an acceptance nor a refusal")
	}
	switch {
	case len(codes) == 0:
		return payneteasy.DecisionUnknown, errors.New("the refusal has no code")
	case !slices.Contains(refusing, status), slices.ContainsFunc(codes, isDoubtful):
		return payneteasy.DecisionUnknown, errors.New("the refusal does not prove that no payment exists")
	case mentionsPayment(m):
		return payneteasy.DecisionUnknown, errors.New("the refusal mentions an existing payment")
	}
	return payneteasy.DecisionRefused, nil
}

// mentionsPayment reports whether a reply has fields that only an existing payment has.
func mentionsPayment(m value) bool {
	return m.get("payment", "status").kind != null ||
		len(m.get("operation").fields)+len(m.get("operations").fields) > 0 || m.get("uuid").kind != null
}

// refusing lists the HTTP statuses with which the platform refuses ("Response codes"; likely).
var refusing = []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity}

// platformCode matches the platform's codes. A code in another form does not come from the platform.
var platformCode = regexp.MustCompile(`^[1-9][0-9]{2,4}$`)

func isDoubtful(code string) bool {
	return !platformCode.MatchString(code) || slices.Contains(doubtful, code)
}

// doubtful lists codes after which a payment may be registered anyway. They are internal faults, "try again", and the
// codes of a payment that exists.
var doubtful = []string{
	"604", "3041", "3613", "3060", "3024", // the payment, or the operation, exists
	// faults on the way, or an outcome that is not known yet
	"408", "429", "500", "502", "503", "504",
	"100", "314", "501", "601", "602", "603", "3062", "3191", "9999", "19999", "29999",
}
