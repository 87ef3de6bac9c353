package main

import "github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"

// judged prints a verdict as text or JSON, and returns its exit status.
func (t *tool) judged(out any, valid bool, tell func()) error {
	if t.JSON() {
		t.PrintJSON(out)
	} else {
		tell()
	}
	if !valid {
		return &exit.Error{Status: exit.Rejected}
	}
	return nil
}
