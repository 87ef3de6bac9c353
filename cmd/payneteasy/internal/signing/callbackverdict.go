package signing

import (
	"cmp"
	"errors"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// covers is added to every callback, because people easily take its control for more than it is.
const covers = "The control covers status, orderid and client_orderid, and neither amount nor type."

// CallbackVerdict is the output. Its names are stable.
type CallbackVerdict struct {
	Valid         bool         `json:"valid"`
	Mistake       string       `json:"mistake"`     // a code; empty if valid
	Explanation   string       `json:"explanation"` // for a person
	Status        string       `json:"status"`
	OrderID       string       `json:"orderid"`
	ClientOrderID string       `json:"client_orderid"`
	Parameters    []NamedValue `json:"parameters"`
	Redacted      []string     `json:"redacted,omitempty"`
	Note          string       `json:"note"`
}

// NewCallbackVerdict judges a callback that the SDK has read or refused. It uses the login only to name a mistake.
func NewCallbackVerdict(c Claim, refused error, key payneteasy.Secret, login string) *CallbackVerdict {
	shown, hidden := c.Masked()
	out := &CallbackVerdict{
		Valid: refused == nil, Status: shown.Get("status"), OrderID: shown.Get("orderid"),
		ClientOrderID: shown.Get("client_orderid", "merchant_order"), Parameters: shown.named(), Redacted: hidden,
		Note: covers,
	}
	switch {
	case refused == nil:
	case errors.Is(refused, payneteasy.ErrForged):
		out.Mistake, out.Explanation = controlMistake(c, key.Reveal(), login)
	default:
		out.Mistake, out.Explanation = "malformed", CallbackFault(refused)
	}
	return out
}

// Tell writes the verdict as text.
func (v *CallbackVerdict) Tell(t *terminal.Output) {
	wide := 14
	for _, p := range v.Parameters {
		wide = max(wide, min(len([]rune(terminal.Line(p.Name))), 40))
	}
	for _, p := range v.Parameters {
		t.Print("%-*s  %s\n", wide, terminal.Line(p.Name), cmp.Or(terminal.Line(p.Value), "(empty)"))
	}
	if !v.Valid {
		t.Print("\nNOT GENUINE: %s\n\n   %s.\n\nDo not act on it.\n", v.Mistake, v.Explanation)
		return
	}
	t.Print("\nGENUINE: the control is right, for order %s of %s.\n\n%s\n"+
		"Before anything is booked, ask the gateway:\n\n  %s\n",
		terminal.Line(v.OrderID), terminal.Line(v.ClientOrderID), v.Note, statusCommand(v.OrderID, v.ClientOrderID))
}

// statusCommand is the advice to ask about an order.
func statusCommand(orderID, clientOrderID string) string {
	order, ok := terminal.Word(orderID)
	id, also := terminal.Word(clientOrderID)
	if !ok || !also || strings.Contains(orderID+clientOrderID, mask.Redacted) {
		return "(payneteasy status; this id cannot be pasted into a command line)"
	}
	return "payneteasy status --orderid " + order + " -- " + id
}
