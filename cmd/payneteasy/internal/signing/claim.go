package signing

import (
	"crypto/sha1" //nolint:gosec // the length of a control
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Claim is what a callback says, genuine or not.
type Claim []Parameter

// NewClaim reads parameters loosely, because the SDK has already said what is wrong with them.
func NewClaim(query, body string) Claim {
	parameters, _ := ParseLoosely(query, "query")
	more, _ := ParseLoosely(body, "body")
	return append(parameters, more...)
}

// Get returns the first value of the first name that has one, in either spelling.
func (c Claim) Get(names ...string) string {
	for _, name := range names {
		for _, p := range c {
			if p.Value != "" && strings.ReplaceAll(p.Name, "-", "_") == name {
				return p.Value
			}
		}
	}
	return ""
}

// Masked returns the claim for people, and the names of what is hidden.
func (c Claim) Masked() (shown Claim, hidden []string) {
	message := mask.CardsAndAccounts.Knowing(Joined(c))
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
		shown = append(shown, Parameter{Name: name, Value: value, From: p.From})
	}
	return shown, hidden
}

// named returns the claim as it is written out.
func (c Claim) named() (all []NamedValue) {
	for _, p := range c {
		all = append(all, NamedValue{Name: p.Name, Value: p.Value})
	}
	return all
}

func isHex(s string) bool {
	return len(s) == 2*sha1.Size && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// CallbackFault says what is wrong with a callback that the SDK has refused.
func CallbackFault(err error) string { return strings.TrimPrefix(terminal.Message(err), "callback: ") }
