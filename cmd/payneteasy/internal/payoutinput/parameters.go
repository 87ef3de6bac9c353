package payoutinput

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/currency"
)

// payoutFields maps each documented parameter of a payout to its field in a payneteasy.PayoutRequest. That is the
// request's own field, or a field of one of its groups. amount and currency share one field.
var payoutFields = func() map[string][]int {
	fields := map[string][]int{}
	request := reflect.TypeFor[payneteasy.PayoutRequest]()
	for i := range request.NumField() {
		field := request.Field(i)
		if name := wireName(request, field); name != "" {
			fields[name] = []int{i}
			continue
		}
		if field.Type.Kind() != reflect.Pointer {
			continue // Endpoint, Extra
		}
		group := field.Type.Elem()
		for j := range group.NumField() {
			fields[wireName(group, group.Field(j))] = []int{i, j}
		}
	}
	return fields
}()

var currencies = currency.Codes()

// untagged are the parameters of the fields whose tag is "-", because no form encoder may show a card.
var untagged = map[string]string{
	"PayoutRequest.Amount": "amount",
	"Card.Number":          "credit_card_number", "Card.CVV2": "cvv2",
	"StoredCard.CardRecurringPaymentID": "card_recurring_payment_id",
	"StoredCard.RecurringPaymentID":     "recurring-payment-id",
}

// wireName returns the parameter of a field of a group, or nothing.
func wireName(group reflect.Type, field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("url"), ",")
	if name == "-" {
		return untagged[group.Name()+"."+field.Name]
	}
	return name
}

// Parameters returns the documented parameters of a payout, sorted.
func Parameters() []string {
	names := []string{"currency"}
	for name := range payoutFields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ParameterError is a parameter with a value that is refused.
type ParameterError struct{ Name, Rule string }

func (e *ParameterError) Error() string { return e.Name + " " + e.Rule }

// NewRequest makes a payout from documented parameters. An empty value counts as missing. All its errors are
// *ParameterError and show no value. It does not check the values as the client's Validate does.
func NewRequest(values map[string]string) (*payneteasy.PayoutRequest, []error) {
	req := new(payneteasy.PayoutRequest)
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch value := values[name]; {
		case value == "", name == "amount", name == "currency":
		case payoutFields[name] == nil:
			faults = append(faults, &ParameterError{name, "is not a documented parameter of a payout"})
		default:
			if err := set(reflect.ValueOf(req).Elem(), payoutFields[name], value); err != nil {
				faults = append(faults, &ParameterError{name, err.Error()})
			}
		}
	}
	var more []error
	req.Amount, more = amountOf(values["amount"], values["currency"], isSwapped(values))
	return req, append(faults, more...)
}

// amountOf makes an amount of the two parameters that it is. If it is certain which currency is meant, the amount of
// one that is misspelt is checked, too. One that is hidden does not show in the faults.
func amountOf(text, currency string, hidden bool) (amount payneteasy.Amount, faults []error) {
	switch at, found := slices.BinarySearch(currencies, currency); {
	case text == "":
		return amount, []error{&ParameterError{"amount", "is required"}}
	case currency == "":
		return amount, []error{&ParameterError{"currency", "is required"}}
	case found:
		currency = currencies[at] // not the given one, which keeps a whole line of a file in memory
	default:
		faults = append(faults, &ParameterError{"currency", currencyRule(currency)})
		if currency = likelyCurrency(currency); currency == "" {
			return amount, faults
		}
	}
	amount, err := payneteasy.ParseAmount(text, currency)
	if err != nil {
		rule := amountRule(text, currency, err, !hidden && isShown(text, currency))
		faults = append(faults, &ParameterError{"amount", rule})
	}
	return amount, faults
}

func set(request reflect.Value, index []int, value string) error {
	field := request.Field(index[0])
	if len(index) > 1 {
		if field.IsNil() {
			field.Set(reflect.New(field.Type().Elem()))
		}
		field = field.Elem().Field(index[1])
	}
	switch field.Interface().(type) {
	case string:
		field.SetString(value)
	case payneteasy.Secret:
		field.Set(reflect.ValueOf(payneteasy.NewSecret(value)))
	case int64:
		number, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return errors.New("is not a number")
		}
		field.SetInt(number)
	}
	return nil
}

// DigitsAfterPoint returns how many digits a currency has after the point.
func DigitsAfterPoint(code string) int {
	digits, _ := currency.Digits(code)
	return digits
}

// IsParameter reports whether a name is a documented parameter of a payout.
func IsParameter(name string) bool { return name == "currency" || payoutFields[name] != nil }
