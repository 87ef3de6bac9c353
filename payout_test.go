package payneteasy

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documentedParameters is the table "Request Parameters" of /api/v4/payout in its order, and notify_url from the page
// about callbacks.
const documentedParameters = `client_orderid amount currency order_desc ipaddress purpose server_callback_url
	redirect_url redirect_success_url redirect_fail_url credit_card_number card_printed_name expire_month expire_year
	cvv2 account_number account_name ewallet_type ewallet_wallet crypto_wallet_address bank_name bank_branch
	bank_code bank_city bank_address1 bank_zip_code bank_province bank_area routing_number legal_person_name
	legal_person_document_number receiver_first_name receiver_last_name receiver_birthday receiver_country_code
	receiver_state receiver_city receiver_zip_code receiver_address1 receiver_phone receiver_email
	receiver_identity_document_id receiver_identity_document_number merchant_data bank_bic receiver_inn
	customer_level customer_id merchant_customer_identifier card_recurring_payment_id recurring-payment-id notify_url`

// TestEveryDocumentedParameter sets each field of a request, found by reflection, to a different value. The form must
// have exactly the documented names, and each value once.
func TestEveryDocumentedParameter(t *testing.T) {
	t.Parallel()
	want := strings.Fields(documentedParameters)
	require.Len(t, want, 52)
	req := &PayoutRequest{}
	values := map[string]bool{}
	fill(t, reflect.ValueOf(req).Elem(), values)
	req.Extra = nil
	form, err := req.form()
	require.NoError(t, err)
	require.ElementsMatch(t, want, sortedNames(form))
	for name, list := range form {
		require.Len(t, list, 1, name)
		require.True(t, values[list[0]], "%s: %q is no field's value, or two fields share it", name, list[0])
		delete(values, list[0])
	}
	require.Empty(t, values, "fields that are not sent")
	require.ElementsMatch(t, want, sortedNames(asForm(payoutParameters)), "the table of limits")
}

func asForm[V any](table map[string]V) url.Values {
	form := url.Values{}
	for name := range table {
		form.Set(name, "")
	}
	return form
}

func fill(t *testing.T, v reflect.Value, values map[string]bool) {
	next := fmt.Sprintf("%d", 1000+len(values))
	switch x := v.Addr().Interface().(type) {
	case *Secret:
		*x = NewSecret(next)
	case *Amount:
		*x = mustAmount(t, "77.01", "CHF")
		values["77.01"], values["CHF"] = true, true
		return
	case *Endpoint, *url.Values:
		return
	case *string:
		*x = next
	case *int64:
		*x = int64(1000 + len(values))
	default:
		switch v.Kind() {
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), values)
		case reflect.Struct:
			for _, field := range v.Fields() {
				fill(t, field, values)
			}
		default:
			t.Fatalf("a field of type %s is not known to this test", v.Type())
		}
		return
	}
	values[next] = true
}

// goodRequest returns a valid request.
func goodRequest(t testing.TB) *PayoutRequest {
	return &PayoutRequest{
		ClientOrderID: "payout-0001", Amount: mustAmount(t, "10.42", "USD"),
		BankAccount: &BankAccount{Number: "1234567890", RoutingNumber: "15"},
	}
}

func TestEmptyOptionalsSendNothing(t *testing.T) {
	t.Parallel()
	req := goodRequest(t)
	req.Bank, req.Card, req.StoredCard, req.EWallet = &Bank{}, &Card{}, &StoredCard{}, &EWallet{}
	req.CryptoWallet, req.LegalPerson, req.Receiver, req.Customer = &CryptoWallet{}, &LegalPerson{}, &Receiver{},
		&Customer{}
	req.OrderDesc = " \t\r\n"
	req.Extra = url.Values{"white_label": {" "}}
	form, err := req.form()
	require.NoError(t, err)
	require.Equal(t, formOf("account_number", "1234567890", "amount", "10.42", "client_orderid", "payout-0001",
		"currency", "USD", "routing_number", "15"), form)
}
