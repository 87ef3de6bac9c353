package ecommpay

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Operation is one step of a payment.
type Operation struct {
	ID      string
	Type    string // "payout", "payout reversal"
	Status  StatusCode
	Date    time.Time
	Code    string // "0" is success
	Message string // masked
}

func readOperation(v value, mask masking.Masker) Operation {
	return Operation{
		ID: v.get("id").text, Type: mask.Text(v.get("type").text), Status: StatusCode(mask.Text(v.get("status").text)),
		Date: parseTime(v.get("date").text), Code: mask.Text(v.get("code").text),
		Message: mask.Text(v.get("message").text),
	}
}

// readOperations reads all operations that a message lists.
func readOperations(m value, mask masking.Masker) (operations []Operation) {
	for _, item := range m.get("operations").fields {
		operations = append(operations, readOperation(item.value, mask))
	}
	return operations
}

// lastOf returns the latest operation, by date, or by number if the dates are equal. They may arrive in any order.
func lastOf(operations []Operation) Operation {
	var last Operation
	for i, o := range operations {
		a, aErr := strconv.ParseUint(o.ID, 10, 64)
		b, bErr := strconv.ParseUint(last.ID, 10, 64)
		if i == 0 || o.Date.After(last.Date) || o.Date.Equal(last.Date) && aErr == nil && bErr == nil && a > b {
			last = o
		}
	}
	return last
}

// takesBack reports whether an operation of this type returns a payout's money.
func takesBack(kind string) bool {
	kind = strings.ToLower(kind)
	return slices.ContainsFunc([]string{"revers", "refund", "cancel", "chargeback", "return", "void"},
		func(word string) bool { return strings.Contains(kind, word) })
}

// isLater reports whether an operation's number is higher than another's. A status that names only the last operation
// omits the operations before it.
func isLater(id, than string) bool {
	a, err := strconv.ParseUint(id, 10, 64)
	b, thanErr := strconv.ParseUint(than, 10, 64)
	return err == nil && thanErr == nil && a > b
}
