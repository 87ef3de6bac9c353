// Package terminal makes output for people. It makes text safe for a terminal, words of a command to paste, numbers,
// tables and a live line. Output is where one call of the program writes, as text or as JSON.
package terminal
