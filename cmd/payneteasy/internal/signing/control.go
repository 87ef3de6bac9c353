package signing

import (
	"crypto/sha1" //nolint:gosec // the protocol's own checksum, which is protected by the key in it
	"encoding/hex"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
)

// NamedValue is a part of the string. Its order is the order of the documentation.
type NamedValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Control is a control, with the parts from which it was made.
type Control struct {
	Kind    string       `json:"kind"`
	Parts   []NamedValue `json:"parts"`
	String  string       `json:"string"`
	Control string       `json:"control"`
}

// Compute joins the parts and the key, and hashes them. The SDK does the same, but exports neither control nor parts.
func (o *Control) Compute(key payneteasy.Secret) {
	var joined strings.Builder
	for _, part := range o.Parts {
		joined.WriteString(part.Value)
	}
	sum := sha1.Sum([]byte(joined.String() + key.Reveal())) //nolint:gosec // see the import
	o.String, o.Control = joined.String()+mask.Redacted, hex.EncodeToString(sum[:])
}
