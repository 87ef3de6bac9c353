// Package signing shows how a request is signed by OAuth 1.0a with RSA-SHA256, step by step. It verifies captured
// requests, computes controls, and verifies the controls of callbacks. It names the frequent mistakes.
package signing
