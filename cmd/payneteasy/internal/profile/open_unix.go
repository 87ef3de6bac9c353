//go:build unix

package profile

import "syscall"

// openFlags keep the opening of a pipe from waiting for its writer.
const openFlags = syscall.O_NONBLOCK
