package payneteasy_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// fakeClient stands for a client with your own configuration.
func fakeClient() (client *payneteasy.Client, stop func()) {
	gateway, err := payneteasytest.Start()
	if err != nil {
		log.Fatal(err)
	}
	client, err = payneteasy.NewClient(gateway.Config())
	if err != nil {
		log.Fatal(err)
	}
	return client, gateway.Close
}

// Make a payout, and wait for its final status.
func Example() {
	client, stop := fakeClient()
	defer stop()
	ctx := context.Background()

	amount, err := payneteasy.ParseAmount("10.42", "USD")
	if err != nil {
		log.Fatal(err)
	}
	payout, err := client.Payout(ctx, &payneteasy.PayoutRequest{
		ClientOrderID: "payout-0001",
		Amount:        amount,
		BankAccount:   &payneteasy.BankAccount{Number: "1234567890", RoutingNumber: "15"},
	})
	if err != nil {
		log.Fatal(err)
	}
	entry, err := client.Wait(ctx, payout.Entry, &payneteasy.WaitOptions{
		OnProgress: func(p payneteasy.Progress) {
			if p.Status != nil {
				fmt.Println(p.Status.Status, p.Status.OrderStage)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(entry.Decision(), entry.Paid())
	// Output:
	// processing payout_starting
	// processing payout_processing
	// approved payout_approved
	// paid 10.42 USD
}

func ExampleNewClient() {
	_, err := payneteasy.NewClient(payneteasy.Config{
		BaseURL:  "gate.connpay.com/paynet",
		Endpoint: payneteasy.EndpointGroupID(1144),
		Login:    "TestMerchant",
	})
	if config, ok := errors.AsType[*payneteasy.ValidationError](err); ok {
		for _, fault := range config.Faults {
			fmt.Println(fault.Field, fault.Rule)
		}
	}
	// Output:
	// BaseURL has no scheme https: want https://host/context-path
	// PrivateKey is required: an RSA private key of the merchant
	// ControlKey is required: status requests and callbacks are checked with it
}

// Decide what to do after a payout's call.
func ExampleDecisionOf() {
	client, stop := fakeClient()
	defer stop()

	_, err := client.Payout(context.Background(), &payneteasy.PayoutRequest{
		ClientOrderID: "payout-0001",
		BankAccount:   &payneteasy.BankAccount{Number: "1234567890"},
	})
	switch {
	case err == nil:
		fmt.Println("accepted for processing: call Wait with Payout.Entry")
	case payneteasy.DecisionOf(err).PayAgain() == payneteasy.PayAgainSameID: // not sent, or rejected
		fmt.Println("no order exists:", err)
	default: // it may have been paid
		fmt.Println("call Resolve with Error.Entry:", err)
	}
	// Output:
	// no order exists: payneteasy: payout "payout-0001": not sent: invalid request: amount is required
}

// Make a payout to a card. The card number is never printed.
func ExampleClient_Payout_card() {
	client, stop := fakeClient()
	defer stop()

	amount, err := payneteasy.AmountFromMinor(500, "JPY")
	if err != nil {
		log.Fatal(err)
	}
	card := &payneteasy.Card{
		Number:      payneteasy.NewSecret("4444444444444448"),
		PrintedName: "JANE DOE",
		ExpireMonth: "12",
		ExpireYear:  "2030",
		CVV2:        payneteasy.NewSecret("123"),
	}
	payout, err := client.Payout(context.Background(), &payneteasy.PayoutRequest{
		ClientOrderID: "payout-0002",
		Amount:        amount,
		Card:          card,
		Receiver:      &payneteasy.Receiver{FirstName: "Jane", LastName: "Doe", CountryCode: "JP"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(payout.ClientOrderID, payout.Amount, card.Number)
	// Output: payout-0002 500 JPY [redacted]
}

// Make a payout for which the receiver enters the destination on a page of the gateway.
func ExampleClient_PayoutForm() {
	client, stop := fakeClient()
	defer stop()
	ctx := context.Background()

	amount, err := payneteasy.ParseAmount("10.42", "USD")
	if err != nil {
		log.Fatal(err)
	}
	form, err := client.PayoutForm(ctx, &payneteasy.PayoutRequest{
		ClientOrderID: "payout-0004",
		Amount:        amount,
		OrderDesc:     "Refund of order 4711",
		Receiver:      &payneteasy.Receiver{FirstName: "Jane", LastName: "Doe"},
		RedirectURL:   "https://merchant.example/payout/done",
	})
	if err != nil {
		log.Fatal(err)
	}
	// http.Redirect(w, r, form.RedirectURL.Reveal(), http.StatusSeeOther)
	fmt.Println(form.OrderID, strings.HasPrefix(form.RedirectURL.Reveal(), "https://"))

	// The receiver has not opened the page yet.
	status, err := client.Status(ctx, form.Entry.Ref())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.Status, status.OrderStage)
	// Output:
	// 6982864 true
	// processing payout_form_waiting
}

// Status finds an order without its order ID, by client_orderid, amount and currency.
func ExampleClient_Status() {
	client, stop := fakeClient()
	defer stop()
	ctx := context.Background()

	amount, err := payneteasy.ParseAmount("10.42", "USD")
	if err != nil {
		log.Fatal(err)
	}
	req := &payneteasy.PayoutRequest{
		ClientOrderID: "payout-0003",
		Amount:        amount,
		BankAccount:   &payneteasy.BankAccount{Number: "0987654321"},
	}
	if _, err := client.Payout(ctx, req); err != nil {
		log.Fatal(err)
	}
	status, err := client.Status(ctx, req.Ref())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.OrderID, status.Status, status.Status.Final())
	// Output: 6982864 processing false
}

func ExampleParseAmount() {
	for _, text := range []string{"10.5", "10.421", "1e3"} {
		amount, err := payneteasy.ParseAmount(text, "USD")
		fmt.Println(amount, err)
	}
	// Output:
	// 10.50 USD <nil>
	// no amount payneteasy: amount "10.421" USD: more than the currency's 2 digits after the point
	// no amount payneteasy: amount "1e3" USD: want digits with at most one point between them
}
