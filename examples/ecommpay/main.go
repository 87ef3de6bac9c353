// Ecommpay is a merchant's web application that pays out through ecommpay's Payment Page. It has a page for recipient
// and amount, registers the payout, links to Payment Page, and receives the callbacks. Its result page updates itself.
// Run it with -help for its flags and variables.
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

	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

const usage = `Serves a merchant's page that pays out through ecommpay's Payment Page. It keeps what
it owes in memory, and forgets it when it ends.

` + variables + `
ecommpay calls back to -public, and sends the receiver's browser back there.

Exit status: 0 interrupted, 2 cannot serve.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	exit := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(exit)
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	listen, public, err := parse(args, usage, "127.0.0.1:8082", stderr)
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
	if fake != nil {
		defer fake.Close()
		fake.SetStepTime(2 * time.Second)
	}
	client, err := ecommpay.NewClient(config)
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
	fmt.Fprintf(stdout, "ecommpay %s\nopen     %s\n", client, public)
	if fake != nil {
		fmt.Fprintf(stdout, "cards    %s is paid, %s is declined\n", ecommpaytest.CardApproved,
			ecommpaytest.CardDeclined)
	}
	return serve(ctx, listener, s.handler())
}
