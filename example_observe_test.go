package payneteasy_test

import (
	"context"
	"expvar"
	"fmt"
	"log"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// Count events with expvar. Libraries for metrics or traces are used in the same way. Both labels have few values.
func ExampleEvent() {
	events, held := new(expvar.Map), new(expvar.Int) // in a program, use expvar.NewMap and expvar.NewInt
	observe := func(_ context.Context, event payneteasy.Event) {
		name, outcome := payneteasy.EventLabels(event)
		events.Add(name+": "+outcome, 1)
		switch e := event.(type) {
		case payneteasy.DecisionEvent:
			if e.Cause == payneteasy.CauseHeld {
				held.Add(1) // a person must look
			}
		case payneteasy.QuestionFailedEvent:
			fmt.Println("question about", e.Order.ClientOrderID, "at endpoint", e.Order.Endpoint, "failed:", outcome)
		}
	}

	gateway, err := payneteasytest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer gateway.Close()
	config := gateway.Config()
	config.Observe = observe
	config.Wait = payneteasy.WaitOptions{MinInterval: time.Millisecond, MaxInterval: time.Millisecond}
	client, err := payneteasy.NewClient(config)
	if err != nil {
		log.Fatal(err)
	}

	amount, err := payneteasy.ParseAmount("10.42", "USD")
	if err != nil {
		log.Fatal(err)
	}
	payout, err := client.Payout(context.Background(), &payneteasy.PayoutRequest{
		ClientOrderID: "payout-0001",
		Amount:        amount,
		BankAccount:   &payneteasy.BankAccount{Number: "1234567890"},
	})
	if err != nil {
		log.Fatal(err)
	}
	gateway.FailNext(payneteasytest.Page(404, "No such page"))
	if _, err := client.Wait(context.Background(), payout.Entry, nil); err != nil {
		log.Fatal(err)
	}
	events.Do(func(counter expvar.KeyValue) { fmt.Println(counter.Key, counter.Value) })
	// Output:
	// question about payout-0001 at endpoint 39915 failed: bad reply
	// /api/v2/status/{endpoint}: answered 3
	// /api/v2/status/{endpoint}: bad reply 1
	// /api/v4/payout/{endpoint}: pending 1
	// decision: paid 1
	// decision: pending 1
	// question failed: bad reply 1
}
