package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
)

// isLocal reports whether a gateway is on this machine, where no money moves.
func isLocal(config payneteasy.Config) bool {
	base, err := url.Parse(config.BaseURL)
	return err == nil && httpcheck.IsLoopback(base.Hostname())
}

// mayAsk returns an error if a payout needs a confirmation and no person is at the terminal.
func (t *tool) mayAsk(config payneteasy.Config, yes bool) error {
	if yes || isLocal(config) || t.IsTerminal(t.Stdin) {
		return nil
	}
	return exit.Usagef("cannot ask for a confirmation of the payout at %s, because stdin is not a terminal: "+
		"give --yes to pay without asking", config.BaseURL)
}

// showPayment shows what is paid, and where.
func (t *tool) showPayment(p *payment, config payneteasy.Config) {
	kind := "payout"
	if p.form {
		kind = "payout by form"
	}
	t.Note("%s %s of %s", kind, terminal.Line(p.req.ClientOrderID), p.req.Amount)
	t.showWhere(config, payoutinput.Destination(p.values), p.Used, p.store)
}

// showWhere shows who pays, at which gateway, and which journal is used.
func (t *tool) showWhere(config payneteasy.Config, to, profile string, s *store.Store) {
	for _, row := range [][2]string{
		{"to", to},
		{"gateway", config.BaseURL},
		{"login", config.Login},
		{"endpoint", config.Endpoint.String()},
		{"profile", profile},
		{"journal", s.JournalPath()},
	} {
		if row[1] != "" {
			_, _ = fmt.Fprintf(t.Stderr, "  %-8s  %s\n", row[0], terminal.Line(row[1]))
		}
	}
}

// confirmPayment asks for a confirmation if money can move and --yes was not given.
func (t *tool) confirmPayment(ctx context.Context, config payneteasy.Config, yes bool) error {
	if yes || isLocal(config) {
		return nil
	}
	return t.ask(ctx, "Pay? [y/N] ", "y", "yes")
}

// ask asks a person, and returns an error unless the answer is one of agreed. Then nothing is paid.
func (t *tool) ask(ctx context.Context, question string, agreed ...string) error {
	_, _ = fmt.Fprint(t.Stderr, question)
	answer := make(chan string, 1)
	go func() { // stays behind after an interrupt, because reading a terminal cannot be cancelled
		text, _ := bufio.NewReader(t.Stdin).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(text))
	}()
	select {
	case text := <-answer:
		if slices.Contains(agreed, text) {
			return nil
		}
		return errors.New("the payout was not confirmed")
	case <-ctx.Done():
		_, _ = fmt.Fprintln(t.Stderr)
		return errors.New("interrupted before anything was sent")
	}
}
