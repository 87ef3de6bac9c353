package ecommpay_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// A payout from its registration to its end. The fake plays ecommpay and the receiver.
func ExampleClient_NewPayout() {
	gateway, err := ecommpaytest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer gateway.Close()
	client, err := ecommpay.NewClient(gateway.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(
		client.CallbackHandler(func(_ context.Context, news payneteasy.News, cb *ecommpay.Callback) error {
			if _, registered := cb.Session(); registered {
				fmt.Println("callback: registered")
				return nil
			}
			fmt.Println("callback:", news.Decision)
			return nil
		}))
	defer server.Close()
	gateway.SetCallbackURL(server.URL)

	amount, err := payneteasy.ParseAmount("70.00", "EUR")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	payout := client.NewPayout(&ecommpay.PayoutRegistration{
		PaymentID: "prize-1323", // names one attempt only; store it before the call
		Amount:    amount,
		Customer: ecommpay.Customer{
			ID: "16061314", Email: "p.jeltz@mail.example", Phone: "44991234567",
			IPAddress: "192.0.2.7",
		},
	})
	if _, err := payout.Register(ctx, nil); err != nil {
		fmt.Println(err)
		return
	}
	page, err := payout.PageURL(&ecommpay.Page{Description: "Third prize"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = page                                                 // redirect the receiver's browser there
	gateway.Confirm("prize-1323", ecommpaytest.CardApproved) // what the receiver does there
	status, err := payout.Wait(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	gateway.WaitCallbacks()
	fmt.Println(status.Amount, payout.Decision())
	// Output:
	// callback: registered
	// callback: paid
	// 70.00 EUR paid
}

// A name that would let anyone who sees the link change the amount under the same signature.
func ExampleClient_PaymentPageURL() {
	client, err := ecommpay.NewClient(ecommpay.Config{ProjectID: 91348, SecretKey: payneteasy.NewSecret("secret")})
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, err := payneteasy.ParseAmount("70.00", "EUR")
	if err != nil {
		fmt.Println(err)
		return
	}
	registration := &ecommpay.PayoutRegistration{
		PaymentID: "prize-1323", Amount: amount,
		Customer: ecommpay.Customer{
			ID: "16061314", Email: "p.jeltz@mail.example", Phone: "44991234567",
			IPAddress: "192.0.2.7",
		},
	}
	session := &ecommpay.Session{
		PaymentID: "prize-1323", UUID: "Lm3V9lmykig2d51Z",
		ExpiresAt: time.Now().Add(time.Minute),
	}
	_, err = client.PaymentPageURL(registration, session, &ecommpay.Page{
		Recipient: &ecommpay.Recipient{LastName: "Jeltz;mode:payout;payment_amount:999999"},
	})
	fmt.Println(err)
	// Output: ecommpay: payment page: invalid request: recipient_last_name has a semicolon: anyone who sees the link could change the amount under the same signature
}

// The signed text. Use it to find out why a signature is refused.
func ExampleCanonical() {
	text, err := ecommpay.Canonical(
		[]byte(`{"general":{"project_id":91348,"payment_id":"p1","signature":"…"},"payment":{"amount":7000,"currency":"EUR"}}`))
	fmt.Println(text, err)
	// Output:
	// general:payment_id:p1;general:project_id:91348;payment:amount:7000;payment:currency:EUR <nil>
}
