package payneteasy

import (
	"crypto/sha1" //nolint:gosec // the protocol's own checksum; the key in it is what protects
	"encoding/hex"
	"strings"
)

// control is the SHA-1 checksum of status requests, callbacks and redirects: 40 lower-case hex digits over the
// values joined without separators, the merchant control key last (ConnPay docs, "Request authentication methods").
// Since nothing separates the values, ("12", "3") and ("1", "23") have the same control: it vouches for no single one.
func control(key Secret, values ...string) string {
	sum := sha1.Sum([]byte(strings.Join(values, "") + key.Reveal())) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// statusControl is the control of /api/v2/status. That an order id which is not known counts as an empty string is
// likely, not documented.
func statusControl(key Secret, login, clientOrderID, orderID string) string {
	return control(key, login, clientOrderID, orderID)
}
