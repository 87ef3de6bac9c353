package main

import (
	"crypto/sha1"
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// claim is what a callback says, genuine or not.
type claim []signing.Parameter

// newClaim reads parameters loosely: the SDK has said what is wrong with them.
func newClaim(query, body string) claim {
	parameters, _ := signing.ParseLoosely(query, "query")
	more, _ := signing.ParseLoosely(body, "body")
	return append(parameters, more...)
}

// get is the first value of the first name that has one, in either spelling.
func (c claim) get(names ...string) string {
	for _, name := range names {
		for _, p := range c {
			if p.Value != "" && strings.ReplaceAll(p.Name, "-", "_") == name {
				return p.Value
			}
		}
	}
	return ""
}

// masked is the claim for people, and the names of what is not shown.
func (c claim) masked() (shown claim, hidden []string) {
	message := mask.CardsAndAccounts.Knowing(signing.Joined(c))
	for _, p := range c {
		if p.Name == "control" && isHex(p.Value) { // its digits may look like a card's
			shown = append(shown, p)
			continue
		}
		name, value, hides := message.Parameter(p.Name, p.Value)
		switch {
		case hides && name != p.Name:
			hidden = append(hidden, mask.Nameless)
		case hides:
			hidden = append(hidden, p.Name)
		}
		shown = append(shown, signing.Parameter{Name: name, Value: value, From: p.From})
	}
	return shown, hidden
}

// named is the claim as it is written out.
func (c claim) named() (all []signing.NamedValue) {
	for _, p := range c {
		all = append(all, signing.NamedValue{Name: p.Name, Value: p.Value})
	}
	return all
}

func isHex(s string) bool {
	return len(s) == 2*sha1.Size && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// callbackFault is what is wrong with a callback that the SDK has refused.
func callbackFault(err error) string { return strings.TrimPrefix(terminal.Message(err), "callback: ") }
