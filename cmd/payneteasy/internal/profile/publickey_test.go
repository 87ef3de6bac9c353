package profile

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestPublicKeys reads the public key from each kind of PEM block.
func TestPublicKeys(t *testing.T) {
	t.Parallel()
	key, err := payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())
	require.NoError(t, err)
	pkix, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	certificate, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)},
		&x509.Certificate{}, &key.PublicKey, key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"PKIX":          {Type: "PUBLIC KEY", Bytes: pkix},
		"PKCS#1":        {Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)},
		"a certificate": {Type: "CERTIFICATE", Bytes: certificate},
		"a private key": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)},
	} {
		got, err := ParsePublicKey(pem.EncodeToMemory(block))
		require.NoError(t, err, name)
		require.True(t, key.PublicKey.Equal(got), name)
	}
}
