package main

import "strings"

// word is a word of a command that a person is to paste. Of what cannot be printed as it is there is none: escaped it would be
// something else, and a shell would run what stands between the quotes.
func word(s string) (quoted string, ok bool) {
	if line(s) != s {
		return "", false
	}
	return quote(s), true
}

// pasted is a word of a command, or a placeholder where there is none.
func pasted(s, placeholder string) string {
	if quoted, ok := word(s); ok {
		return quoted
	}
	return placeholder
}

// statusCommand is the advice to ask about an order.
func statusCommand(orderID, clientOrderID string) string {
	order, ok := word(orderID)
	id, also := word(clientOrderID)
	if !ok || !also || strings.Contains(orderID+clientOrderID, redacted) {
		return "(payneteasy status, which this id cannot be given by a command line that is pasted)"
	}
	return "payneteasy status --orderid " + order + " -- " + id
}

// chmodCommand is the advice about a file that others can read.
func chmodCommand(path string) string {
	if quoted, ok := word(path); ok {
		return "chmod 600 " + quoted
	}
	return "chmod 600 would help, and its name cannot be printed"
}
