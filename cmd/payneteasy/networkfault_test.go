package main

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNetworkFault checks that frequent network errors are shown in plain words.
func TestNetworkFault(t *testing.T) {
	t.Parallel()
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for want, err := range map[string]error{
		"interrupted":                       dial(context.Canceled),
		"there is no host a.example":        dial(&net.DNSError{Name: "a.example", IsNotFound: true}),
		"nothing listens at this address":   dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)),
		"the port is in use":                dial(os.NewSyscallError("bind", syscall.EADDRINUSE)),
		"the server did not answer in time": dial(os.ErrDeadlineExceeded),
		"another error":                     errors.New("another error"),
	} {
		require.EqualError(t, networkFault(err), want)
	}
}
