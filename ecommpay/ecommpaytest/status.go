package ecommpaytest

import "net/http"

// wireTime is the format of dates.
const wireTime = "2006-01-02T15:04:05-0700"

// status answers a status request. The caller holds the lock.
func (g *Gateway) status(x *exchange) {
	g.statusCalls++
	id := text(x.message, "general", "payment_id")
	p := g.find(id)
	switch {
	case id == "":
		x.reply = refusal(http.StatusBadRequest, "2004", "Required field not provided: general.payment_id")
	case p != nil && !p.hidden:
		g.respond(x, g.told(p), true)
	case g.settings.unknownIsRefused:
		x.reply = refusal(http.StatusNotFound, "3061", "Transaction not found")
	default:
		g.respond(x, map[string]any{
			"project_id": ProjectID,
			"payment":    map[string]any{"id": id, "status": statusError},
			"errors":     []any{map[string]any{"code": "3061", "message": "Transaction not found"}},
		}, true)
	}
}

// told returns the content of a status answer. The caller holds the lock.
func (g *Gateway) told(p *payment) map[string]any {
	operations := make([]any, len(p.operations))
	for i, o := range p.operations {
		operations[i] = p.tell(o)
	}
	answer := map[string]any{
		"project_id": ProjectID,
		"payment":    p.describe(),
		"operations": operations,
		"errors":     p.faults(),
		"customer":   map[string]any{"id": p.CustomerID, "email": p.CustomerEmail, "phone": p.phone},
	}
	g.addAccount(answer, p)
	if g.settings.statusUUID && p.UUID != "" {
		answer["uuid"], answer["uuid_expired_at"] = p.UUID, p.ExpiresAt.UTC().Format(wireTime)
	}
	return answer
}

// describe returns the object payment.
func (p *payment) describe() map[string]any {
	payment := map[string]any{
		"id": p.PaymentID, "type": "payout", "status": p.Status,
		"date":   p.operations[len(p.operations)-1].now.UTC().Format(wireTime),
		"method": "card", "sum": p.sum(), "description": p.Description,
	}
	return payment
}

func (p *payment) sum() map[string]any {
	return map[string]any{"amount": p.Amount, "currency": p.Currency}
}

// tell returns an operation, with its numbers as numbers.
func (p *payment) tell(o operation) map[string]any {
	told := map[string]any{
		"id": o.id, "type": o.kind, "status": o.status,
		"date": o.now.UTC().Format(wireTime), "created_date": o.created.UTC().Format(wireTime),
		"request_id": p.requestID, "sum_initial": p.sum(), "sum_converted": p.sum(),
	}
	if o.code != "" {
		told["code"], told["message"] = o.code, o.message
	}
	if o.code == succeeded.code {
		told["provider"] = map[string]any{
			"id": 6, "payment_id": number(o.id), "date": o.now.UTC().Format(wireTime), "auth_code": "563253",
		}
	}
	return told
}

// faults returns the errors of the last operation.
func (p *payment) faults() []any {
	last := p.operations[len(p.operations)-1]
	if last.code == "" || last.code == succeeded.code {
		return []any{}
	}
	return []any{map[string]any{"code": last.code, "message": last.message}}
}

// addAccount adds the card, once there is one. The caller holds the lock.
func (g *Gateway) addAccount(answer map[string]any, p *payment) {
	if p.Card == "" {
		return
	}
	card := p.visit.card
	account := map[string]any{"number": p.Card, "type": card.scheme(), "token": g.token(card.number)}
	if card.year != "" {
		account["card_holder"], account["expiry_month"], account["expiry_year"] = card.holder, card.month, card.year
	}
	answer["account"] = account
}
