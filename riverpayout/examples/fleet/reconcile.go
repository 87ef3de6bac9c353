package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

const currency = "USD" // the currency of all debts

// reconcile compares the books, and prints what it finds.
func (s *demo) reconcile(ctx context.Context) (balanced bool, err error) {
	b, err := s.readBooks(ctx)
	if err != nil {
		return false, err
	}
	s.print(b)
	return s.verdict(b, payouts), nil
}

// verdict says whether the books agree on this number of debts.
func (s *screen) verdict(b books, debts int) bool {
	differences := b.differences()
	if len(differences) == 0 && len(b.debts) == debts {
		s.line("\nbalanced to the cent: gateway, journal and ledger agree on each of %d payouts", debts)
		return true
	}
	s.line("")
	for i, difference := range differences {
		if i == 20 {
			s.line("… and %d more", len(differences)-i)
			break
		}
		s.line("%s", difference)
	}
	s.line("NOT BALANCED: %d differences, %d of %d debts enqueued", len(differences), len(b.debts), debts)
	return false
}

// print prints the table.
func (s *demo) print(b books) {
	s.line("\n%-10s%23s%23s%23s", "", "gateway", "journal", "ledger")
	for _, outcome := range b.outcomes() {
		s.tableRow(b, outcome, func(l line) bool { return l.outcome == outcome })
	}
	s.tableRow(b, "all", func(line) bool { return true })
	s.line("%-10s%s", "owed", cell(b.debts, func(line) bool { return true }))
	s.line("\nThe gateway got %d payouts and %d status calls, and called back %d times.",
		s.gateway.sent.Load(), s.gateway.StatusCalls(), s.gateway.calledBack())
	s.line("%s, at which a worker was killed: %d order, %d line in the ledger.",
		orderID(killedAt), times(b.gateway, orderID(killedAt)), times(b.ledger, orderID(killedAt)))
	for _, line := range b.ledger {
		if line.outcome == outcomeReview {
			s.line("%s: status error. Ask the gateway manager before paying it again.", line.id)
		}
	}
}

func times(lines []line, id string) (count int) {
	for _, line := range lines {
		if line.id == id {
			count++
		}
	}
	return count
}

func (s *screen) tableRow(b books, name string, of func(line) bool) {
	s.line("%-10s%s%s%s", name, cell(b.gateway, of), cell(b.journal, of), cell(b.ledger, of))
}

// cell returns the number of these lines, and their total amount.
func cell(lines []line, of func(line) bool) string {
	var count int
	var total int64
	for _, line := range lines {
		if of(line) {
			count++
			total += line.amount.Minor()
		}
	}
	amount, err := payneteasy.AmountFromMinor(total, currency)
	if err != nil { // there is no line
		return fmt.Sprintf("%8d%15s", count, "-")
	}
	return fmt.Sprintf("%8d%15s", count, amount)
}

func (s *demo) readBooks(ctx context.Context) (b books, err error) {
	if b.debts, err = s.lines(ctx, "SELECT id, '', amount::text, currency FROM debts"); err != nil {
		return b, err
	}
	if b.ledger, err = s.lines(ctx,
		"SELECT debt, outcome, amount::text, currency FROM ledger ORDER BY booked"); err != nil {
		return b, err
	}
	b.ledger = lastLines(b.ledger)
	if b.journal, err = s.lines(ctx,
		"SELECT client_orderid, decision, amount::text, currency FROM riverpayout_all"); err != nil {
		return b, err
	}
	for i, line := range b.journal {
		b.journal[i].outcome = outcomeOf(payneteasy.Decision(line.outcome))
	}
	b.gateway, err = s.gatewayLines(b.debts)
	return b, err
}

// gatewayLines returns the gateway's orders, and the debts that have no order.
func (s *demo) gatewayLines(debts []line) ([]line, error) {
	var lines []line
	there := map[string]bool{}
	for _, order := range s.gateway.Orders() {
		amount, err := payneteasy.ParseAmount(order.Amount, order.Currency)
		if err != nil {
			return nil, err
		}
		outcome := "(" + order.Status + ")"
		switch {
		case order.TransactionType != "payout":
			outcome = outcomeReversed
		case order.Status == "approved":
			outcome = outcomePaid
		case order.Status == "declined":
			outcome = outcomeNotPaid
		case order.Status == "error":
			outcome = outcomeReview
		}
		lines = append(lines, line{order.ClientOrderID, outcome, amount})
		there[order.ClientOrderID] = true
	}
	for _, debt := range debts {
		if !there[debt.id] {
			lines = append(lines, line{debt.id, outcomeNotSent, debt.amount})
		}
	}
	return lines, nil
}

func (s *demo) lines(ctx context.Context, sql string) ([]line, error) {
	rows, err := s.db.pool.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l line, err error) {
		var amount, currency string
		if err := row.Scan(&l.id, &l.outcome, &amount, &currency); err != nil {
			return l, err
		}
		l.amount, err = payneteasy.ParseAmount(amount, currency)
		return l, err
	})
}
