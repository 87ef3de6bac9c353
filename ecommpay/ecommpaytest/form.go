package ecommpaytest

import (
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/payneteasy-go/payneteasy/internal/fakepage"
)

// cardForm returns the fields of a card.
func cardForm(sent url.Values) fakepage.Inputs {
	value := func(name string) string { return strings.ToValidUTF8(strings.TrimSpace(sent.Get(name)), "�") }
	return fakepage.Inputs{
		{
			Name: "number", Label: "Card number", Value: value("number"), Length: 23,
			Autocomplete: "cc-number", Mode: "numeric",
			Hint: "In this sandbox 4242 4242 4242 4242 is paid, 4000 0000 0000 0002 is declined.",
		},
		{
			Name: "expiry", Label: "Valid thru", Value: value("expiry"), Length: 9, Autocomplete: "cc-exp",
			Hint: "Month and year: MM/YY.",
		},
		{
			Name: "holder", Label: "Name on the card", Value: value("holder"), Length: 64, Autocomplete: "cc-name",
			Hint: "As it is printed there.",
		},
	}
}

// fillCard checks what a receiver has entered.
func fillCard(sent url.Values) fakepage.Inputs {
	all := cardForm(sent)
	for i, label := range []string{"the card number", "month and year", "the name on the card"} {
		if all[i].Value == "" {
			all[i].Wrong = "Enter " + label
		}
	}
	if field := &all[0]; field.Wrong == "" && !validNumber(compact(field.Value)) {
		field.Wrong = "This is not a card number: check its digits"
	}
	if field := &all[1]; field.Wrong == "" {
		if _, _, ok := validThru(field.Value, time.Now()); !ok {
			field.Wrong = "Enter month and year as MM/YY, of a card that is still valid"
		}
	}
	if field := &all[2]; field.Wrong == "" {
		if len([]rune(field.Value)) > field.Length ||
			strings.ContainsFunc(field.Value, func(r rune) bool { return !unicode.IsPrint(r) }) {
			field.Wrong = "The name is longer than 64 characters, or cannot be shown"
		}
	}
	return all
}

// codeForm returns the field of a code.
func codeForm(fault string) fakepage.Inputs {
	return fakepage.Inputs{{
		Name: "code", Label: "Code", Length: 12, Autocomplete: "one-time-code", Mode: "numeric",
		Hint: "Six digits.", Wrong: fault,
	}}
}
