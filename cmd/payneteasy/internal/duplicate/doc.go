// Package duplicate keeps a debt from being paid twice. It asks the gateway whether an ID is already used, and says
// when a new ID is right.
package duplicate
