// Ecommpay is a merchant's web application that pays out through ecommpay's Payment Page: a page with recipient and
// amount, the registration, the way to Payment Page, the callbacks, and a result page that updates itself. Run it with
// -help for its flags and variables.
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

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
	"github.com/payneteasy-go/payneteasy/examples/ecommpay/merchant"
	"github.com/payneteasy-go/payneteasy/examples/internal/site"
)

const usage = `Serves a merchant's page that pays out through ecommpay's Payment Page. What it owes is kept in memory, and
gone when it ends.

Without configuration it starts a fake of ecommpay on this machine and pays there.
With these variables set it does the same for a real project; take one for tests, since addresses do not tell:

  ECOMMPAY_PROJECT_ID  the project's number
  ECOMMPAY_SECRET_KEY  its secret key
  ECOMMPAY_BASE_URL    of Gate API, unless it is the usual one
  ECOMMPAY_PAGE_URL    of Payment Page, unless it is the usual one

ecommpay calls back to -public, which must lead here; so does the receiver's browser on its way back.

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
	address, err := site.ParseFlags("ecommpay", usage, "127.0.0.1:8082", args, stderr)
	if err != nil {
		return err
	}
	platform, err := fromEnv(environ)
	if err != nil {
		return err
	}
	defer platform.close()
	listener, public, err := address.Listen(ctx)
	if err != nil {
		return err
	}
	// Not ctx: what waits for ecommpay goes on while the server finishes its last requests.
	waiting, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	shop := merchant.New(waiting, platform.client, public)
	defer shop.Wait()
	defer giveUp()
	fmt.Fprintf(stdout, "ecommpay %s\nopen     %s\n", platform.name, public)
	if platform.fake != nil {
		fmt.Fprintf(stdout, "cards    %s is paid, %s is declined\n", ecommpaytest.CardApproved, ecommpaytest.CardDeclined)
	}
	fmt.Fprintln(stdout, "memory   what is owed is forgotten when this program ends")
	return site.Serve(ctx, listener, shop.Handler(), giveUp)
}
