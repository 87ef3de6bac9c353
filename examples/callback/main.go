// Callback receives the gateway's callbacks and prints the decisions. The gateway is a fake on this machine. The
// program makes one payout there, so that the gateway calls back.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// Exit statuses.
const (
	exitDone  = 0
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	exit := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(exit)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("callback", flag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("listen", "127.0.0.1:8081", "`address` to serve at")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitDone
	} else if err != nil { // Parse has printed it
		return exitUsage
	}
	if err := receive(ctx, *address, stdout); err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	return exitDone
}

func receive(ctx context.Context, address string, out io.Writer) error {
	gateway, err := payneteasytest.Start()
	if err != nil {
		return err
	}
	defer gateway.Close()
	config := gateway.Config()                         // use your own payneteasy.Config
	config.Journal = new(payneteasytest.MemoryJournal) // use filejournal.Journal, or a journal in your database
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return err
	}
	book := func(_ context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
		// Book the decision here if news.Seq is above the last one that you have booked for this order. If you return
		// an error, the gateway calls again.
		_, err := fmt.Fprintf(out, "callback  order %s (%s): %s, paid: %s, taken back: %s\n",
			cb.OrderID, cb.ClientOrderID, news.Decision, news.Paid, news.TakenBack)
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/callback", client.CallbackHandler(book))
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	url := "http://" + listener.Addr().String() + "/callback"
	fmt.Fprintf(out, "gateway   %s (a fake on this machine)\nlisten    %s\n", gateway.URL(), url)
	if err := payOnce(ctx, client, url); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return server.Close() // the gateway repeats a callback that is interrupted here
	}
}

// payOnce makes one payout, and asks the gateway to call back about it.
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
