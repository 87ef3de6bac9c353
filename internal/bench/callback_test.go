package bench

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// statusInProcess answers every status call at once, without a network.
type statusInProcess struct{}

func (statusInProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	reply := statusReply(form.Get("client_orderid"), form.Get("orderid"))
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"text/html;charset=utf-8"}}, ContentLength: int64(len(reply)),
		Body: io.NopCloser(strings.NewReader(reply)),
	}, nil
}

// answered is a ResponseWriter that keeps only the status.
type answered struct {
	header http.Header
	status int
}

func (a *answered) Header() http.Header         { return a.header }
func (a *answered) WriteHeader(status int)      { a.status = status }
func (a *answered) Write(p []byte) (int, error) { return len(p), nil }

// callback is the gateway's callback about order n.
func callback(n int64) *http.Request {
	id := strconv.FormatInt(1_000_000+n, 10)
	sum := sha1.Sum([]byte("approved" + id + "payout-" + id + controlKey))
	return &http.Request{Method: http.MethodGet, Header: http.Header{}, URL: &url.URL{
		Path: "/callback",
		RawQuery: "status=approved&orderid=" + id + "&client_orderid=payout-" + id + "&merchant_order=payout-" + id +
			"&type=payout&amount=10.42&currency=EUR&descriptor=Test+gate&control=" + hex.EncodeToString(sum[:]),
	}}
}

// BenchmarkCallbacks serves callbacks from all cores. Each is verified, looked up in the store, confirmed by a status
// question that is answered in process, told to a function, and marked. With copies=2 each order's callback arrives
// again 64 callbacks later. The second one leads to a question too, and is told to no function.
func BenchmarkCallbacks(b *testing.B) {
	for _, copies := range []int64{1, 2} {
		for _, journal := range []payneteasy.Journal{nil, new(payneteasytest.MemoryJournal)} {
			b.Run("copies="+strconv.FormatInt(copies, 10)+"/journal="+strconv.FormatBool(journal != nil),
				func(b *testing.B) {
					if journal != nil {
						journal = new(payneteasytest.MemoryJournal) // for each run its own
					}
					benchmarkCallbacks(b, copies, journal)
				})
		}
	}
}

// orderOf is the order of the nth callback. After 64 orders the same orders come again, once for each copy.
func orderOf(n, copies int64) int64 { return n/(64*copies)*64 + n%64 }

func benchmarkCallbacks(b *testing.B, copies int64, journal payneteasy.Journal) {
	client, err := payneteasy.NewClient(payneteasy.Config{
		BaseURL: "http://localhost/paynet", Endpoint: payneteasy.EndpointID(endpointID), Login: login,
		PrivateKey: newKey(b),
		ControlKey: payneteasy.NewSecret(controlKey), HTTPClient: &http.Client{Transport: statusInProcess{}},
		Journal: journal,
	})
	if err != nil {
		b.Fatal(err)
	}
	var told, next, busy atomic.Int64
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, _ *payneteasy.Callback) error {
		if news.Decision == payneteasy.DecisionPaid {
			told.Add(1)
		}
		return nil
	})
	// new to the journal
	handler.Order = func(_ context.Context, cb *payneteasy.Callback) (payneteasy.OrderRef, error) {
		return payneteasy.OrderRef{ClientOrderID: cb.ClientOrderID, OrderID: cb.OrderID, Amount: cb.Amount}, nil
	}
	b.ReportAllocs()
	b.ResetTimer()
	cpuBefore := cpuTime()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w := &answered{header: http.Header{}}
			handler.ServeHTTP(w, callback(orderOf(next.Add(1)-1, copies)))
			switch w.status {
			case http.StatusOK:
			case http.StatusServiceUnavailable: // the other copy is in progress
				busy.Add(1)
			default:
				b.Errorf("answered %d", w.status)
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(per(cpuTime()-cpuBefore, next.Load()*int64(time.Microsecond)), "cpu-µs/callback")
	orders := map[int64]bool{}
	for n := range next.Load() {
		orders[orderOf(n, copies)] = true
	}
	if told.Load() != int64(len(orders)) {
		b.Errorf("news was told for %d of %d orders", told.Load(), len(orders))
	}
	if busy.Load()*1000 > next.Load() {
		b.Errorf("%d of %d were busy", busy.Load(), next.Load())
	}
	b.ReportMetric(per(next.Load()*1e9, b.Elapsed()), "callbacks/s")
}
