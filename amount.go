package payneteasy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/currency"
)

// maxAmountLen is the documented length of the amount parameter, point included (/api/v4/payout, Request Parameters).
const maxAmountLen = 10

// Amount is an exact, positive sum of money in one currency. It is kept in minor units and sent in major units (see
// Decimal). You cannot make one from a float. You can compare amounts with ==. The zero Amount means "not given".
type Amount struct {
	minor    int64
	currency string
}

// ParseAmount reads an amount in major units, as the API writes it. The text has digits, and after a point at most as
// many digits as the currency has. For example, "10.5" USD is 10 dollars 50 cents.
//
// ParseAmount refuses signs, exponents, blanks, grouping, leading zeros ("010"), a bare point (".5", "5."), zero, and
// more than 10 characters on the wire. The currency is an active ISO 4217 code in capitals, so an amount in a
// cryptocurrency cannot be expressed.
func ParseAmount(text, currency string) (Amount, error) {
	a, err := parseAmount(text, currency)
	if err != nil {
		return Amount{}, err
	}
	if len(a.Decimal()) > maxAmountLen {
		return Amount{}, errorf("payneteasy: amount %s is longer than the documented %d characters", a, maxAmountLen)
	}
	return a, nil
}

// parseAmount is ParseAmount without the limit on the length.
func parseAmount(text, currency string) (Amount, error) {
	digits, err := digitsOf(currency)
	if err != nil {
		return Amount{}, err
	}
	minor, err := parseMinor(text, digits)
	if err != nil {
		return Amount{}, errorf("payneteasy: amount %.24q %s: %w", text, currency, err)
	}
	return AmountFromMinor(minor, currency)
}

// AmountFromMinor makes an amount from minor units. For example, AmountFromMinor(1042, "USD") is 10.42 USD, and
// AmountFromMinor(500, "JPY") is 500 yen. The amount must be positive. Its length is checked when it is sent.
func AmountFromMinor(minor int64, currency string) (Amount, error) {
	if _, err := digitsOf(currency); err != nil {
		return Amount{}, err
	}
	a := Amount{minor: minor, currency: currency}
	if minor <= 0 {
		return Amount{}, errorf("payneteasy: amount %s is not positive", a)
	}
	return a, nil
}

func digitsOf(code string) (int, error) {
	digits, ok := currency.Digits(code)
	_, inCapitals := currency.Digits(strings.ToUpper(trimBlanks(code)))
	switch {
	case ok:
		return digits, nil
	case code == "":
		return 0, errors.New("payneteasy: amount: the currency is required")
	case inCapitals:
		return 0, errorf("payneteasy: amount: write the currency %.8q in capitals and without blanks", code)
	}
	return 0, errorf("payneteasy: amount: %.8q is not an active ISO 4217 currency code", code)
}

func parseMinor(text string, digits int) (int64, error) {
	whole, fraction, point := strings.Cut(text, ".")
	switch {
	case !isDigits(whole), point && !isDigits(fraction):
		return 0, errors.New("want digits with at most one point between them")
	case len(whole) > 1 && whole[0] == '0':
		return 0, errors.New("remove the leading zero")
	case len(fraction) > digits:
		return 0, errorf("more than the currency's %d digits after the point", digits)
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil {
		return 0, errorf("longer than the documented %d characters", maxAmountLen)
	}
	return minor, nil
}

//go:noinline
func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// replyAmount reads an amount of a reply, of any length and with any number of zeros. "10.4", "10.40" and "10.400" are
// the same amount in USD. Any other text gives the zero Amount.
func replyAmount(text, code string) Amount {
	digits, ok := currency.Digits(code)
	if !ok {
		return Amount{}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if len(whole) > 1 && isDigits(whole) {
		whole = strings.TrimLeft(whole[:len(whole)-1], "0") + whole[len(whole)-1:]
	}
	if len(fraction) > digits {
		if strings.Trim(fraction[digits:], "0") != "" {
			return Amount{}
		}
		fraction = fraction[:digits]
	}
	if fraction != "" {
		whole += "." + fraction
	} else if strings.HasSuffix(text, ".") {
		return Amount{}
	}
	a, err := parseAmount(whole, strings.Clone(code)) // a clone does not keep the reply's body in memory
	if err != nil {
		return Amount{}
	}
	return a
}

// Currency returns the ISO 4217 code, such as "USD".
func (a Amount) Currency() string { return a.currency }

// Minor returns the amount in minor units, such as 1042 for 10.42 USD and 500 for 500 JPY.
func (a Amount) Minor() int64 { return a.minor }

// IsZero reports whether no amount was given.
func (a Amount) IsZero() bool { return a == Amount{} }

// Decimal returns the amount in major units, as it is sent. It has all digits of the currency, such as "10.42" for USD,
// "500" for JPY and "1.500" for KWD. If that is longer than the documented 10 characters, Decimal drops the zeros at
// the end. So it returns "10000000" for IDR, not "10000000.00".
func (a Amount) Decimal() string {
	digits, _ := currency.Digits(a.currency)
	if digits == 0 {
		return strconv.FormatInt(a.minor, 10)
	}
	sign, minor := "", a.minor
	if minor < 0 {
		sign, minor = "-", -minor
	}
	text := fmt.Sprintf("%0*d", digits+1, minor)
	text = sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
	if len(text) > maxAmountLen {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// String returns the amount with its currency, such as "10.42 USD".
func (a Amount) String() string {
	if a.IsZero() {
		return "no amount"
	}
	return a.Decimal() + " " + a.currency
}

type amountJSON struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// MarshalJSON writes {"amount":"10.42","currency":"USD"}, and null for the zero Amount.
func (a Amount) MarshalJSON() ([]byte, error) {
	if a.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(amountJSON{Amount: a.Decimal(), Currency: a.currency})
}

// UnmarshalJSON reads what MarshalJSON wrote. It follows the rules of ParseAmount, but accepts any length, because the
// amount may come from a reply.
func (a *Amount) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*a = Amount{}
		return nil
	}
	var wire amountJSON
	if err := json.Unmarshal(data, &wire); err != nil {
		return errorf(`payneteasy: amount: want {"amount":"10.42","currency":"USD"}: %w`, err)
	}
	parsed, err := parseAmount(wire.Amount, wire.Currency)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
