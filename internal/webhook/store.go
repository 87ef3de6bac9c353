package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

// ErrBusy says that another callback of an order is being handled, or that as many orders as a store allows are.
var ErrBusy = errors.New("payneteasy: the order's callback is being handled")

// Store lets one callback of an order at a time through, and keeps a record of the order.
type Store interface {
	Begin(ctx context.Context, order string) (record string, err error)
	End(ctx context.Context, order, record string) error
}

// Key names an order for a Store: the SHA-256 of what identifies it.
func Key(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])
}
