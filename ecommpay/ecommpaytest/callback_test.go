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

// TestResult checks the basic format literally.
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
		require.Equal(t,
			[]ecommpaytest.Payout{
				{
					PaymentID: "a", OperationID: 5003597190000001, Amount: 7000, Currency: "EUR",
					Card: "424242******4242",
				},
			}, gateway.Payouts("A"))

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

// TestCallbacks checks that callbacks go to the registration's own URL, over real HTTP, and repeat until the answer is
// 200.
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

// TestManualCallbacks checks duplicate, early and forged callbacks.
func TestManualCallbacks(t *testing.T) {
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

	require.True(t, gateway.CallBack("a",
		func(m map[string]any) { m["payment"].(map[string]any)["status"] = "success" }))
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

// TestPauses checks that callbacks are repeated with the documented pauses, for more than nine days.
func TestPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gateway := ecommpaytest.NewPipeGateway(t)
		s := newShop(t, gateway)
		s.answers = make([]int, 500)
		require.Equal(t, http.StatusOK, s.post(registrationPath, s.sign(registration("a"))).status)
		began := time.Now()
		<-time.After(time.Second + time.Minute + 80*time.Second)
		synctest.Wait()
		require.Len(t, gateway.CallbackAttempts(), 8)
		require.ErrorContains(t, gateway.CallbackAttempts()[0].Err, "no answer")
		gateway.WaitCallbacks()
		require.Greater(t, time.Since(began), 9*24*time.Hour)
		count := 0
		for _, delivery := range gateway.CallbackAttempts() {
			if strings.Contains(string(delivery.Body), "awaiting_payout_completion") {
				count++
			}
		}
		require.Equal(t, 120, count)
	})
}
