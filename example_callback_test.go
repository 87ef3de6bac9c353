package payneteasy_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// The gateway calls back when a payout is final, and again when the money is taken back.
func ExampleClient_CallbackHandler() {
	gateway, err := payneteasytest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer gateway.Close()
	client, err := payneteasy.NewClient(gateway.Config())
	if err != nil {
		log.Fatal(err)
	}
	book := func(_ context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
		// Book it if news.Seq is above the last one that you have booked for this order.
		fmt.Printf("%s is %s: %v paid\n", cb.ClientOrderID, news.Decision, news.Paid)
		if !news.TakenBack.IsZero() {
			fmt.Printf("%v taken back\n", news.TakenBack)
		}
		return nil // the gateway gets status 200 and does not call again
	}
	merchant := httptest.NewServer(client.CallbackHandler(book))
	defer merchant.Close()

	amount, err := payneteasy.ParseAmount("10.42", "USD")
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Payout(context.Background(), &payneteasy.PayoutRequest{
		ClientOrderID: "payout-0001",
		Amount:        amount,
		BankAccount:   &payneteasy.BankAccount{Number: "1234567890"},
		NotifyURL:     merchant.URL,
	})
	if err != nil {
		log.Fatal(err)
	}
	gateway.Finish("payout-0001")
	gateway.WaitCallbacks()
	gateway.TakeBack("payout-0001", "chargeback")
	gateway.WaitCallbacks()
	// Output:
	// payout-0001 is paid: 10.42 USD paid
	// payout-0001 is reversed: 10.42 USD paid
	// 10.42 USD taken back
}

// The receiver's browser comes back. RedirectHandler sends it on to the merchant's result page.
func ExampleClient_RedirectHandler() {
	client, stop := fakeClient()
	defer stop()

	http.NewServeMux().Handle("/payneteasy/redirect",
		client.RedirectHandler(func(_ *http.Request, claimed *payneteasy.Redirect) string {
			return "/result?order=" + url.QueryEscape(claimed.ClientOrderID)
		}))
}
