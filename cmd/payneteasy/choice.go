package main

import (
	"fmt"
	"strings"
)

// choice is the value of a flag that takes one of a few values.
type choice struct {
	value string
	among []string
}

func (c *choice) String() string { return c.value }

// Type returns the placeholder of the value in --help.
func (c *choice) Type() string { return strings.Join(c.among, "|") }

// Set sets the value, or returns an error if it is not one of the choices.
func (c *choice) Set(value string) error {
	for _, v := range c.among {
		if v == value {
			c.value = v
			return nil
		}
	}
	return fmt.Errorf("must be one of %s", strings.Join(c.among, ", "))
}
