// Fleet pays 200 debts with three worker processes, on River and PostgreSQL, at a fake gateway that loses replies. At
// the end it compares what the gateway, the journal and the ledger say. Run it with -help to see its flags.
//
// The merchant's own code, to copy, is in merchant.go. The rest is only the stage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgserver"
)

const usage = `Pays 200 debts with three worker processes at a fake gateway that loses replies. One worker is killed on the way.
At the end gateway, journal and ledger are compared.

  DATABASE_URL  a PostgreSQL to use: the program makes a schema of its own there, and drops it at the end.
                Without it a private PostgreSQL is started, if its programs are installed.

Exit status: 0 everything agrees; 1 something differs, or an error; 2 configuration; 130 Ctrl-C.

`

// Exit statuses.
const (
	exitBalanced      = 0
	exitNotBalanced   = 1
	exitConfiguration = 2
	exitInterrupted   = 130
)

func main() {
	if order := os.Getenv(workerOrder); order != "" {
		os.Exit(workerProcess(order, os.Stdin, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("fleet", flag.ContinueOnError)
	flags.SetOutput(stderr)
	limit := flags.Duration("limit", 40*time.Second, "`duration` after which the program gives up")
	logFile := flags.String("log", "", "`file` for the workers' log (default: none)")
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitBalanced
		}
		return exitConfiguration
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "configuration: unexpected %q\n", flags.Arg(0))
		return exitConfiguration
	}
	s := &demo{
		screen: newScreen(stdout), databaseURL: lookup(environ, "DATABASE_URL"), logFile: *logFile,
		limit: *limit,
	}
	balanced, err := s.run(ctx)
	switch {
	case errors.Is(err, errInterrupted):
		fmt.Fprintln(stderr, err)
		return exitInterrupted
	case errors.Is(err, pgserver.ErrMissing):
		fmt.Fprintf(stderr, "configuration: %v, or set DATABASE_URL\n", err)
		return exitConfiguration
	case errors.Is(err, errConfiguration):
		fmt.Fprintln(stderr, err)
		return exitConfiguration
	case err != nil:
		fmt.Fprintln(stderr, "error:", err)
		return exitNotBalanced
	case !balanced:
		return exitNotBalanced
	}
	return exitBalanced
}

var (
	errConfiguration = errors.New("configuration") // the program was called wrongly
	errInterrupted   = errors.New("interrupted")
)

func lookup(environ []string, name string) string {
	for _, entry := range environ {
		if value, is := strings.CutPrefix(entry, name+"="); is {
			return value
		}
	}
	return ""
}
