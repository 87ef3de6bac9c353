package bench

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// statusServer answers every status call that the order is approved.
type statusServer struct {
	*httptest.Server
	roots      *x509.CertPool
	handshakes atomic.Int64 // begun, finished or not
}

func newStatusServer(delay time.Duration) *statusServer {
	s := &statusServer{roots: x509.NewCertPool()}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.PostForm.Get("control") == "" {
			http.Error(w, "no status call", http.StatusBadRequest)
			return
		}
		<-time.After(delay) // the server's own time
		reply := statusReply(r.PostForm.Get("client_orderid"), r.PostForm.Get("orderid"))
		w.Header().Set("Content-Type", "text/html;charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(reply)))
		_, _ = io.WriteString(w, reply) // the call of a lost client fails by itself
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // net/http dials connections that it does not need
	s.TLS = &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			s.handshakes.Add(1)
			return nil, nil // this one
		},
	}
	s.StartTLS()
	s.roots.AddCert(s.Certificate())
	return s
}

// statusReply is a reply in its documented format.
func statusReply(clientOrderID, orderID string) string {
	return "type=status-response\n" +
		"&serial-number=00000000-0000-0000-0000-0000005b2a01\n" +
		"&merchant-order-id=" + url.QueryEscape(clientOrderID) + "\n" +
		"&paynet-order-id=" + url.QueryEscape(orderID) + "\n" +
		"&status=approved\n" +
		"&amount=10.42\n" +
		"&currency=EUR\n" +
		"&transaction-type=payout\n" +
		"&order-stage=payout_approved\n" +
		"&processor-tx-id=PNTEST-159884\n" +
		"&paynet-processing-date=2024-03-20+08%3A51%3A03+MSK\n" +
		"&initial-amount=10.42\n"
}
