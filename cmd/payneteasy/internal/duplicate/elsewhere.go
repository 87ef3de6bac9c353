package duplicate

import (
	"context"
	"errors"

	"github.com/payneteasy-go/payneteasy"
)

// OrderElsewhere asks the gateway once whether it has an order with an ID that the journal does not have. The journal
// may be a different one, or lost. If there is no error and no order ID, the gateway does not know the ID. Send the
// payout only then.
func OrderElsewhere(
	ctx context.Context, client *payneteasy.Client, ref payneteasy.OrderRef,
) (orderID string, err error) {
	status, err := client.Status(ctx, ref)
	switch {
	case errors.Is(err, payneteasy.ErrOrderNotFound):
		return "", nil
	case err == nil:
		return status.OrderID, nil
	case errors.Is(err, payneteasy.ErrOrderMismatch): // of another amount, or of an amount that cannot be read
		failed, ok := errors.AsType[*payneteasy.Error](err)
		if ok && failed.OrderID != "" && failed.Reply.Get("merchant-order-id") == ref.ClientOrderID {
			return failed.OrderID, nil
		}
	}
	return "", err
}
