// Package duplicate keeps a debt from being paid twice: it asks the gateway whether an id is used already, and says
// when a new id is right.
package duplicate
