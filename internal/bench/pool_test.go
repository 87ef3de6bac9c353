package bench

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// A round of BenchmarkStatusPool is 20,000 questions from 200 goroutines.
const (
	callers = 200
	calls   = 20_000
)

const (
	controlKey = "bench-merchant-control"
	endpointID = 39915
)

// asker asks for the status of one order.
type asker func(ctx context.Context, clientOrderID, orderID string) error

// BenchmarkStatusPool polls from many goroutines at once, by HTTP/1.1 over TLS, with client and server in this process.
// One operation is a round with a new server and a new client, so that every handshake counts. The delay is the
// server's time before each reply.
func BenchmarkStatusPool(b *testing.B) {
	for _, delay := range []time.Duration{5 * time.Millisecond, 50 * time.Millisecond} {
		b.Run("delay="+delay.String(), func(b *testing.B) {
			b.Run("payneteasy", func(b *testing.B) { benchmarkPool(b, delay, newStatusClient) })
			b.Run("default-transport", func(b *testing.B) { benchmarkPool(b, delay, newDefaultClient) })
		})
	}
}

func benchmarkPool(b *testing.B, delay time.Duration, newAsker func(testing.TB, string, *http.Transport) asker) {
	var elapsed, cpu time.Duration
	var handshakes, rounds int64
	for b.Loop() {
		server := newStatusServer(delay)
		ask := newAsker(b, server.URL, defaultTransport(server))
		cpuBefore, began := cpuTime(), time.Now()
		if err := poll(b.Context(), ask); err != nil {
			b.Fatal(err)
		}
		elapsed += time.Since(began)
		cpu += cpuTime() - cpuBefore
		server.Close()
		handshakes += server.handshakes.Load()
		rounds++
	}
	b.ReportMetric(per(rounds*calls*int64(time.Second), elapsed), "calls/s")
	b.ReportMetric(per(handshakes, rounds), "handshakes")
	b.ReportMetric(per(cpu, rounds*int64(time.Second)), "cpu-s")
	b.ReportMetric(0, "ns/op") // it would include making the server and the client
}

// poll asks for the status of 20,000 orders and returns the first error.
func poll(ctx context.Context, ask asker) error {
	var next atomic.Int64
	failed := make(chan error, callers)
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for n := next.Add(1); n <= calls; n = next.Add(1) {
				orderID := strconv.FormatInt(1_000_000+n, 10)
				if err := ask(ctx, "payout-"+orderID, orderID); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(failed)
	return <-failed
}

// defaultTransport is http.DefaultTransport except for the server's certificate and HTTP/2. Its pool is the default.
func defaultTransport(server *statusServer) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{RootCAs: server.roots, MinVersion: tls.VersionTLS12}
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	return t
}

func newStatusClient(tb testing.TB, base string, transport *http.Transport) asker {
	tb.Helper()
	client, err := payneteasy.NewClient(payneteasy.Config{
		BaseURL:    base,
		Endpoint:   payneteasy.EndpointID(endpointID),
		Login:      login,
		PrivateKey: newKey(tb),
		ControlKey: payneteasy.NewSecret(controlKey),
		HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return func(ctx context.Context, clientOrderID, orderID string) error {
		status, err := client.Status(ctx, payneteasy.OrderRef{ClientOrderID: clientOrderID, OrderID: orderID})
		if err == nil && status.Status != payneteasy.StatusApproved {
			err = errors.New("not approved")
		}
		return err
	}
}

// newDefaultClient posts the same forms by plain net/http, and drains the reply without reading it.
func newDefaultClient(_ testing.TB, base string, transport *http.Transport) asker {
	client := &http.Client{Transport: transport}
	address := base + "/api/v2/status/" + strconv.Itoa(endpointID)
	return func(ctx context.Context, clientOrderID, orderID string) error {
		sum := sha1.Sum([]byte(login + clientOrderID + orderID + controlKey))
		form := url.Values{
			"login": {login}, "client_orderid": {clientOrderID}, "orderid": {orderID},
			"control": {hex.EncodeToString(sum[:])},
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if resp.StatusCode != http.StatusOK {
			err = errors.New(resp.Status)
		}
		return errors.Join(err, resp.Body.Close())
	}
}
