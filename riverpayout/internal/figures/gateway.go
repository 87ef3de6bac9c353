package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http/httptest"
	"slices"
	"time"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// gatewayOrder says how orders develop.
type gatewayOrder struct {
	// Processing is how many questions are answered with "processing" before "approved". If it is negative, all are.
	Processing int
}

// gatewayReport holds what a worker needs, and what the gateway has seen.
type gatewayReport struct {
	Origin  string
	CA      []byte // of the certificate, DER
	Orders  int
	Polls   int
	Doubles []string
}

// serveGateway serves a fake gateway over TLS, as real gateways do. It answers at once.
func serveGateway(o gatewayOrder) (report func() any, err error) {
	gateway, err := payneteasytest.Start()
	if err != nil {
		return nil, err
	}
	processing := payneteasytest.Step{Status: "processing", Stage: "payout_processing"}
	script := payneteasytest.Script{processing}
	if o.Processing >= 0 {
		script = append(slices.Repeat(script, o.Processing),
			payneteasytest.Step{Status: "approved", Stage: "payout_approved"})
	}
	gateway.SetOtherAccounts(script)
	gateway.SetAccount(account, script)
	gateway.SetStepTime(0) // an order changes only when it is asked about
	certificate, err := selfSigned()
	if err != nil {
		return nil, err
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = gateway.Handler("https://" + server.Listener.Addr().String())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	return func() any {
		return gatewayReport{
			Origin: server.URL, CA: certificate.Certificate[0],
			Orders: len(gateway.Orders()), Polls: gateway.StatusCalls(), Doubles: gateway.DoublePayouts(),
		}
	}, nil
}

// selfSigned returns a certificate with an elliptic-curve key, as gateways now have. Its handshakes are cheap.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	name := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, name, name, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
