package main

import (
	"fmt"
	"strings"
)

// choice is a flag with few values.
type choice struct {
	value string
	among []string
}

func (c *choice) String() string { return c.value }

// Type is what stands for the value in --help.
func (c *choice) Type() string { return strings.Join(c.among, "|") }

// Set takes one of the values.
func (c *choice) Set(value string) error {
	for _, v := range c.among {
		if v == value {
			c.value = v
			return nil
		}
	}
	return fmt.Errorf("it is one of %s", strings.Join(c.among, ", "))
}
