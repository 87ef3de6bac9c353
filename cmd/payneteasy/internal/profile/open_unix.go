//go:build unix

package profile

import "syscall"

// openFlags makes the opening of a pipe return at once instead of waiting for its writer.
const openFlags = syscall.O_NONBLOCK
