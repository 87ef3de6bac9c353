package main

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

const redacted = "[redacted]"

// cardFields are the documented parameters that hold a card or a token of one, in lower case and with _ for -.
var cardFields = map[string]bool{
	"credit_card_number": true, "card_printed_name": true, "expire_month": true, "expire_year": true, "cvv2": true,
	"card_recurring_payment_id": true, "recurring_payment_id": true,
	// Of the platform's other commands.
	"card_number": true, "cvv": true, "destination_card_no": true, "cardrefid": true, "card_ref_id": true,
	"source_card_ref_id": true, "destination_card_ref_id": true,
}

func isCardField(name string) bool {
	return cardFields[strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")]
}

// maskEncoded hides card data in an encoded query or body and leaves every other byte as it is. It says what it hid.
func maskEncoded(encoded string) (masked string, hidden []string) {
	pieces := strings.Split(encoded, "&")
	for i, piece := range pieces {
		rawName, rawValue, _ := strings.Cut(piece, "=")
		name, err := url.QueryUnescape(rawName)
		if err == nil && rawValue != "" && isCardField(name) {
			pieces[i] = rawName + "=" + encode(redacted)
			hidden = append(hidden, name)
		}
	}
	return strings.Join(pieces, "&"), hidden
}

// line is somebody's text, fit for a terminal: what cannot be printed is escaped, so that it moves no cursor.
func line(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.ToValidUTF8(s, "") != s {
		return strconv.Quote(s)
	}
	return s
}
