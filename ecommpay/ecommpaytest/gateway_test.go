package ecommpaytest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestRegistration: accepted at once, and then the callback of the documented example, to the letter where it is valid.
func TestRegistration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		s := newShop(t, gateway)
		gateway.SetStepTime(time.Minute)
		r := s.post(registrationPath, s.sign(registration("cosmoshop_payout_1323")))
		require.Equal(t, http.StatusOK, r.status)
		require.Equal(t, "application/json", r.header.Get("Content-Type"))
		require.Equal(t, `{"status":"success","request_id":"50715","project_id":91348,"payment_id":"cosmoshop_payout_1323"}`, string(r.body))
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
		require.Equal(t, `{"general":{"project_id":"91348","payment_id":"cosmoshop_payout_1323","signature":"`+signature+`"},`+
			`"request_id":"50715","payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"awaiting_payout_completion"},`+
			`"operation":{"id":"5003597190000001","type":"payout","status":"awaiting_payout_completion"},"customer":{"id":"16061314"},`+
			`"sum_request":{"amount":"7000","currency":"EUR"},"transaction":{"type":"payout"},"uuid":"`+uuid+`","uuid_expired_at":"2000-01-01T00:31:00+0000"}`, body)
		delivery := gateway.CallbackAttempts()[0]
		require.Equal(t, ecommpaytest.CallbackAttempt{
			PaymentID: "cosmoshop_payout_1323", URL: "https://shop.example/callback", Body: []byte(body), HTTPStatus: http.StatusOK,
		}, delivery)
	})
}

// TestRefusals: what is wrong with a registration, by the platform's codes.
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
		{"an e-mail that is none", set("customer", "email", "p.jeltz"), 400, "2426"},
		{"a phone number with signs", set("customer", "phone", "+44991234567"), 400, "702"},
		{"an address that is none", set("customer", "ip_address", "localhost"), 400, "702"},
		{"no amount", set("payment", "amount", nil), 400, "2004"},
		{"an amount as a text", set("payment", "amount", "7000"), 400, "702"},
		{"an amount with a point", set("payment", "amount", 70.5), 400, "702"},
		{"nothing", set("payment", "amount", 0), 400, "702"},
		{"a currency in small letters", set("payment", "currency", "eur"), 400, "702"},
		{"a callback URL that is none", set("general", "merchant_callback_url", "shop.example"), 400, "702"},
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

// TestHTTP: what is no API call gets an HTTP error.
func TestHTTP(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	good := string(s.sign(registration("a")))
	for _, test := range []struct {
		method, path, contentType string
		status                    int
	}{
		{http.MethodPost, "/v2/payment/payout/registration/", "application/json", 404},
		{http.MethodPost, "/", "application/json", 404},
		{http.MethodGet, registrationPath, "application/json", 405},
		{http.MethodPost, registrationPath, "text/plain", 415},
		{http.MethodPost, registrationPath, "", 415},
		{http.MethodPost, registrationPath + "?a=b", "application/json", 400},
		{http.MethodPost, registrationPath, "application/json; charset=utf-8", 200},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, gateway.URL()+test.path, strings.NewReader(good))
		require.NoError(t, err)
		req.Header.Set("Content-Type", test.contentType)
		require.Equal(t, test.status, s.browse(req, nil).status, test)
	}
}

// TestCards: each decides, is told by callback and by status, and pays or not.
func TestCards(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]struct {
		status, code string
		callbacks    []string
		paid         int
	}{
		ecommpaytest.CardApproved:      {"success", "0", []string{"success"}, 1},
		"5555 5555 5555 4444":          {"success", "0", []string{"success"}, 1},
		ecommpaytest.CardDeclined:      {"decline", "100", []string{"decline"}, 0},
		ecommpaytest.CardNoBalance:     {"decline", "3028", []string{"decline"}, 0},
		ecommpaytest.CardLimit:         {"decline", "3104", []string{"decline"}, 0},
		ecommpaytest.CardClarification: {"decline", "603", []string{"awaiting clarification", "decline"}, 0},
		ecommpaytest.CardError:         {"error", "501", []string{"error"}, 0},
	} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()
			gateway := ecommpaytest.NewGateway(t)
			s := newShop(t, gateway)
			s.register("a")
			require.False(t, gateway.Confirm("a", "4242424242424243"), "a number that is none")
			require.False(t, gateway.Confirm("b", card))
			require.True(t, gateway.Confirm("A", card))
			require.False(t, gateway.Confirm("a", card), "twice")
			message := s.last()
			require.Len(t, gateway.Payouts("a"), want.paid)
			require.Equal(t, want.status, at(message, "payment", "status"))
			require.Equal(t, want.code, at(message, "operation", "code"))
			require.Equal(t, want.code, gateway.Payments()[0].Code)
			if want.code == "0" {
				require.Nil(t, message["errors"])
			} else {
				require.Equal(t, want.code, at(message, "errors", 0, "code"))
			}
			var statuses []string
			for _, body := range s.callbacks()[1:] {
				statuses = append(statuses, at(decode(t, body), "payment", "status").(string))
			}
			require.Equal(t, want.callbacks, statuses)
			status := s.status("A")
			require.Equal(t, want.status, at(status, "payment", "status"))
			require.Equal(t, want.code, at(status, "operations", 0, "code"))
			require.Equal(t, at(message, "account"), at(status, "account"))
			require.Regexp(t, `^\d{6}\*{6}\d{4}$`, at(status, "account", "number"))
			require.Equal(t, gateway.Token(card), at(status, "account", "token"))
			// An id that ended in an error was not accepted, and is free again.
			again := s.post(registrationPath, s.sign(registration("a")))
			require.Equal(t, want.status == "error", again.status == http.StatusOK)
		})
	}
}

// TestPayouts are what was paid, Payments are what was accepted.
func TestPayouts(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	s.register("a")
	gateway.SetStepTime(0)
	require.True(t, gateway.Confirm("a", ecommpaytest.CardApproved))
	require.Len(t, gateway.Payments(), 1)
	require.Empty(t, gateway.Payouts("a"), "it is being processed")
	require.True(t, gateway.Finish("a"))
	require.Len(t, gateway.Payouts("a"), 1)
	require.True(t, gateway.Reverse("a"))
	require.Len(t, gateway.Payouts("a"), 1, "it was paid")
}

// TestResult: the basic format, to the letter.
func TestResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		s := newShop(t, gateway)
		s.register("a")
		require.True(t, gateway.Confirm("a", ecommpaytest.CardApproved))
		require.Equal(t, "processing", at(s.status("a"), "payment", "status"))
		message := s.last()
		signature := message["signature"].(string)
		token := gateway.Token("4242 4242 4242 4242")
		require.Equal(t, `{"project_id":91348,"signature":"`+signature+`",`+
			`"payment":{"id":"a","type":"payout","status":"success","date":"2000-01-01T00:00:02+0000","method":"card","sum":{"amount":7000,"currency":"EUR"},"description":""},`+
			`"account":{"type":"visa","number":"424242******4242","token":"`+token+`"},`+
			`"operation":{"id":5003597190000001,"type":"payout","status":"success","request_id":"50715","code":"0","message":"Success",`+
			`"date":"2000-01-01T00:00:02+0000","created_date":"2000-01-01T00:00:00+0000","provider":{"id":6,"payment_id":"5003597190000001","date":"2000-01-01T00:00:02+0000","auth_code":"563253"},`+
			`"sum_converted":{"amount":7000,"currency":"EUR"},"sum_initial":{"amount":7000,"currency":"EUR"}},`+
			`"customer":{"id":"16061314","phone":"44991234567"}}`, string(s.callbacks()[1]))
		require.Equal(t, []ecommpaytest.Payout{{PaymentID: "a", OperationID: 5003597190000001, Amount: 7000, Currency: "EUR", Card: "424242******4242"}}, gateway.Payouts("A"))

		require.True(t, gateway.Reverse("a"))
		require.False(t, gateway.Reverse("a"))
		message = s.last()
		require.Equal(t, "reversed", at(message, "payment", "status"))
		require.Equal(t, "payout reversal", at(message, "operation", "type"))
		require.Equal(t, "success", at(message, "operation", "status"))
		status := s.status("a")
		require.Equal(t, "success", at(status, "operations", 0, "status"))
		require.Equal(t, "payout reversal", at(status, "operations", 1, "type"))
		require.Len(t, gateway.Payouts("a"), 1, "it was paid before it was taken back")
		require.Equal(t, 2, gateway.StatusCalls())
	})
}

// TestUnknown: in both shapes, for an id that never was and for one that is hidden.
func TestUnknown(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	uuid := s.register("a")
	require.Nil(t, s.status("a")["uuid"])
	gateway.SetStatusUUID(true)
	require.Equal(t, uuid, s.status("a")["uuid"])
	require.False(t, gateway.Hide("b", true))
	require.True(t, gateway.Hide("a", true))
	for _, id := range []string{"a", "b"} {
		gateway.SetUnknownRefused(false)
		status := s.status(id)
		require.Equal(t, "error", at(status, "payment", "status"))
		require.Equal(t, "3061", at(status, "errors", 0, "code"))
		gateway.SetUnknownRefused(true)
		r := s.askStatus(id)
		require.Equal(t, http.StatusNotFound, r.status)
		require.Equal(t, "3061", decode(t, r.body)["code"])
	}
	require.True(t, gateway.Hide("a", false))
	require.Equal(t, "awaiting_payout_completion", at(s.status("a"), "payment", "status"))
	require.Equal(t, "2004", decode(t, s.askStatus("").body)["code"])
}

// TestAllowedIPs: another caller gets 403, whatever he says.
func TestAllowedIPs(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	gateway.SetAllowedIPs("192.0.2.1")
	r := s.post(registrationPath, s.sign(registration("a")))
	require.Equal(t, http.StatusForbidden, r.status)
	require.Equal(t, "403", decode(t, r.body)["code"])
	require.Empty(t, gateway.Payments())
	gateway.SetAllowedIPs("192.0.2.1", "127.0.0.1")
	s.register("a")
}

// TestDisabledPayouts: accepted, and then refused by callback; the id stays free.
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

// TestCallbacks: to the registration's own URL, by real HTTP, again and again until the answer is 200.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	var calls atomic.Int32
	var mu sync.Mutex
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies = append(bodies, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		mu.Unlock()
		w.WriteHeader([]int{500, 201, 302, 200}[calls.Add(1)-1])
	}))
	defer server.Close()
	gateway.SetCallbackClient(server.Client())
	message := registration("a")
	message["general"].(map[string]any)["merchant_callback_url"] = server.URL + "/own"
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(message)).status)
	gateway.WaitCallbacks()
	var statuses []int
	for i, delivery := range gateway.CallbackAttempts() {
		require.Equal(t, server.URL+"/own", delivery.URL)
		require.Equal(t, "POST application/json "+string(delivery.Body), bodies[i])
		statuses = append(statuses, delivery.HTTPStatus)
	}
	require.Equal(t, []int{500, 201, 302, 200}, statuses)
}

// TestCallBack: duplicates, early ones, and forged ones.
func TestCallBack(t *testing.T) {
	t.Parallel()
	gateway := ecommpaytest.NewGateway(t)
	s := newShop(t, gateway)
	gateway.SetStepTime(0)
	gateway.SetClarificationTime(0)
	require.False(t, gateway.CallBack("a", nil))
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("a"))).status)
	require.Empty(t, s.callbacks())
	require.True(t, gateway.CallBack("a", nil))
	require.Equal(t, "processing", at(s.last(), "payment", "status"), "before it is registered")
	require.True(t, gateway.Finish("a"))
	require.False(t, gateway.Finish("a"), "the receiver's time is no step")
	require.True(t, gateway.Confirm("a", ecommpaytest.CardClarification))
	require.True(t, gateway.Finish("a"))
	require.Equal(t, "3191", at(s.last(), "operation", "code"))

	require.True(t, gateway.CallBack("a", func(m map[string]any) { m["payment"].(map[string]any)["status"] = "success" }))
	require.Equal(t, "success", at(s.last(), "payment", "status"), "signed by the gateway itself")
	for _, forge := range []func(map[string]any){
		func(m map[string]any) { m["signature"] = strings.Repeat("A", 86) + "==" },
		func(m map[string]any) { m["general"] = map[string]any{"signature": strings.Repeat("A", 86) + "=="} },
	} {
		require.True(t, gateway.CallBack("a", forge))
		all := s.callbacks()
		require.ErrorIs(t, s.signer.Verify(all[len(all)-1]), ecommpay.ErrForged)
	}
	require.True(t, gateway.CallBack("a", func(m map[string]any) { m["x"] = make(chan int) }))
	deliveries := gateway.CallbackAttempts()
	require.ErrorContains(t, deliveries[len(deliveries)-1].Err, "unsupported type")
	require.Equal(t, "awaiting clarification", gateway.Payments()[0].Status)
}

// TestStandAlone: a program that is no test. Confirming from many sides pays once.
func TestStandAlone(t *testing.T) {
	t.Parallel()
	gateway, err := ecommpaytest.Start()
	require.NoError(t, err)
	gateway.SetStepTime(time.Millisecond)
	s := newShop(t, gateway)
	s.register("a")
	var group sync.WaitGroup
	var confirmed atomic.Int32
	for range 8 {
		group.Go(func() {
			if gateway.Confirm("a", ecommpaytest.CardApproved) {
				confirmed.Add(1)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, confirmed.Load())
	gateway.WaitCallbacks()
	require.Len(t, gateway.Payouts("a"), 1)
	config := gateway.Config()
	require.Equal(t, gateway.URL()+"/payment", config.PageURL)
	_, err = ecommpay.NewClient(config)
	require.NoError(t, err)
	gateway.SetStepTime(time.Hour)
	require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("b"))).status)
	gateway.Close() // does not wait for an hour
	_, err = s.try(statusPath, nil)
	require.Error(t, err)
}
