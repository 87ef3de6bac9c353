// Package bench measures the SDK beside its peers. See README.md for the figures and the command.
package bench
