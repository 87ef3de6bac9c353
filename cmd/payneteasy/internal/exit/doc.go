// Package exit has the exit statuses of the program, and the errors that end it with one. It says which status each
// decision about an order has, and what a person should do about it.
package exit
