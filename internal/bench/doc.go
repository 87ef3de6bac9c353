// Package bench measures the SDK and its peers. README.md has the figures and the command.
package bench
