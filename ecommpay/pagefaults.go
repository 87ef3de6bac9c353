package ecommpay

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	extraName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	countryCode = regexp.MustCompile(`^[A-Z]{2}$`)
	stateCode   = regexp.MustCompile(`^[A-Z0-9]{1,3}$`)
	language    = regexp.MustCompile(`^[a-z]{2}$`)
)

// isObject refuses a name that callbacks use for an object. A text that is signed under such a name could pass as a
// callback.
const isObject = "is the name of an object in callbacks"

// ownNames lists the names that the registration, the signature, or a field of Page sets. It also lists names that must
// not be set.
var ownNames = map[string]string{
	"mode": "", "project_id": "", "payment_id": "", "uuid": "", "payment_amount": "", "payment_currency": "",
	"customer_id": "", "customer_email": "", "signature": "",

	"payment": isObject, "general": isObject, "operation": isObject, "operations": isObject, "errors": isObject,
	"request": isObject, "customer": isObject, "account": isObject, "transaction": isObject, "sum_request": isObject,

	"frame_mode":  "is not signed: anyone who sees the link could change it",
	"best_before": "must not be set for a payout: the page then shows an error",
}

// page checks the parameters that a page adds.
func (f *faults) page(session *Session, page *Page) {
	f.text("uuid", session.UUID, 64)
	values := map[string]string{}
	for _, p := range page.list() {
		values[p.name] = p.value
		switch {
		case p.value == "":
		case strings.HasSuffix(p.name, "_url"):
			f.url(p.name, p.value)
		default:
			f.plain(p.name, p.value, p.limit)
		}
	}
	for _, check := range []struct {
		names []string
		form  *regexp.Regexp
		rule  string
	}{
		{[]string{"sender_country", "recipient_country"}, countryCode, "is not an ISO 3166-1 alpha-2 code in capitals"},
		{
			[]string{"sender_state", "recipient_state"},
			stateCode, "is not the second part of an ISO 3166-2 code: ON, not CA-ON",
		},
		{[]string{"language_code"}, language, "is not an ISO 639-1 code"},
	} {
		for _, name := range check.names {
			if values[name] != "" && !check.form.MatchString(values[name]) {
				f.add(name, check.rule)
			}
		}
	}
	f.states(values)
	f.programs(page, values)
	f.extra(page, values)
}

// states checks that a state has its country, and that a required state is set.
func (f *faults) states(values map[string]string) {
	for _, who := range []string{"sender", "recipient"} {
		if values[who+"_state"] != "" && values[who+"_country"] == "" {
			f.add(who+"_country", "is required with "+who+"_state")
		}
	}
	if country := values["recipient_country"]; (country == "CA" || country == "US") && values["recipient_state"] == "" {
		f.add("recipient_state", "is required in CA and US")
	}
}

// programs checks the fields that a card program requires.
func (f *faults) programs(page *Page, values map[string]string) {
	require := func(program string, names ...string) {
		for _, name := range names {
			if values[name] == "" {
				f.add(name, "is required by "+program)
			}
		}
	}
	if page.MoneySend {
		require("MoneySend", "recipient_first_name", "recipient_last_name", "sender_first_name", "sender_last_name",
			"sender_wallet_id", "sender_country", "sender_city", "sender_address")
	}
	if page.VisaCanada {
		require("Visa Money Transfer for Canadian cards", "recipient_country", "recipient_city", "recipient_address")
	}
}

// extra checks the further parameters.
func (f *faults) extra(page *Page, values map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(page.Extra)) {
		rule, own := ownNames[name]
		_, field := values[name]
		switch {
		case !extraName.MatchString(name):
			f.add("Extra", "has a name that is not the vendor's: use lower-case letters, digits and _")
		case rule != "":
			f.add(name, rule)
		case own, field:
			f.add(name, "is set by the registration or by a field of Page")
		case page.Extra[name] == "":
			f.add(name, "is empty")
		default:
			f.plain(name, page.Extra[name], 2048)
		}
	}
}
