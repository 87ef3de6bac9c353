// Package batch pays a file of payouts: it reads the file, names its faults, compares it with the journal, pays each
// line once, and tells how each has ended.
package batch
