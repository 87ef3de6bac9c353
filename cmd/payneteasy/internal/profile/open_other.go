//go:build !unix

package profile

const openFlags = 0
