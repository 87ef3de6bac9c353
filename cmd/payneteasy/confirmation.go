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

// isLocal reports whether a gateway is on this machine, where there is no money.
func isLocal(config payneteasy.Config) bool {
	base, err := url.Parse(config.BaseURL)
	return err == nil && httpcheck.IsLoopback(base.Hostname())
}

// mayAsk refuses a payout that nobody is there to confirm.
func (t *tool) mayAsk(config payneteasy.Config, yes bool) error {
	if yes || isLocal(config) || t.IsTerminal(t.Stdin) {
		return nil
	}
	return exit.Usagef("nobody is there to confirm a payout at %s: stdin is no terminal. "+
		"Say --yes to pay without asking", config.BaseURL)
}

// showPayment says what goes where.
func (t *tool) showPayment(p *payment, config payneteasy.Config) {
	kind := "payout"
	if p.form {
		kind = "payout by form"
	}
	t.Note("%s %s of %s", kind, terminal.Line(p.req.ClientOrderID), p.req.Amount)
	t.showWhere(config, payoutinput.Destination(p.values), p.Used, p.store)
}

// showWhere says who pays, where, and by which journal.
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

// confirmPayment asks, when money can move and a person has not said --yes.
func (t *tool) confirmPayment(ctx context.Context, config payneteasy.Config, yes bool) error {
	if yes || isLocal(config) {
		return nil
	}
	return t.ask(ctx, "Pay? [y/N] ", "y", "yes")
}

// ask wants one of these answers of a person; whatever else he types, nothing is paid.
func (t *tool) ask(ctx context.Context, question string, agreed ...string) error {
	_, _ = fmt.Fprint(t.Stderr, question)
	answer := make(chan string, 1)
	go func() { // left behind when the person interrupts: nothing ends the reading of a terminal
		text, _ := bufio.NewReader(t.Stdin).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(text))
	}()
	select {
	case text := <-answer:
		if slices.Contains(agreed, text) {
			return nil
		}
		return errors.New("it was not confirmed")
	case <-ctx.Done():
		_, _ = fmt.Fprintln(t.Stderr)
		return errors.New("interrupted before anything was sent")
	}
}
