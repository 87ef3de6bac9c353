// Callback receives the gateway's callbacks and prints what the gateway says when it is asked. With the fake gateway it
// makes a payout of its own, so that there is one.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/examples/internal/target"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8081", "`address` to serve at")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "Receives callbacks at /callback.\n\n%s\n", target.Usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *listen, os.Environ(), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen string, environ []string, out io.Writer) error {
	gateway, err := target.FromEnv(environ)
	if err != nil {
		return err
	}
	defer gateway.Close()
	client, err := payneteasy.NewClient(gateway.Config)
	if err != nil {
		return err
	}
	// A real merchant has a Journal, books news.Decision if news.Seq is above the last one of the order, and returns an error if
	// that fails: then the gateway calls again.
	callbacks := client.CallbackHandler(func(_ context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
		_, err := fmt.Fprintf(out, "callback  order %s (%s): %s, paid: %s, taken back: %s\n",
			cb.OrderID, cb.ClientOrderID, news.Decision, news.Paid, news.TakenBack)
		return err
	})
	mux := http.NewServeMux()
	mux.Handle("/callback", callbacks)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}

	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "gateway   %s\nlisten    http://%s/callback\n", gateway.Name, listener.Addr())
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if gateway.Fake != nil {
		gateway.Fake.SetStepTime(500 * time.Millisecond) // so that it goes on although nobody asks
		if err := payOnce(ctx, client, "http://"+listener.Addr().String()+"/callback"); err != nil {
			return err
		}
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(last)
}

// payOnce makes a payout that the fake gateway calls back about.
func payOnce(ctx context.Context, client *payneteasy.Client, callback string) error {
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	if err != nil {
		return err
	}
	_, err = client.Payout(context.WithoutCancel(ctx), &payneteasy.PayoutRequest{
		ClientOrderID: "payout-" + rand.Text()[:12],
		Amount:        amount,
		BankAccount:   &payneteasy.BankAccount{Number: "1234567890"},
		NotifyURL:     callback,
	})
	return err
}
