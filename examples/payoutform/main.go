// Payoutform is a merchant's web application that pays out through the gateway's payout form. It has a page for
// recipient and amount, receives the redirect and the callback, and shows a result page that updates itself. Run it
// with -help for its flags and variables.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

const usage = `Serves a merchant's page that pays out through the gateway's payout form. It keeps what
it owes in memory, and forgets it when it ends.

` + variables + `
The gateway calls back to -public, and sends the receiver's browser back there.

Exit status: 0 interrupted, 2 cannot serve.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	exit := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(exit)
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	listen, public, err := parse(args, usage, "127.0.0.1:8080", stderr)
	if err == nil {
		err = serveShop(ctx, listen, public, getenv, stdout)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stderr, err)
		return 2
	}
	return 0
}

func serveShop(ctx context.Context, listen, public string, getenv func(string) string, stdout io.Writer) error {
	config, fake, err := configure(getenv)
	if err != nil {
		return err
	}
	name := config.BaseURL
	if fake != nil {
		defer fake.Close()
		fake.SetStepTime(2 * time.Second)
		if err := fake.ServePlainPages(); err != nil { // a browser does not trust the fake's certificate
			return err
		}
		name += " (a fake on this machine)"
	}
	config.Journal = new(payneteasytest.MemoryJournal) // use filejournal.Journal, or a journal in your database
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return err
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	if public == "" {
		public = "http://" + listener.Addr().String()
	}
	s := newShop(ctx, client, public)
	defer s.group.Wait()
	fmt.Fprintf(stdout, "gateway  %s\nopen     %s\n", name, public)
	return serve(ctx, listener, s.handler())
}
