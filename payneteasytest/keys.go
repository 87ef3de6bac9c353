package payneteasytest

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed" // for the merchant's key
	"encoding/pem"
)

// merchantKeyPEM is fixed and public, so it protects nothing.
//
//go:embed merchant_key.pem
var merchantKeyPEM []byte

// MerchantKeyPEM returns the merchant's private key, PKCS#8 in PEM. The gateway knows its public key. The key is
// published with this package, so use it only for tests.
func MerchantKeyPEM() []byte { return append([]byte(nil), merchantKeyPEM...) }

func merchantKey() (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(merchantKeyPEM)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return key.(*rsa.PrivateKey), nil
}
