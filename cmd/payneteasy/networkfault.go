package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// networkFault replaces Go's own words about a frequent network error. Any other error stays as it is.
func networkFault(err error) error {
	lookup, isLookup := errors.AsType[*net.DNSError](err)
	failed, isNetwork := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted")
	case isLookup && lookup.IsNotFound:
		return fmt.Errorf("there is no host %s", lookup.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("nothing listens at this address")
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.New("the port is in use")
	case isNetwork && failed.Timeout():
		return errors.New("the server did not answer in time")
	}
	return err
}
