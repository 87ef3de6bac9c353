// Package profile finds the merchant and the gateway of a call. Flags override the environment or a profile of the
// configuration file. The package reads the files and keys that these name.
package profile
