// Package payoutinput makes payouts from parameters as people and spreadsheets write them. It says what is wrong with a
// value, and what to write instead.
package payoutinput
