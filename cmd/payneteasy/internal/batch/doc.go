// Package batch pays a file of payouts. It reads the file, names its faults, compares it with the journal, pays each
// line once, and reports the outcome of each line.
package batch
