// Package store is what the tool remembers of payouts in the state directory: the journal, the fingerprints of
// destinations, and what the gateway said.
package store
