package payneteasytest

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// documented holds the parameters of /api/v4/payout and their lengths. The length of notify_url is a guess.
var documented = lengths(`client_orderid 128, amount 10, currency 3, order_desc 64, ipaddress 45, purpose 128,
	server_callback_url 128, redirect_url 128, redirect_success_url 1024, redirect_fail_url 1024, credit_card_number 20,
	card_printed_name 128, expire_month 2, expire_year 4, cvv2 4, account_number 32, account_name 128, ewallet_type 64,
	ewallet_wallet 128, crypto_wallet_address 64, bank_name 255, bank_branch 255, bank_code 32, bank_city 128,
	bank_address1 255, bank_zip_code 255, bank_province 255, bank_area 255, routing_number 16, legal_person_name 128,
	legal_person_document_number 128, receiver_first_name 128, receiver_last_name 128, receiver_birthday 30,
	receiver_country_code 3, receiver_state 4, receiver_city 128, receiver_zip_code 32, receiver_address1 256,
	receiver_phone 128, receiver_email 128, receiver_identity_document_id 128, receiver_identity_document_number 128,
	merchant_data 65536, bank_bic 128, receiver_inn 128, customer_level 32, customer_id 10,
	merchant_customer_identifier 64, notify_url 128, card_recurring_payment_id 19, recurring-payment-id 19`)

func lengths(table string) map[string]int {
	known := map[string]int{}
	for row := range strings.SplitSeq(table, ",") {
		name, length, _ := strings.Cut(strings.TrimSpace(row), " ")
		known[name], _ = strconv.Atoi(length)
	}
	return known
}

var (
	decimal  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
	positive = regexp.MustCompile(`[1-9]`)
)

// breach returns the first documented rule that a payout breaks, in the words of an error-message, or nothing. It uses
// the words of the official fixtures where they exist ("Parameter credit_card_number is required").
func breach(form url.Values, command string) string {
	for _, name := range []string{"client_orderid", "amount", "currency"} {
		if form.Get(name) == "" {
			return fmt.Sprintf("Parameter %s is required", name)
		}
	}
	if says := malformed(form, command); says != "" {
		return says
	}
	return mismatched(form, command)
}

// malformed looks for a value that is too long, repeated, or not a URL where one is needed.
func malformed(form url.Values, command string) string {
	for name, values := range form {
		length, known := documented[name]
		if command == commandForm && (name == "server_callback_url" || name == "notify_url") {
			length = 1024
		}
		if known && (len(values) != 1 || utf8.RuneCountInString(values[0]) > length) {
			return fmt.Sprintf("Parameter %s is invalid", name)
		}
	}
	for _, name := range []string{"redirect_url", "redirect_success_url", "redirect_fail_url"} {
		u, err := url.Parse(form.Get(name))
		if form.Has(name) && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Sprintf("Parameter %s is invalid", name)
		}
	}
	return ""
}

// mismatched checks the amount, the currency and the destination, and looks for parameters that exclude each other.
func mismatched(form url.Values, command string) string {
	amount := form.Get("amount")
	switch {
	case !decimal.MatchString(amount) || !positive.MatchString(amount):
		return "Parameter amount is invalid"
	case !currency.MatchString(form.Get("currency")):
		return "Parameter currency is invalid"
	case destination(form) == "" && command != commandForm:
		return "Parameter account_number is required"
	case form.Has("redirect_url") && (form.Has("redirect_success_url") || form.Has("redirect_fail_url")):
		return "Use either redirect_url or redirect_success_url and redirect_fail_url"
	case form.Has("server_callback_url") && form.Has("notify_url"):
		return "Use either server_callback_url or notify_url" // a guess, because the documentation says "instead"
	case form.Has("credit_card_number") && (form.Has("card_recurring_payment_id") || form.Has("recurring-payment-id")):
		return "Use either card data or card_recurring_payment_id"
	}
	return ""
}
