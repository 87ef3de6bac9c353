package batch

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/spelling"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// columnAliases are other names for the parameters, spelled as Squeeze spells them.
var columnAliases = map[string]string{}

func init() {
	for parameter, aliases := range map[string]string{
		"client_orderid": "orderid order id orderno ordernumber clientorder merchantorderid paymentid payoutid " +
			"externalid invoiceid invoiceno reference ref номерзаказа заказ",
		"amount":   "amt sum value total betrag montant importe monto сумма",
		"currency": "ccy curr currencycode währung devise moneda валюта",
		"account_number": "iban account accountno accountnum acc accno accountid acctno acctnumber accountnr " +
			"beneficiaryaccount beneficiaryiban bankaccount bankaccountnumber kontonummer konto compte cuenta счет " +
			"счёт номерсчета номерсчёта счетполучателя счётполучателя",
		"account_name": "name holder accountholder beneficiary beneficiaryname recipient recipientname payee " +
			"fullname kontoinhaber фио получатель",
		"bank_name":          "bank банк",
		"bank_bic":           "bic swift swiftbic bicswift swiftcode bik бик",
		"routing_number":     "routing aba sortcode routingno",
		"cvv2":               "cvv cvc cvc2 securitycode",
		"credit_card_number": "card cardnumber cardno creditcard ccnumber pan номеркарты",
		"card_printed_name":  "cardholder cardname",
		"ewallet_wallet":     "wallet ewallet walletid walletnumber",
		"receiver_inn":       "inn taxid инн",
		"receiver_email":     "email mail",
		"receiver_phone":     "phone phonenumber mobile telephone телефон",
		"order_desc":         "description comment memo details",
		"purpose":            "purposeofpayment paymentpurpose verwendungszweck назначениеплатежа",

		"receiver_first_name":   "firstname givenname",
		"receiver_last_name":    "lastname surname familyname",
		"receiver_country_code": "country countrycode",
		"receiver_birthday":     "birthday birthdate dateofbirth dob",
		"receiver_city":         "city",
		"receiver_zip_code":     "zip zipcode postcode postalcode",
		"expire_month":          "expmonth expirymonth expirationmonth",
		"expire_year":           "expyear expiryyear expirationyear",
		"crypto_wallet_address": "walletaddress cryptoaddress cryptowallet",
		"notify_url":            "notify notification notificationurl callback callbackurl webhook webhookurl",
		"server_callback_url":   "servercallback",

		"card_recurring_payment_id": "cardtoken token rpi",
	} {
		for alias := range strings.FieldsSeq(aliases) {
			columnAliases[alias] = parameter
		}
	}
	for _, parameter := range payoutinput.Parameters() {
		columnAliases[spelling.Squeeze(parameter)] = parameter
	}
}

// meant returns the parameter whose name is near to a column's name, or nothing.
func meant(name string) string {
	if len(name) > spelling.LongestName {
		return ""
	}
	squeezed := spelling.Squeeze(name)
	if parameter := columnAliases[squeezed]; parameter != "" || utf8.RuneCountInString(squeezed) < 4 {
		return parameter
	}
	allowed := 1
	if utf8.RuneCountInString(squeezed) >= 8 {
		allowed = 2
	}
	found, best := "", allowed+1
	for _, parameter := range payoutinput.Parameters() {
		if far := spelling.Distance(squeezed, spelling.Squeeze(parameter)); far < best {
			found, best = parameter, far
		}
	}
	return found
}

// maxColumns is more than a file of payouts has.
const maxColumns = 1000

// header checks the columns' names.
func (f *payoutFile) header(reader *csv.Reader, names []string, ignored []string) {
	f.columns = names
	if len(names) > maxColumns {
		f.fault(place{line: f.top, column: 1},
			fmt.Sprintf("the first line has %s columns, and a payout has %d parameters: is it a header?",
				terminal.Count(len(names)), len(payoutinput.Parameters())))
		return
	}
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	if rule := f.noHeader(names); rule != "" {
		f.noNames = true
		f.fault(place{line: f.top, column: 1}, rule)
		return
	}
	f.named = len(names)
	for f.named > 0 && names[f.named-1] == "" { // a spreadsheet leaves empty columns at the end
		f.named--
	}
	f.ignoredFaults(names, ignored)
	first, near := make(map[string]int, len(names)), map[string]bool{}
	for i, name := range names[:f.named] {
		if name != "" && slices.Contains(ignored, name) {
			names[i] = ""
			continue
		}
		before, again := first[name]
		if !again {
			first[name] = i
		}
		if rule := columnRule(name, before, again, names); rule != "" {
			line, column := reader.FieldPos(i)
			f.fault(place{line: line, column: column}, rule)
			near[meant(name)] = true // that fault names the parameter
		}
	}
	f.missingColumns(first, near)
}

// missingColumns reports the required columns that are missing.
func (f *payoutFile) missingColumns(first map[string]int, near map[string]bool) {
	for _, name := range []string{"client_orderid", "amount", "currency"} {
		if _, found := first[name]; !found && !near[name] {
			f.fault(place{line: f.top, column: 1}, "the column "+name+" is missing")
		}
	}
	if !slices.ContainsFunc(payoutinput.DestinationColumns,
		func(name string) bool { return has(first, name) || near[name] }) {
		f.fault(place{line: f.top, column: 1},
			"there is no column for the destination: add one of "+
				strings.Join(payoutinput.DestinationColumns, ", "))
	}
}

// ignoredFaults reports the ignored columns that are not in the file.
func (f *payoutFile) ignoredFaults(names, ignored []string) {
	for _, name := range ignored {
		if slices.Contains(names, name) {
			continue
		}
		rule := "there is no column of a name that --ignore-column gives: "
		if shown := quoted(name); shown == terminal.Line(name) {
			rule = "there is no column " + shown + ", which --ignore-column names: "
		}
		if near := nearColumn(name, names); near != "" {
			rule += "did you mean " + quoted(near) + "?"
		} else if slices.ContainsFunc(strings.Split(name, ","),
			func(part string) bool { return slices.Contains(names, part) }) {
			rule += "give the flag once for each column"
		} else {
			rule += "correct the name, or leave out the flag"
		}
		f.fault(place{line: f.top, column: 1}, rule)
	}
}

// nearColumn returns a column that can be ignored and has nearly this name, or nothing.
func nearColumn(name string, names []string) (found string) {
	squeezed := spelling.Squeeze(name)
	best := utf8.RuneCountInString(squeezed)/3 + 1
	for _, column := range names {
		if len(name) > spelling.LongestName || len(column) > spelling.LongestName || column == "" ||
			payoutinput.IsParameter(column) {
			continue
		}
		if far := spelling.Distance(squeezed, spelling.Squeeze(column)); far < best {
			found, best = column, far
		}
	}
	return found
}

func has(columns map[string]int, name string) bool {
	_, found := columns[name]
	return found
}

// noHeader recognizes a first line that names no column at all.
func (f *payoutFile) noHeader(names []string) string {
	if f.comma == '|' {
		return "the columns are separated by " + separatorName('|') + ": separate them by a comma, a semicolon or a tab"
	}
	if slices.ContainsFunc(names,
		func(name string) bool { return payoutinput.IsParameter(name) || meant(name) != "" }) {
		return ""
	}
	which := "the first line"
	if f.top > 1 {
		which = "the first line with values"
	}
	return which + " is not a header: it must name the columns, as in client_orderid,amount,currency,account_number"
}

// findHeader finds the header if it is below a title.
func (f *payoutFile) findHeader(reader *csv.Reader) {
	const titleLines = 20
	for range titleLines {
		record, err := reader.Read()
		if err != nil {
			return
		}
		named := 0
		for _, name := range record {
			if payoutinput.IsParameter(strings.TrimSpace(name)) {
				named++
			}
		}
		if named > 1 {
			line, _ := reader.FieldPos(0)
			f.faults[0].Rule = fmt.Sprintf("is not a header, but line %d is: remove the lines before it", line)
			return
		}
	}
}

// columnRule says what is wrong with one column's name.
func columnRule(name string, before int, again bool, names []string) string {
	switch {
	case name == "":
		return "the column has no name: name it, or remove the column"
	case again && payoutinput.IsParameter(name):
		return fmt.Sprintf("%s is a second column of this name, after column %d: remove one", quoted(name), before+1)
	case payoutinput.IsParameter(name):
		return ""
	}
	rule := quoted(name) + " is not a documented parameter of a payout: "
	switch near := meant(name); {
	case near != "" && spelling.Squeeze(name) == spelling.Squeeze(near) && !slices.Contains(names, near):
		return rule + "write " + near
	case near != "" && !slices.Contains(names, near):
		return rule + "did you mean " + near + "?"
	case quoted(name) != terminal.Line(name):
		return rule + "correct it or remove the column"
	}
	return rule + "correct it, or give --ignore-column " + shellWord(terminal.Line(name))
}

// shellWord quotes a text as one word of a shell command.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// quoted shows a column's name. Without a header it may be an account or a card.
func quoted(name string) string {
	digits := strings.Count(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '0'
		}
		return r
	}, name), "0")
	if digits > 3 || utf8.RuneCountInString(name) > spelling.LongestName {
		return "a column"
	}
	return terminal.Line(name)
}
