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

// Names without their separators, in lower case. Longer names end with them or have them within: order[account_number],
// source-card-ref-id, cardNumber.
var (
	cardNames = regexp.MustCompile(
		`cvv|cvc|card.*(?:number|num|no)$|creditcardnumber|cardprintedname|cardholder|expiremonth|expireyear|` +
			`recurringpaymentid|cardrefid|cardtoken`)
	accountNames = regexp.MustCompile(`accountnumber|ewalletwallet|cryptowalletaddress`)
	words        = regexp.MustCompile(`[A-Z]?[a-z0-9]+|[A-Z0-9]+`)
)

// idNames are the fields that hold an id of an order, of a payment, of an operation or of a request, folded. A whole
// name is one of them, or its last parts are: order[client_orderid], callback.payment.id. In JSON the name of an object
// is a part of the name of its id: {"payment":{"id":"1"}}.
var idNames = map[string]bool{
	"clientorderid": true, "clientorderids": true, "merchantorder": true, "merchantorderid": true, // the merchant's
	"orderid": true, "paynetorderid": true, "serialnumber": true, "byrequestsn": true, // the gateway's
	"paymentid": true, "operationid": true, "operationsid": true, // ecommpay's
}

// IsCard reports whether a parameter holds a card, its code, its holder's name or a token of it.
func IsCard(name string) bool { return kindOf(name) == card }

// kindOf tells what a field holds. A name that may be of a card or an account is never one of an id.
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

// fold leaves letters and digits, in lower case.
func fold(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, name))
}

// maxParts is how many parts the longest of idNames may be written in: client.order.ids.
const maxParts = 3

// isIDName looks a name up in idNames, by its last parts. An index is no part of it, and neither is the X- of a header.
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

// Name is a parameter's name as it may be shown.
func Name(name string) string {
	if OddName(name) {
		return Redacted
	}
	return terminal.Line(name)
}
