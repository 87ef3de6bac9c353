package payneteasy

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWithoutObserve checks that no event is made, and nothing allocated, if Observe is not set.
func TestWithoutObserve(t *testing.T) {
	client, began, failed := testClient(t), time.Now(), error(&Error{Err: errors.New("no")})
	before := client.NewEntry(OrderRef{ClientOrderID: "payout-0001", OrderID: "7"})
	after := before
	after.Orders = []Order{{ID: "7", End: "paid"}}
	k := &call{command: "payout", version: "v4", endpoint: EndpointID(39915), clientOrderID: "payout-0001", money: true}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		client.observeCall(t.Context(), k, began, nil, failed)
		client.observeQuestion(t.Context(), OrderRef{ClientOrderID: "payout-0001"}, began, failed)
		client.observeDecision(t.Context(), before, after)
		client.observeBackOff(t.Context(), OrderRef{ClientOrderID: "payout-0001"}, time.Second, 0)
	}))
}
