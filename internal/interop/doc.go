// Package interop tests the SDK with other programs. Signatures are verified by oauthlib and openssl. Calls go through
// nginx, HAProxy and tinyproxy to the fake gateway. See README.md for what it needs.
package interop
