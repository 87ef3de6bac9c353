//go:build !race

package payneteasy

import (
	"crypto"
	"crypto/rsa"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// fixedKey returns a fixed signature, so that the cost of RSA is not measured.
type fixedKey struct{ public *rsa.PublicKey }

func (k fixedKey) Public() crypto.PublicKey { return k.public }

func (fixedKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return make([]byte, 256), nil
}

// TestSigningAllocates checks that signing makes at most eight allocations, for any number of parameters. It does not
// run with the race detector, which allocates too.
func TestSigningAllocates(t *testing.T) {
	key := testKey(t)
	signer, err := NewSigner("TestMerchant", fixedKey{&key.PublicKey})
	require.NoError(t, err)
	form := url.Values{}
	for name := range payoutParameters {
		form.Set(name, "a value")
	}
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		_, _, err = signer.Sign(http.MethodPost, "https://sandbox.connpay.com/paynet/api/v4/payout/39915", form)
	}), 9.0) // eight, and one of the key
	require.NoError(t, err)
}
