// Package interop tests the SDK with programs that other people wrote. Signatures are verified by oauthlib and openssl.
// Calls go through nginx, HAProxy and tinyproxy to the fake gateway. See README.md for what it needs.
package interop
