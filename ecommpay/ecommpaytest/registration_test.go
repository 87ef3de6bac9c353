package ecommpaytest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestRegistration checks that a registration is accepted at once. Then the callback of the documented example follows,
// literally where the example is valid.
func TestRegistration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		s := newShop(t, gateway)
		gateway.SetStepTime(time.Minute)
		r := s.post(registrationPath, s.sign(registration("cosmoshop_payout_1323")))
		require.Equal(t, http.StatusOK, r.status)
		require.Equal(t, "application/json", r.header.Get("Content-Type"))
		require.Equal(t,
			`{"status":"success","request_id":"50715","project_id":91348,"payment_id":"cosmoshop_payout_1323"}`,
			string(r.body))
		require.Equal(t, "processing", gateway.Payments()[0].Status)
		require.Empty(t, gateway.CallbackAttempts())
		require.Equal(t, "processing", at(s.status("cosmoshop_payout_1323"), "payment", "status"))

		body := string(s.callbacks()[0])
		message := s.last()
		uuid := gateway.Payments()[0].UUID
		require.Len(t, uuid, 60)
		require.Equal(t, uuid, message["uuid"])
		signature := at(message, "general", "signature").(string)
		require.Len(t, signature, 88)
		require.Equal(t, `{"general":{"project_id":"91348","payment_id":"cosmoshop_payout_1323","signature":"`+
			signature+`"},`+
			`"request_id":"50715","payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"awaiting_payout_completion"},`+
			`"operation":{"id":"5003597190000001","type":"payout","status":"awaiting_payout_completion"},"customer":{"id":"16061314"},`+
			`"sum_request":{"amount":"7000","currency":"EUR"},"transaction":{"type":"payout"},"uuid":"`+uuid+
			`","uuid_expired_at":"2000-01-01T00:31:00+0000"}`, body)
		delivery := gateway.CallbackAttempts()[0]
		require.Equal(t, ecommpaytest.CallbackAttempt{
			PaymentID: "cosmoshop_payout_1323", URL: "https://shop.example/callback", Body: []byte(body),
			HTTPStatus: http.StatusOK,
		}, delivery)
	})
}

// TestRefusals checks the platform's codes for faults of a registration.
func TestRefusals(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	s.register("Taken")
	set := func(object, name string, value any) func(map[string]any) {
		return func(m map[string]any) { m[object].(map[string]any)[name] = value }
	}
	for _, test := range []struct {
		name   string
		change func(map[string]any)
		status int
		code   string
	}{
		{"an id that was there", set("general", "payment_id", "taken"), 400, "3041"},
		{"another project", set("general", "project_id", 1), 400, "2442"},
		{"a project as a text", set("general", "project_id", "91348"), 400, "702"},
		{"no project", set("general", "project_id", nil), 400, "2004"},
		{"no id", set("general", "payment_id", ""), 400, "2004"},
		{"an id that is a number", set("general", "payment_id", 7), 400, "2004"},
		{"a long id", set("general", "payment_id", strings.Repeat("я", 256)), 400, "3024"},
		{"no customer", func(m map[string]any) { delete(m, "customer") }, 400, "2004"},
		{"a long customer id", set("customer", "id", strings.Repeat("x", 256)), 400, "2124"},
		{"no e-mail", set("customer", "email", nil), 400, "2004"},
		{"an invalid e-mail", set("customer", "email", "p.jeltz"), 400, "2426"},
		{"a phone number with signs", set("customer", "phone", "+44991234567"), 400, "702"},
		{"an invalid address", set("customer", "ip_address", "localhost"), 400, "702"},
		{"no amount", set("payment", "amount", nil), 400, "2004"},
		{"an amount as a text", set("payment", "amount", "7000"), 400, "702"},
		{"an amount with a point", set("payment", "amount", 70.5), 400, "702"},
		{"nothing", set("payment", "amount", 0), 400, "702"},
		{"a currency in small letters", set("payment", "currency", "eur"), 400, "702"},
		{"an invalid callback URL", set("general", "merchant_callback_url", "shop.example"), 400, "702"},
	} {
		message := registration("new")
		test.change(message)
		r := s.post(registrationPath, s.sign(message))
		require.Equal(t, test.status, r.status, test.name)
		answer := decode(t, r.body)
		require.Equal(t, "error", answer["status"], test.name)
		require.Equal(t, test.code, answer["code"], "%s: %s", test.name, r.body)
		require.NotEmpty(t, answer["message"], test.name)
	}
	good := string(s.sign(registration("new")))
	for _, test := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"a changed amount", strings.Replace(good, "7000", "7001", 1), 400, "3261"},
		{"no signature", strings.Replace(good, `"signature"`, `"signed"`, 1), 400, "3262"},
		{"JSON cut short", good[:100], 422, "2003"},
		{"a list", "[]", 422, "2003"},
		{"a name twice", strings.Replace(good, `"amount":7000`, `"amount":7000,"amount":7000`, 1), 422, "2003"},
		{"nothing", "", 422, "2003"},
		{"too much", strings.Repeat(" ", 256<<10) + good, 400, "702"},
	} {
		r := s.post(registrationPath, []byte(test.body))
		require.Equal(t, test.status, r.status, test.name)
		require.Equal(t, test.code, decode(t, r.body)["code"], test.name)
	}
	require.Len(t, gateway.Payments(), 1)
	require.Equal(t, 200, s.post(registrationPath, []byte(good)).status)
}

// TestDisabledPayouts checks that a registration is accepted, and then refused by callback. The ID stays free.
func TestDisabledPayouts(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	gateway.DisablePayouts()
	for range 2 {
		require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("a"))).status)
		message := s.last()
		require.Equal(t, "error", at(message, "payment", "status"))
		require.Equal(t, "317", at(message, "operation", "code"))
		require.Equal(t, "317", at(message, "errors", 0, "code"))
		require.NotNil(t, at(message, "general", "signature"))
		require.Nil(t, message["uuid"])
		require.Equal(t, "317", at(s.status("a"), "errors", 0, "code"))
		require.False(t, gateway.Confirm("a", ecommpaytest.CardApproved))
		require.False(t, gateway.Expire("a"))
	}
}
