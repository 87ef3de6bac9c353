package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout/internal/fakegateway"
)

// payouts is the number of debts.
const payouts = 200

// Accounts that the fake gateway knows.
const (
	accountPaid     = "1234567890"
	accountDeclined = "0987654321"
	accountError    = "1987654321"
)

// killedAt is the payout during which a worker is killed. The gateway has it, and its answer is lost.
const killedAt = payouts * 2 / 5

// takenBack is the payout that is charged back after its end.
const takenBack = payouts / 2

func orderID(i int) string { return fmt.Sprintf("payout-%03d", i) }

// debtOf returns the debt with this number. The first number is 1.
func debtOf(i int) (debt, error) {
	account := accountPaid
	switch {
	case i%20 == 7:
		account = accountDeclined
	case i%100 == 50:
		account = accountError
	}
	amount, err := payneteasy.AmountFromMinor(int64(1000+i*7919%90000), "USD")
	return debt{orderID(i), account, amount}, err
}

// trouble is what breaks when one payout in so many is sent.
type trouble struct {
	name      string // for people, in the plural
	every, at int
	fault     payneteasytest.Fault
	hidden    bool // from status calls
}

// A payout has at most one trouble, the first that fits.
var troubles = []trouble{
	{"replies lost", 25, 12, payneteasytest.LoseReply(), false},
	{"replies cut", 40, 29, payneteasytest.CutReply(9), false},
	{"requests lost", 50, 19, payneteasytest.ResetAfterBody(), false},
	{"replies lost, and the status calls say not found", 100, 44, payneteasytest.LoseReply(), true},
	{"payouts refused by HTTP 403, so asked about, and sent again", 100, 71, payneteasytest.AccessDenied(), false},
	{
		"payouts taken and answered by HTTP 502", 50, 3,
		payneteasytest.Page(http.StatusBadGateway, "Bad gateway").AfterAcceptance(), false,
	},
}

func troubleOf(i int) (trouble, bool) {
	found := slices.IndexFunc(troubles, func(t trouble) bool { return i%t.every == t.at })
	if found < 0 {
		return trouble{}, false
	}
	return troubles[found], true
}

// troublesMade lists the troubles with their numbers, for people.
func troublesMade() string {
	count := map[string]int{}
	for i := 1; i <= payouts; i++ {
		t, _ := troubleOf(i)
		count[t.name]++
	}
	var texts []string
	for _, t := range troubles {
		texts = append(texts, fmt.Sprintf("%d %s", count[t.name], t.name))
	}
	return strings.Join(texts, "\n          ")
}

// gateway is a fake gateway that worker processes reach over plain HTTP. It takes its time, and breaks.
type gateway struct {
	*payneteasytest.Gateway
	origin string
	hidden map[string]bool
	sent   atomic.Int64          // payout requests so far
	kill   func(id string) error // kills the process that sends this payout
	failed func(error)
	server *http.Server
}

func startGateway(ctx context.Context) (*gateway, error) {
	fake, err := payneteasytest.Start()
	if err != nil {
		return nil, err
	}
	g := &gateway{Gateway: fake, hidden: map[string]bool{}}
	fake.SetStepTime(700 * time.Millisecond)
	for i := 1; i <= payouts; i++ {
		if t, is := troubleOf(i); is {
			fake.FailPayout(orderID(i), t.fault)
			g.hidden[orderID(i)] = t.hidden
		}
	}
	listener, origin, err := listen(ctx)
	if err != nil {
		fake.Close()
		return nil, err
	}
	g.origin, g.server = origin, serve(listener, g.handler(fake.Handler(origin)))
	return g, nil
}

// listen listens on this machine. origin is the scheme and the host.
func listen(ctx context.Context) (listener net.Listener, origin string, err error) {
	var listening net.ListenConfig
	if listener, err = listening.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, "", err
	}
	return listener, "http://" + listener.Addr().String(), nil
}

// serve serves until the server is closed.
func serve(listener net.Listener, handler http.Handler) *http.Server {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return server
}

func (g *gateway) close() {
	_ = g.server.Close()
	g.Close()
}

func (g *gateway) handler(fake http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			panic(http.ErrAbortHandler) // the worker is dead
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		pays := strings.Contains(r.URL.Path, "/payout/")
		if pays {
			g.sent.Add(1)
		}
		select {
		case <-time.After(
			time.Duration(100+rand.N(200)) * time.Millisecond): //nolint:gosec // how long it takes is no secret
		case <-r.Context().Done():
		}
		switch form, _ := url.ParseQuery(string(body)); {
		case pays && g.hidden[form.Get("client_orderid")]:
			defer g.Hide(form.Get("client_orderid"), true)
		case pays && form.Get("client_orderid") == orderID(killedAt):
			fake.ServeHTTP(discard{}, r)
			if err := g.kill(form.Get("client_orderid")); err != nil {
				g.failed(err)
			}
			panic(http.ErrAbortHandler)
		case !pays && rand.N(12) == 0: //nolint:gosec // which question gets no answer is no secret
			panic(http.ErrAbortHandler)
		}
		fake.ServeHTTP(w, r)
	})
}

// discard is a ResponseWriter for an answer that is lost.
type discard struct{}

func (discard) Header() http.Header            { return http.Header{} }
func (discard) Write(text []byte) (int, error) { return len(text), nil }
func (discard) WriteHeader(int)                {}

// calledBack returns how many callbacks were accepted.
func (g *gateway) calledBack() (count int) {
	for _, delivery := range g.CallbackAttempts() {
		if delivery.HTTPStatus == http.StatusOK {
			count++
		}
	}
	return count
}

// gatewayConfig is the merchant's configuration for this gateway. A payout is held sooner than at a real gateway.
func gatewayConfig(origin string) (payneteasy.Config, error) {
	config, err := fakegateway.Config(origin + "/paynet")
	config.Timeout, config.ResolveWindow = 3*time.Second, 3*time.Second
	return config, err
}
