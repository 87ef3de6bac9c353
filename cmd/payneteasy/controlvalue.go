package main

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
)

// namedValue is a part of the string. Its order is that of the documentation.
type namedValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type controlOutput struct {
	Kind    string       `json:"kind"`
	Parts   []namedValue `json:"parts"`
	String  string       `json:"string"`
	Control string       `json:"control"`
}

func (o *controlOutput) compute(key payneteasy.Secret) {
	var joined strings.Builder
	for _, part := range o.Parts {
		joined.WriteString(part.Value)
	}
	sum := sha1.Sum([]byte(joined.String() + key.Reveal())) //nolint:gosec // see the import
	o.String, o.Control = joined.String()+mask.Redacted, hex.EncodeToString(sum[:])
}
