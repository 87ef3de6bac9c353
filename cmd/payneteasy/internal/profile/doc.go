// Package profile finds out who pays, and where: from flags, and behind them from the environment or from a profile of
// the configuration file. It reads the files and keys that they name.
package profile
