// Package terminal makes what a person reads: text that is safe for a terminal, words of a command to paste, numbers,
// tables and a live line. Output is where one call of the program writes, as text or as JSON.
package terminal
