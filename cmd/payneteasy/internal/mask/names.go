package mask

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

type kind int

const (
	other kind = iota
	card
	account
	id
)

// Names without their separators, in lower case. A longer name may end with one or contain it, such as
// order[account_number], source-card-ref-id, cardNumber.
var (
	cardNames = regexp.MustCompile(
		`cvv|cvc|card.*(?:number|num|no)$|creditcardnumber|cardprintedname|cardholder|expiremonth|expireyear|` +
			`recurringpaymentid|cardrefid|cardtoken`)
	accountNames = regexp.MustCompile(`accountnumber|ewalletwallet|cryptowalletaddress`)
	words        = regexp.MustCompile(`[A-Z]?[a-z0-9]+|[A-Z0-9]+`)
)

// idNames are the fields that hold an ID of an order, of a payment, of an operation or of a request, folded. A whole
// name is one of them, or its last parts are, such as order[client_orderid] or callback.payment.id. In JSON the name of
// an object is a part of the name of its ID: {"payment":{"id":"1"}}.
var idNames = map[string]bool{
	"clientorderid": true, "clientorderids": true, "merchantorder": true, "merchantorderid": true, // the merchant's
	"orderid": true, "paynetorderid": true, "serialnumber": true, "byrequestsn": true, // the gateway's
	"paymentid": true, "operationid": true, "operationsid": true, // ecommpay's
}

// IsCard reports whether a parameter holds a card, its code, its holder's name or a token of it.
func IsCard(name string) bool { return kindOf(name) == card }

// kindOf returns the kind of a field. A name that may be of a card or an account is never the name of an ID.
func kindOf(name string) kind {
	plain := plainText(name)
	folded := fold(plain)
	switch {
	case cardNames.MatchString(folded):
		return card
	case accountNames.MatchString(folded):
		return account
	}
	isPan := func(word string) bool { return strings.EqualFold(word, "pan") }
	switch {
	case strings.Contains(folded, "pan") && slices.ContainsFunc(words.FindAllString(plain, -1), isPan):
		return card
	case isIDName(plain):
		return id
	}
	return other
}

// fold keeps letters and digits, in lower case.
func fold(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, name))
}

// maxParts is the largest number of parts in a form of one of idNames, as in client.order.ids.
const maxParts = 3

// isIDName looks a name up in idNames, by its last parts. It ignores an index, and the X- of a header.
func isIDName(name string) bool {
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(".[]", r) })
	parts = slices.DeleteFunc(parts, func(part string) bool { return strings.Trim(part, "0123456789") == "" })
	parts = parts[max(len(parts)-maxParts, 0):]
	for i, part := range parts {
		if len(part) > 2 && strings.EqualFold(part[:2], "x-") {
			parts[i] = part[2:]
		}
	}
	for i := range parts {
		if idNames[fold(strings.Join(parts[i:], ""))] {
			return true
		}
	}
	return false
}

// Name returns a parameter's name as it may be shown.
func Name(name string) string {
	if OddName(name) {
		return Redacted
	}
	return terminal.Line(name)
}
