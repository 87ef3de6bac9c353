package ecommpaytest

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// registration is what a merchant asks for.
type registration struct {
	paymentID, customerID, email, phone, currency, callbackURL string
	amount                                                     int64
}

var (
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
	mailAddress  = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
	phoneNumber  = regexp.MustCompile(`^[0-9]{4,24}$`)
)

// number writes a number that the platform sends as a string.
func number(n int64) string { return strconv.FormatInt(n, 10) }

// field returns the value at a path through objects, or nil.
func field(message map[string]any, path ...string) any {
	var value any = message
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// text returns a string in a message. It returns "" for a number.
func text(message map[string]any, path ...string) string {
	s, _ := field(message, path...).(string)
	return s
}

// integer returns a number in a message, as JSON writes integers. A string does not count.
func integer(message map[string]any, path ...string) (int64, bool) {
	written, _ := field(message, path...).(json.Number)
	n, err := strconv.ParseInt(written.String(), 10, 64)
	return n, err == nil
}

// rule is what a field of a registration must be.
type rule struct {
	path          string
	code, message string
	holds         func(string) bool
}

func upTo(length int) func(string) bool {
	return func(s string) bool { return utf8.RuneCountInString(s) <= length }
}

// These strings are required. Their limits are documented for Payment Page. The codes are the nearest ones in the list.
var rules = []rule{
	{"general.payment_id", "3024", "Invalid Payment ID", upTo(255)},
	{"customer.id", "2124", "Invalid Customer ID", upTo(255)},
	{
		"customer.email", "2426", "Invalid Email",
		func(s string) bool { return upTo(255)(s) && mailAddress.MatchString(s) },
	},
	{"customer.phone", malformed, "Malformed request: customer.phone", phoneNumber.MatchString},
	{"customer.ip_address", malformed, "Malformed request: customer.ip_address", func(s string) bool {
		_, err := netip.ParseAddr(s)
		return err == nil
	}},
	{"payment.currency", malformed, "Malformed request: payment.currency", currencyCode.MatchString},
}

const malformed = "702"

// readRegistration reads a registration, or returns the code and the message of its refusal.
func readRegistration(message map[string]any) (r registration, code, fault string) {
	for _, rule := range rules {
		value := text(message, strings.Split(rule.path, ".")...)
		switch {
		case value == "":
			return r, "2004", "Required field not provided: " + rule.path
		case !rule.holds(value):
			return r, rule.code, rule.message
		}
	}
	if field(message, "payment", "amount") == nil {
		return r, "2004", "Required field not provided: payment.amount"
	}
	amount, ok := integer(message, "payment", "amount")
	if !ok || amount <= 0 {
		return r, malformed, "Malformed request: payment.amount"
	}
	callbackURL := field(message, "general", "merchant_callback_url")
	if callbackURL != nil && !webAddress(text(message, "general", "merchant_callback_url")) {
		return r, malformed, "Malformed request: general.merchant_callback_url"
	}
	return registration{
		paymentID:   text(message, "general", "payment_id"),
		customerID:  text(message, "customer", "id"),
		email:       text(message, "customer", "email"),
		phone:       text(message, "customer", "phone"),
		currency:    text(message, "payment", "currency"),
		callbackURL: text(message, "general", "merchant_callback_url"),
		amount:      amount,
	}, "", ""
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}
