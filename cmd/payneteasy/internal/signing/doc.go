// Package signing shows how a request is signed by OAuth 1.0a with RSA-SHA256, step by step. It verifies captured
// requests, names the frequent mistakes of signers, and computes controls.
package signing
