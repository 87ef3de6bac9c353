package interop

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

const (
	host        = "gateway.example"
	origin      = "https://" + host
	frontHeader = "X-Front-Protocol" // the client's protocol, as the proxy reports it
)

// upstream is the fake gateway on two Unix sockets, with TLS like a real one, behind a proxy.
type upstream struct {
	*payneteasytest.Gateway
	dir      string
	servers  []*httptest.Server
	arrivals atomic.Int64 // of payouts, with repeated ones
	dials    atomic.Int64 // of clients

	mu        sync.Mutex
	protocols map[string]bool // of the client, as the proxy reports
}

// newUpstream serves a gateway. Payouts go to payout if it is not nil, with the gateway's answer.
func newUpstream(t *testing.T, payout func(answer http.Handler) http.Handler) *upstream {
	t.Helper()
	u := &upstream{Gateway: payneteasytest.NewGateway(t), dir: newDir(t), protocols: map[string]bool{}}
	answer := u.Handler(origin)
	if payout == nil {
		payout = func(answer http.Handler) http.Handler { return answer }
	}
	payouts := payout(answer)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		u.protocols[r.Header.Get(frontHeader)] = true
		u.mu.Unlock()
		if strings.Contains(r.URL.Path, "/payout/") {
			u.arrivals.Add(1)
			payouts.ServeHTTP(w, r)
			return
		}
		answer.ServeHTTP(w, r)
	})
	c := newCertificate(t)
	require.NoError(t, os.WriteFile(u.certificate(), c.pem, 0o600))
	for i := range 2 {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "unix", u.socket(i))
		require.NoError(t, err)
		server := httptest.NewUnstartedServer(handler)
		require.NoError(t, server.Listener.Close())
		server.Listener, server.TLS = listener, &tls.Config{Certificates: []tls.Certificate{c.pair}}
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // proxies die in these tests
		server.StartTLS()
		t.Cleanup(server.Close)
		u.servers = append(u.servers, server)
	}
	return u
}

func (u *upstream) socket(i int) string { return filepath.Join(u.dir, fmt.Sprintf("upstream%d", i)) }
func (u *upstream) front() string       { return filepath.Join(u.dir, "front") }
func (u *upstream) certificate() string { return filepath.Join(u.dir, "certificate.pem") }

// accepted lets the gateway process a request and loses the reply.
func accepted(answer http.Handler, r *http.Request) { answer.ServeHTTP(httptest.NewRecorder(), r) }

// protocol is the client's protocol to the proxy.
type protocol string

const (
	http1 protocol = "1.1"
	http2 protocol = "2.0"
)

func protocols(p protocol) *http.Protocols {
	only := new(http.Protocols)
	only.SetHTTP1(p == http1)
	only.SetHTTP2(p == http2)
	return only
}

// requireProtocol checks that all requests reached the proxy by this protocol.
func (u *upstream) requireProtocol(t *testing.T, p protocol) {
	t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	require.NotEmpty(t, u.protocols)
	for seen := range u.protocols {
		require.Equal(t, string(p), strings.TrimPrefix(seen, "HTTP/"))
	}
}

// transport reaches the proxy's socket, whatever the host.
func (u *upstream) transport(t *testing.T, p protocol) *http.Transport {
	t.Helper()
	roots := x509.NewCertPool()
	content, err := os.ReadFile(u.certificate())
	require.NoError(t, err)
	require.True(t, roots.AppendCertsFromPEM(content))
	return &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		Protocols:       protocols(p),
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			u.dials.Add(1)
			return new(net.Dialer).DialContext(ctx, "unix", u.front())
		},
	}
}

func (u *upstream) client(t *testing.T, transport http.RoundTripper, set func(*payneteasy.Config)) *payneteasy.Client {
	t.Helper()
	config := u.Config()
	config.BaseURL, config.HTTPClient = origin+"/paynet", &http.Client{Transport: transport}
	config.Wait.MaxWait = 2 * time.Minute // longer than any test
	if set != nil {
		set(&config)
	}
	client, err := payneteasy.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// pay makes a payout and checks its outcome against the gateway.
func (u *upstream) pay(t *testing.T, client *payneteasy.Client, id string) error {
	t.Helper()
	result, err := client.Payout(t.Context(), request(t, id))
	orders := u.Orders(id)
	require.LessOrEqual(t, len(orders), 1, "orders of one call")
	switch decision := payneteasy.DecisionOf(err); decision {
	case "":
		require.NoError(t, err)
		require.Len(t, orders, 1, "accepted without an order")
		require.Equal(t, orders[0].OrderID, result.OrderID)
	case payneteasy.DecisionNotSent, payneteasy.DecisionRejected:
		require.Empty(t, orders, "%s, but there is an order: %v", decision, err)
	case payneteasy.DecisionUnknown, payneteasy.DecisionRefused:
	case payneteasy.DecisionPending, payneteasy.DecisionPaid, payneteasy.DecisionNotPaid, payneteasy.DecisionReversed,
		payneteasy.DecisionReview:
		require.Fail(t, "another decision", "%q: %v", decision, err)
	}
	return err
}

func (u *upstream) requireOrders(t *testing.T, id string, n int) {
	t.Helper()
	require.Len(t, u.Orders(id), n, "orders at the gateway")
}

func request(t *testing.T, id string) *payneteasy.PayoutRequest {
	t.Helper()
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(t, err)
	return &payneteasy.PayoutRequest{
		ClientOrderID: id, Amount: amount, BankAccount: &payneteasy.BankAccount{Number: "1234567890"},
	}
}

// requireApproved waits for the only order of a call.
func (u *upstream) requireApproved(t *testing.T, client *payneteasy.Client, id string) {
	t.Helper()
	entry, err := client.Wait(t.Context(), client.NewEntry(request(t, id).Ref()), nil)
	require.NoError(t, err)
	require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
	orders := u.Orders(id)
	require.Len(t, orders, 1)
	require.Equal(t, orders[0].OrderID, entry.OrderID())
}

type certificate struct {
	pair tls.Certificate
	pem  []byte // certificate and key
}

func newCertificate(t *testing.T) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})...)
	return certificate{pair: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem: text}
}
