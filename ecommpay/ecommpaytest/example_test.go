package ecommpaytest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// A test of your own code. It registers a payout, the receiver confirms it, and it is paid once.
func ExampleNewGateway() {
	_ = func(t *testing.T) {
		gateway := ecommpaytest.NewGateway(t)
		shop := httptest.NewServer(http.NotFoundHandler()) // your own handler of callbacks
		defer shop.Close()
		gateway.SetCallbackURL(shop.URL)
		client, err := ecommpay.NewClient(gateway.Config())
		if err != nil {
			t.Fatal(err)
		}
		_ = client // call your own code with it, which registers the payout

		gateway.WaitCallbacks() // it is registered
		if !gateway.Confirm("payout-1323", ecommpaytest.CardApproved) {
			t.Fatal("the payout does not wait for its receiver")
		}
		gateway.WaitCallbacks() // and paid
		if paid := gateway.Payouts("payout-1323"); len(paid) != 1 {
			t.Errorf("paid: %v", paid)
		}
	}
}

// A receiver who comes too late, in virtual time.
func ExampleNewPipeGateway() {
	_ = func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			gateway := ecommpaytest.NewPipeGateway(t)
			client, err := ecommpay.NewClient(gateway.Config())
			if err != nil {
				t.Fatal(err)
			}
			_ = client // call your own code with it, which registers the payout

			<-time.After(31 * time.Minute)
			if gateway.Confirm("payout-1323", ecommpaytest.CardApproved) {
				t.Error("confirmed after the end")
			}
		})
	}
}

// A program that is not a test, for a demonstration in a browser.
func ExampleStart() {
	gateway, err := ecommpaytest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer gateway.Close()
	if err := gateway.ServePlainPages(); err != nil {
		fmt.Println(err)
	}
	fmt.Println(len(gateway.Payments()))
	// Output: 0
}
