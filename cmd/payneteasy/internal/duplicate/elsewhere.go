package duplicate

import (
	"context"
	"errors"

	"github.com/payneteasy-go/payneteasy"
)

// OrderElsewhere asks the gateway once whether it has an order of an id that the journal does not have: the journal may
// be another, or lost. Without an error, no order id means that the gateway does not know the id: only then may it be
// sent.
func OrderElsewhere(
	ctx context.Context, client *payneteasy.Client, ref payneteasy.OrderRef,
) (orderID string, err error) {
	status, err := client.Status(ctx, ref)
	switch {
	case errors.Is(err, payneteasy.ErrOrderNotFound):
		return "", nil
	case err == nil:
		return status.OrderID, nil
	case errors.Is(err, payneteasy.ErrOrderMismatch): // of another amount, or of none that can be read
		failed, ok := errors.AsType[*payneteasy.Error](err)
		if ok && failed.OrderID != "" && failed.Reply.Get("merchant-order-id") == ref.ClientOrderID {
			return failed.OrderID, nil
		}
	}
	return "", err
}
