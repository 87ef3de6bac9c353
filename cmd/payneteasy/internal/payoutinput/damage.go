package payoutinput

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Identifier is a parameter that names an order, an account or a person. A spreadsheet or a program may take it for a
// number, a date or a formula and damage it. Then the payout goes elsewhere or is made twice.
type Identifier struct {
	marks    string // allowed characters in addition to ASCII letters and digits
	digits   bool   // only digits are allowed
	free     bool   // any character is allowed, so marks and digits do not count
	grouped  bool   // people write it in groups, such as 12.345.678 or +7 999 123
	wordless bool   // it has a digit or an @, so words are fillers
	zeros    bool   // only zeros may be right
	alias    bool   // words may be right, such as PERRO.GATO.CASA

	masked *regexp.Regexp // how its characters are hidden, if not as in an account
}

// Identifiers are the columns that are checked for damage. Names, addresses and texts are not checked, because Null is
// a surname. Only a spreadsheet's errors are looked for in names.
var Identifiers = map[string]Identifier{
	"client_orderid":                    {free: true},
	"merchant_customer_identifier":      {free: true},
	"bank_code":                         {free: true},
	"ewallet_wallet":                    {free: true, grouped: true, masked: maskedDigits},
	"legal_person_document_number":      {free: true, grouped: true},
	"receiver_identity_document_id":     {free: true, grouped: true},
	"receiver_identity_document_number": {free: true, grouped: true},
	"receiver_inn":                      {free: true, grouped: true},
	"receiver_phone":                    {free: true, grouped: true},
	"account_number":                    {marks: "-/.@_+", wordless: true, alias: true},
	"routing_number":                    {marks: "-", wordless: true},
	"bank_bic":                          {masked: maskedDigits}, // BUKBGB22XXX
	"crypto_wallet_address":             {marks: ":?=&-_+/.", masked: maskedDigits},
	"credit_card_number":                {digits: true},
	"card_recurring_payment_id":         {digits: true},
	"recurring-payment-id":              {digits: true},
	"customer_id":                       {digits: true},
	"cvv2":                              {digits: true, zeros: true},
	"expire_month":                      {digits: true},
	"expire_year":                       {digits: true},
}

// damageRule is one kind of damage, and what to do about it.
type damageRule struct {
	kind string
	has  func(value string, of Identifier) bool
	rule string
}

// nameColumns are only checked for a spreadsheet's errors.
var nameColumns = map[string]bool{
	"account_name": true, "card_printed_name": true, "bank_name": true, "legal_person_name": true,
	"receiver_first_name": true, "receiver_last_name": true,
}

// errorRules is the number of damageRules, counted from the first, that are about a spreadsheet's errors.
const errorRules = 2

// damageRules are checked in this order. The first that matches is reported.
var damageRules = []damageRule{
	{
		"narrow column", matches(`^#+$`),
		"is only # signs: " + widenColumn,
	},
	{"error value", isErrorValue, "is a spreadsheet's error value: " + repairCell},
	{"number sign", hasNumberSign, "begins with a # sign: write the value without it"},
	{"formula", matches(`^=`), "begins with =, as a formula does: write the value without = and quotation marks"},
	{
		"template", matches(
			`\{\{|\}\}|\$\{|<%|%>|^\$[a-z]+_[a-z_]+$|^:[a-z_]+$|^%[A-Za-z_]+%$|%\([A-Za-z_]+\)|^%[-+# 0-9.]*[A-Za-z]$|%!`),
		"is a placeholder that a program has not filled in: write the value",
	},
	{"pointer", matches(`^0xc[0-9a-f]{9}$`), "is an address in a program's memory: write the value"},
	{"filler", isFiller, "is a filler for a missing value: write the value" + orLeaveEmpty},
	{"zeros", isZeros, "has only zeros: write the value" + orLeaveEmpty},
	{"brackets", isBracketed, "is in brackets: write the value without them"},
	{
		"quotes", matches("[\"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u301d-\u301f\uff02]"),
		"has quotation marks inside: write it without them",
	},
	{"apostrophe", isApostrophe, "begins or ends with an apostrophe, as text in a spreadsheet may: remove it"},
	{"exponent", isExponent, "is a number with an exponent (1.23E+15): digits are lost; " + retype},
	{
		"thousand", matches(`^[+-]?[1-9][0-9]{0,2}[.,]000$`),
		"can be read in two ways, as thousands or with zeros after the point: " + retype,
	},
	{
		"float", isFloat,
		"is a whole number that a program wrote as a decimal: " +
			"write it without the point and what follows, and compare its last digits",
	},
	{"decimal", isDecimal, "is a decimal number: is it an amount, or a date as a spreadsheet counts? " + retype},
	{"masked", isMasked, "has hidden characters: write the whole value"},
	{"literal", isLiteral, "is a number as a program writes it: write the digits alone"},
	{"grouping", isGrouped, "has separators between groups of digits: write the digits alone"},
	{"signs", hasSigns, "begins with several signs: write the value without them"},
	{"negative", isNegative, "begins with a minus sign: write the value without it"},
	{"date", isDate, "looks like a date that a spreadsheet has made: " + retype},
	{"blank", hasBlank, "has blanks inside: write it without blanks"},
	{
		"script", hasForeignDigit,
		"has digits that are not 0 to 9 of ASCII, such as full-width or Arabic ones: type them again",
	},
	{
		"letters", hasForeignLetter,
		"has a character outside ASCII, perhaps a look-alike of another alphabet: type it again",
	},
	{"digits", isNumberMisspelt, "has a character that is not a digit: write only digits"},
	{
		"spelling", isMisspelt,
		"has a character that does not belong there: write letters and digits as the bank gives them",
	},
	{"words", isWord, "has no digit: write the value" + orLeaveEmpty},
}

// Damage says what a spreadsheet or a program did to the value of an identifier, or nothing. It shows no value except a
// word such as NULL.
func Damage(name, value string) string {
	of, known := Identifiers[name]
	value = strings.Trim(value, " \t\r\n")
	rules := damageRules
	if !known {
		rules = damageRules[:errorRules]
	}
	if !known && !nameColumns[name] || value == "" || sound(value) {
		return ""
	}
	for i := range rules {
		if damageRules[i].has(value, of) {
			rule := damageRules[i].rule
			if name == "client_orderid" { // it is required
				rule = strings.Replace(rule, orLeaveEmpty, "", 1)
			}
			return shownWord(name, value, damageRules[i].kind) + rule
		}
	}
	return ""
}

// wordKinds are the damageRules whose values are words of a program, and never a part of an account.
var wordKinds = []string{"narrow column", "error value", "template", "filler"}

// shownWord returns a value that can be shown, followed by a blank. IDs are always shown.
func shownWord(name, value, kind string) string {
	if name == "client_orderid" || utf8.RuneCountInString(value) > 24 ||
		strings.ContainsFunc(value, unicode.IsDigit) || !slices.Contains(wordKinds, kind) {
		return ""
	}
	return terminal.Line(value) + " "
}

// sound reports whether a value consists of digits that are not all zeros, as most values do.
func sound(value string) bool {
	return strings.Trim(value, "0123456789") == "" && strings.Trim(value, "0") != ""
}

func matches(expression string) func(string, Identifier) bool {
	compiled := regexp.MustCompile(expression)
	return func(value string, _ Identifier) bool { return compiled.MatchString(value) }
}

// errorValue matches #N/A, #REF!, #ЗНАЧ!, #¿NOMBRE? and Err:502, but not an ID such as #1001.
var errorValue = regexp.MustCompile(`^(?:#\P{Nd}*|#.*[!?]|(?i:err):[0-9]{3})$`)

func isErrorValue(value string, _ Identifier) bool { return errorValue.MatchString(value) }

func hasNumberSign(value string, of Identifier) bool {
	return !of.free && strings.HasPrefix(value, "#")
}

// fillers are what spreadsheets, programs and people write for a missing value, in lower case.
var fillers = wordSet(`null nil none nan nat inf infinity undefined na nv nd n/a n.a. n.a n/d n.v. n.v n.d. n.d k.a. k.a <na>
	undef unset null_value dbnull system.dbnull nothing void nullptr \n \\n true false yes no
	unknown missing empty blank tbd tba tbc todo error loading... qnan ind 1.#inf 1.#qnan 1.#ind
	nodata notset no_value no-value not-set not_set not-available not_available placeholder
	nao não nulo nulla leer keine nichts vacío vacio ninguno vide aucun wahr falsch vrai faux verdadero falso vero
	нет пусто неизвестно истина ложь да н/д нд б/н 无 空 未知 なし`)

// phrases are fillers of several words.
var phrases = map[string]bool{
	"not available": true, "not applicable": true, "not set": true, "no data": true,
	"no value": true, "not known": true, "нет данных": true, "not a number": true,
	"object object": true, "keine angabe": true, "no aplica": true, "sin datos": true,
	"see above": true, "see note": true, "see notes": true, "to be done": true,
	"n / a": true, "no account": true,
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// longestFiller is longer than any filler, so that long values need no lookup.
const longestFiller = 40

func isFiller(value string, _ Identifier) bool {
	if !strings.ContainsFunc(value, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		// Blanks and invisible characters have their own rule. Earlier rules have found brackets, quotation marks and
		// formulas.
		return true
	}
	if len(value) > longestFiller {
		return false
	}
	if len(value) > 2 && strings.Trim(value, "xX") == "" {
		return len(value) < 10
	}
	word := strings.ToLower(norm.NFKC.String(value))
	inside := strings.Trim(word, `()[]<>{}"'?!.*-+ `)
	return fillers[word] || fillers[inside] || phrases[inside] || phrases[strings.Trim(word, "[]()<> ")]
}

func isZeros(value string, of Identifier) bool {
	return !of.zeros && strings.Contains(value, "0") && strings.Trim(value, "0 -/._") == ""
}

// guid is an ID that some programs print in braces.
var guid = regexp.MustCompile(`^\{[0-9A-Fa-f-]{36}\}$`)

// bracketed matches {account}, <nil>, (123), ('1001',), b'1001', [1001] and Some(1001).
var bracketed = regexp.MustCompile(`^(?:[A-Za-z]*\(.*\)|[A-Za-z]*\[.*\]|[A-Za-z&]*\{.*\}|<.*>|[bu]'.*')$`)

func isBracketed(value string, _ Identifier) bool {
	return bracketed.MatchString(value) && !guid.MatchString(value)
}

// apostrophes are the characters that spreadsheets, editors and languages write for '.
const apostrophes = "'`\u2018\u2019\u201a\u201b\u2032\u2035\u00b4\u02b9\u02bb\u02bc\uff07"

func isApostrophe(value string, _ Identifier) bool {
	first, _ := utf8.DecodeRuneInString(value)
	last, _ := utf8.DecodeLastRuneInString(value)
	return strings.ContainsRune(apostrophes, first) || strings.ContainsRune(apostrophes, last)
}

// Numbers with an exponent. Programs write at most three digits before the point. A longer one without point and sign
// is an ID, such as a commit's (12345e67), unless only a number makes sense.
var (
	exponent = regexp.MustCompile(`^[+-]?(?:[0-9]{1,3}|[0-9]+[.,][0-9]*)(?:e[+-]?|[*x×·]10\^?[+-]?)[0-9]{1,3}$|` +
		`^[+-]?[0-9]+e[+-][0-9]{0,3}$|^[+-]?[0-9]+[.,][0-9]*e[+-]?$`) // the last ones were cut
	anyExponent = regexp.MustCompile(`^[+-]?[0-9]+e[0-9]{1,3}$`)
	asWritten   = strings.NewReplacer("−", "-", "–", "-", "е", "e", "Е", "e", "ε", "e",
		" ", "", "\u00a0", "", "\u202f", "", "\u066b", ".")
)

func isExponent(value string, of Identifier) bool {
	if len(value) > longestFiller*2 {
		return false
	}
	number := strings.ToLower(asWritten.Replace(ASCIIDigits(norm.NFKC.String(value))))
	return exponent.MatchString(number) || !of.free && anyExponent.MatchString(number)
}

// Groups of thousands, or of ten thousands and lakhs. People write some documents and phone numbers with points and
// blanks.
var (
	thousands = regexp.MustCompile(`^[+-]?\p{Nd}{1,3}(?:[,'` + "`\u2019\u2018\u066c\uff0c" +
		`]\p{Nd}{2,4})+(?:\.\p{Nd}*)?$`)
	pointed         = regexp.MustCompile(`^[+-]?\p{Nd}{1,3}(?:\.\p{Nd}{3})+(?:,\p{Nd}*)?$`)
	severalPoints   = regexp.MustCompile(`^[+-]?\p{Nd}{1,3}(?:\.\p{Nd}{3}){2,}(?:,\p{Nd}*)?$`)
	blanksInDigits  = regexp.MustCompile(`^[+-]?\p{Nd}+(?:[\p{Z}]\p{Nd}+)+(?:[.,]\p{Nd}*)?$`)
	invisibleDigits = regexp.MustCompile(`[\p{Cf}\p{Zl}\p{Zp}\x{a0}\x{2000}-\x{200b}\x{202f}\x{205f}\x{3000}]`)
)

func isGrouped(value string, of Identifier) bool {
	switch {
	case thousands.MatchString(value):
		return true
	case of.grouped:
		return false
	case of.free:
		return severalPoints.MatchString(value) || blanksInDigits.MatchString(value)
	}
	return pointed.MatchString(value) || blanksInDigits.MatchString(value)
}

func hasBlank(value string, of Identifier) bool {
	return invisibleDigits.MatchString(value) || !of.free && strings.ContainsFunc(value, unicode.IsSpace)
}

func hasForeignDigit(value string, _ Identifier) bool {
	return strings.ContainsFunc(value, func(r rune) bool { return r >= utf8.RuneSelf && unicode.IsDigit(r) })
}

func hasForeignLetter(value string, of Identifier) bool {
	return !of.free && strings.ContainsFunc(value, func(r rune) bool { return r >= utf8.RuneSelf })
}

func isNumberMisspelt(value string, of Identifier) bool {
	return of.digits && strings.Trim(value, "0123456789") != ""
}

func isMisspelt(value string, of Identifier) bool {
	return !of.free && strings.ContainsFunc(value, func(r rune) bool {
		return (r < '0' || r > '9') && !isASCIILetter(r) && !strings.ContainsRune(of.marks, r)
	})
}

func isASCIILetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// digitOf uses that Unicode has the ten digits of a script next to each other, from zero.
func digitOf(r rune) rune {
	for _, part := range unicode.Nd.R16 {
		if first := rune(part.Lo); first <= r && r <= rune(part.Hi) {
			return '0' + (r-first)%10
		}
	}
	for _, part := range unicode.Nd.R32 {
		if first := rune(part.Lo); first <= r && r <= rune(part.Hi) { //nolint:gosec // no digit is above U+10FFFF
			return '0' + (r-first)%10
		}
	}
	return r
}
