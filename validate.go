package payneteasy

import (
	"cmp"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// parameter is what the documentation says about one parameter of a payout (/api/v4/payout, Request Parameters).
type parameter struct {
	length int                       // the maximum number of characters
	check  func(value string) string // returns the rule that the value breaks, or ""
	exact  bool                      // blanks at the ends are refused, since the gateway would pay to another value
	secret bool                      // never in an error, a log or a debug value
	card   bool                      // card data, which DebugPayout redacts, too
}

const (
	maxMerchantData  = 64 << 10 // characters
	maxOwnParameters = 150      // in the query of a callback URL, to which the gateway adds its own
)

// payoutParameters are the 52 documented parameters.
var payoutParameters = map[string]parameter{
	"client_orderid":                    {length: 128, exact: true},
	"amount":                            {length: maxAmountLen},
	"currency":                          {length: 3},
	"order_desc":                        {length: 64},
	"ipaddress":                         {length: 45, check: checkIP},
	"purpose":                           {length: 128},
	"server_callback_url":               {length: 128, check: checkURL},
	"notify_url":                        {length: 128, check: checkURL}, // not documented, as server_callback_url
	"redirect_url":                      {length: 128, check: checkURL},
	"redirect_success_url":              {length: 1024, check: checkURL},
	"redirect_fail_url":                 {length: 1024, check: checkURL},
	"credit_card_number":                {length: 20, exact: true, secret: true, card: true, check: checkCardNumber},
	"card_printed_name":                 {length: 128, card: true},
	"expire_month":                      {length: 2, card: true, check: checkMonth},
	"expire_year":                       {length: 4, card: true, check: checkYear},
	"cvv2":                              {length: 4, exact: true, secret: true, card: true, check: checkCVV},
	"account_number":                    {length: 32, exact: true, secret: true},
	"account_name":                      {length: 128},
	"ewallet_type":                      {length: 64},
	"ewallet_wallet":                    {length: 128, exact: true, secret: true},
	"crypto_wallet_address":             {length: 64, exact: true, secret: true},
	"bank_name":                         {length: 255},
	"bank_branch":                       {length: 255},
	"bank_code":                         {length: 32},
	"bank_city":                         {length: 128},
	"bank_address1":                     {length: 255},
	"bank_zip_code":                     {length: 255},
	"bank_province":                     {length: 255},
	"bank_area":                         {length: 255},
	"routing_number":                    {length: 16},
	"legal_person_name":                 {length: 128},
	"legal_person_document_number":      {length: 128},
	"receiver_first_name":               {length: 128},
	"receiver_last_name":                {length: 128},
	"receiver_birthday":                 {length: 30},
	"receiver_country_code":             {length: 3},
	"receiver_state":                    {length: 4},
	"receiver_city":                     {length: 128},
	"receiver_zip_code":                 {length: 32},
	"receiver_address1":                 {length: 256},
	"receiver_phone":                    {length: 128},
	"receiver_email":                    {length: 128},
	"receiver_identity_document_id":     {length: 128},
	"receiver_identity_document_number": {length: 128},
	"merchant_data":                     {length: maxMerchantData},
	"bank_bic":                          {length: 128},
	"receiver_inn":                      {length: 128},
	"customer_level":                    {length: 32},
	"customer_id":                       {length: 10, check: checkNumber},
	"merchant_customer_identifier":      {length: 64},
	"card_recurring_payment_id":         {length: 19, exact: true, secret: true, card: true, check: checkNumber},
	"recurring-payment-id":              {length: 19, exact: true, secret: true, card: true, check: checkNumber},
}

// formLengths are the lengths that differ in a payout form (/api/v4/payout-form, Request Parameters). The length of
// notify_url is not documented.
var formLengths = map[string]int{"server_callback_url": 1024, "notify_url": 1024}

// validatePayout names everything that is wrong with a payout's form. The rules that prevent a wrong payment come first
// and cannot be turned off. The documented limits follow.
func (c *Client) validatePayout(k *call, extra url.Values) error {
	var faults faults
	form := k.form
	if k.endpoint.id <= 0 {
		faults.add("Endpoint", "is not a positive number")
	}
	for _, name := range []string{"client_orderid", "amount"} {
		if form.Get(name) == "" {
			faults.add(name, "is required")
		}
	}
	if len(form.Get("amount")) > maxAmountLen {
		faults.add("amount", "is longer than "+strconv.Itoa(maxAmountLen)+" characters")
	}
	for _, name := range sortedNames(form) {
		for _, value := range form[name] {
			faults.add(fieldName(name), cmp.Or(safetyRule(name, value), placeholderRule(name, value)))
		}
	}
	faults = append(faults, checkDestinations(k, extra)...)
	if holdsCard(form) {
		faults.add("client_orderid",
			"contains the card's number, which errors, logs and the journal would show: use another ID")
	}
	for _, name := range sortedNames(extra) {
		faults.add(fieldName(name), extraRule(name))
	}
	if !c.config.SkipLimits {
		for _, limit := range c.checkLimits(k) {
			if !slices.ContainsFunc(faults, func(f Fault) bool { return f.Field == limit.Field }) {
				faults = append(faults, limit)
			}
		}
	}
	if len(faults) > 0 {
		return &ValidationError{Faults: faults}
	}
	return nil
}

func safetyRule(name, value string) string {
	switch {
	case payoutParameters[name].exact:
		return exactRule(value)
	case !utf8.ValidString(value):
		return notUTF8
	case slices.Contains(bankNumbers, name):
		return charcheck.Unseen(value) // the number that a person checks must be the number that is paid to
	}
	return ""
}

var extraName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// fieldName returns how a fault names a parameter. What cannot be a name may be a value in the wrong place.
func fieldName(name string) string {
	if !extraName.MatchString(name) {
		return "Extra"
	}
	return masking.Masker{}.Text(name)
}

func extraRule(name string) string {
	lower := strings.ToLower(name)
	documented := false
	for known := range payoutParameters { // the gateway uses hyphens and underscores
		documented = documented || spelling(known) == spelling(lower)
	}
	switch {
	case !extraName.MatchString(name):
		return "has a name that cannot be a parameter's: use letters, digits, _ . and -"
	case documented:
		return "in Extra is a documented parameter: set its own field"
	case lower == "login" || lower == "control" || strings.HasPrefix(lower, "oauth_"):
		return "in Extra is reserved for authentication"
	}
	return ""
}

// checkLimits names everything that exceeds the documented limits.
func (c *Client) checkLimits(k *call) faults {
	var faults faults
	form := k.form
	for _, name := range sortedNames(form) {
		known, documented := payoutParameters[name]
		if !documented {
			continue
		}
		value, length := form.Get(name), known.length
		if longer := formLengths[name]; longer > 0 && k.command == formCommand {
			length = longer
		}
		if utf8.RuneCountInString(value) > length {
			faults.add(name, "is longer than "+strconv.Itoa(length)+" characters")
		} else if known.check != nil {
			faults.add(name, known.check(value))
		}
	}
	faults = append(faults, c.callbackFaults(form)...)
	single, success, fail := form.Has("redirect_url"), form.Has("redirect_success_url"), form.Has("redirect_fail_url")
	switch {
	case single && (success || fail):
		faults.add("redirect_url", "cannot be set together with redirect_success_url or redirect_fail_url")
	case success && !fail:
		faults.add("redirect_fail_url", "is required with redirect_success_url")
	case fail && !success:
		faults.add("redirect_success_url", "is required with redirect_fail_url")
	}
	return faults
}

// callbackFaults returns the faults of the two callback URLs.
func (c *Client) callbackFaults(form url.Values) faults {
	var faults faults
	for _, name := range []string{"notify_url", "server_callback_url"} {
		if callback := form.Get(name); callback != "" && checkURL(callback) == "" {
			faults.add(name, c.callbackPortRule(callback))
		}
	}
	if form.Has("notify_url") && form.Has("server_callback_url") {
		faults.add("server_callback_url",
			"and notify_url are both set: set only notify_url, which is also called for a reversal or a chargeback")
	}
	return faults
}

// callbackPortRule checks the port of a callback URL. Documented are 80 and 8080 for http, and 443 and 8443 for https.
// A fake gateway on this machine may call back to any port of this machine.
func (c *Client) callbackPortRule(callback string) string {
	u, err := url.Parse(callback)
	if err != nil || c.loopback && httpcheck.IsLoopback(u.Hostname()) {
		return ""
	}
	ports := map[string][]string{"http": {"", "80", "8080"}, "https": {"", "443", "8443"}}
	if !slices.Contains(ports[strings.ToLower(u.Scheme)], u.Port()) {
		return "has a port other than 80 or 8080 for http, 443 or 8443 for https"
	}
	return ""
}

func sortedNames(form url.Values) []string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func checkIP(value string) string {
	if addr, err := netip.ParseAddr(value); err != nil || addr.Zone() != "" {
		return "is not an IPv4 or IPv6 address"
	}
	return ""
}

func checkURL(value string) string {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https"}, strings.ToLower(u.Scheme)):
		return "is not an absolute http or https URL"
	case strings.ContainsFunc(value, notInURL):
		return "has a space, a backslash or a character that cannot be seen: encode it"
	case u.User != nil:
		return "has user information in it"
	}
	for pair := range formPairs(u.RawQuery) { // callbacks are read in the same way
		if isCallbackParameter(pair.name) {
			return "has a parameter in its query that the gateway adds too"
		}
	}
	if strings.Count(u.RawQuery, "&") >= maxOwnParameters {
		return "has more than " + strconv.Itoa(maxOwnParameters) + " parameters in its query"
	}
	return ""
}

// checkCardNumber checks the length, and the check digit by ISO/IEC 7812-1 (Luhn).
func checkCardNumber(value string) string {
	if !isDigits(value) || len(value) < 12 {
		return "is not 12 to 20 digits"
	}
	if !charcheck.Luhn(value) {
		return "has a wrong check digit"
	}
	return ""
}

func checkMonth(value string) string {
	if month, err := strconv.Atoi(value); !isDigits(value) || err != nil || month < 1 || month > 12 {
		return "is not a month from 01 to 12"
	}
	return ""
}

func checkYear(value string) string {
	if !isDigits(value) || len(value) != 4 {
		return "is not a year of four digits"
	}
	return ""
}

func checkCVV(value string) string {
	if !isDigits(value) || len(value) < 3 {
		return "is not three or four digits"
	}
	return ""
}

func checkNumber(value string) string {
	if !isDigits(value) {
		return "is not a whole number"
	}
	return ""
}

// notInURL reports whether a browser drops this character from a URL, or reads it differently than this package.
func notInURL(r rune) bool { return r == ' ' || r == '\\' || charcheck.IsUnseen(r) }

// holdsCard reports whether the merchant's ID contains the number of the card that is paid to. IDs are shown in full
// everywhere, and card numbers nowhere.
func holdsCard(form url.Values) bool {
	card := form.Get("credit_card_number")
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, form.Get("client_orderid"))
	return checkCardNumber(card) == "" && strings.Contains(digits, card)
}
