package payneteasytest

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed" // for the merchant's key
	"encoding/pem"
)

// merchantKeyPEM is fixed and public: it protects nothing.
//
//go:embed merchant_key.pem
var merchantKeyPEM []byte

// MerchantKeyPEM is the private key, PKCS#8 in PEM, whose public half the gateway knows. It is published with this
// package, so it is good for nothing else.
func MerchantKeyPEM() []byte { return append([]byte(nil), merchantKeyPEM...) }

func merchantKey() (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(merchantKeyPEM)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return key.(*rsa.PrivateKey), nil
}
