package payneteasytest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// A double payout fails the test.
func ExampleNewGateway() {
	_ = func(t *testing.T) {
		gateway := payneteasytest.NewGateway(t)
		gateway.SetAccount("DE89370400440532013000", payneteasytest.Declined("Account closed", "12"))
		client, err := payneteasy.NewClient(gateway.Config())
		if err != nil {
			t.Fatal(err)
		}
		_ = client // call your own code with it
	}
}

// This test polls for an hour of virtual time.
func ExampleNewPipeGateway() {
	_ = func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			gateway := payneteasytest.NewPipeGateway(t)
			gateway.SetStepTime(50 * time.Minute)
			client, err := payneteasy.NewClient(gateway.Config())
			if err != nil {
				t.Fatal(err)
			}
			_ = client // call your own code with it
		})
	}
}
