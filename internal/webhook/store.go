package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

// ErrBusy says that another callback of the order is in progress, or that the store's limit of orders in progress is
// reached.
var ErrBusy = errors.New("payneteasy: a callback of the order is in progress")

// Store lets one callback of an order through at a time, and keeps a record of the order.
type Store interface {
	Begin(ctx context.Context, order string) (record string, err error)
	End(ctx context.Context, order, record string) error
}

// Key names an order for a Store. It is the SHA-256 of the parts that identify the order.
func Key(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])
}
