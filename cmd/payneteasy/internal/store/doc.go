// Package store holds what the tool remembers about payouts in the state directory. That is the journal, the
// fingerprints of destinations, and what the gateway said.
package store
