// Payoutform is a merchant's web application that pays out by the payout form: a page with recipient and amount, the
// form at the gateway, the way back, the callback, and a result page that updates itself. Run it with -help for its flags and variables.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/examples/internal/site"
	"github.com/payneteasy-go/payneteasy/examples/internal/target"
	"github.com/payneteasy-go/payneteasy/examples/payoutform/merchant"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

const usage = `Serves a merchant's page that pays out by the gateway's payout form.

` + target.Usage + `
A real gateway calls back and sends the receiver's browser back to -public, which must lead here.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	address, err := site.ParseFlags("payoutform", usage, "127.0.0.1:8080", args, stderr)
	if err != nil {
		return err
	}
	gateway, err := target.FromEnv(environ)
	if err != nil {
		return err
	}
	defer gateway.Close()
	if gateway.Fake != nil {
		gateway.Fake.SetStepTime(2 * time.Second) // so that there is something to see
	}
	config := gateway.Config
	config.Journal = new(payneteasytest.MemoryJournal) // yours is a filejournal.Journal, or one on your database
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return err
	}
	listener, public, err := address.Listen(ctx)
	if err != nil {
		return err
	}
	// Not ctx: what waits for the gateway goes on while the server finishes its last requests.
	waiting, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	shop := merchant.New(waiting, client, public)
	defer shop.Wait()
	defer giveUp()
	fmt.Fprintf(stdout, "gateway  %s\nopen     %s\n", gateway.Name, public)
	return site.Serve(ctx, listener, shop.Handler(), giveUp)
}
