package payneteasytest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed" // for the test keys
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// The keys of the fake are fixed and public: they protect nothing.
var (
	//go:embed merchant_key.pem
	merchantKeyPEM []byte
	//go:embed server_key.pem
	serverKeyPEM []byte
)

// MerchantKeyPEM is the private key, PKCS#8 in PEM, whose public half the gateway knows. It is published with this
// package, so it is good for nothing else.
func MerchantKeyPEM() []byte { return append([]byte(nil), merchantKeyPEM...) }

func parseKey(pemBytes []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(pemBytes)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return key.(crypto.Signer), nil
}

func merchantKey() (*rsa.PrivateKey, error) {
	key, err := parseKey(merchantKeyPEM)
	if err != nil {
		return nil, err
	}
	return key.(*rsa.PrivateKey), nil
}

// certificate is for loopback, and valid from 1990: virtual time begins in the year 2000.
func certificate() (tls.Certificate, *x509.CertPool, error) {
	key, err := parseKey(serverKeyPEM)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "payneteasytest"},
		NotBefore:             time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool, nil
}
