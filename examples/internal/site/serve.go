package site

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Address is where an application serves.
type Address struct{ listen, public string }

// ParseFlags reads the flags -listen, with its default, and -public.
func ParseFlags(name, usage, listen string, args []string, stderr io.Writer) (Address, error) {
	var a Address
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&a.listen, "listen", listen, "`address` to serve at")
	flags.StringVar(&a.public, "public", "", "`URL` under which the world reaches this program (default: the address)")
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	return a, flags.Parse(args)
}

// Listen listens there. public is the URL under which the world reaches it.
func (a Address) Listen(ctx context.Context) (listener net.Listener, public string, err error) {
	if a.public != "" {
		if _, err := url.ParseRequestURI(a.public); err != nil {
			return nil, "", fmt.Errorf("-public: %w", err)
		}
	}
	var listening net.ListenConfig
	listener, err = listening.Listen(ctx, "tcp", a.listen)
	if err != nil {
		return nil, "", err
	}
	if a.public == "" {
		return listener, "http://" + listener.Addr().String(), nil
	}
	return listener, a.public, nil
}

// Serve serves until ctx ends, and then lets the requests that are under way finish. ending is called as soon as it ends.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, ending func()) error {
	server := &http.Server{
		Handler:           http.MaxBytesHandler(handler, 1<<20),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      2 * time.Minute, // a payout may take as long as the client's Timeout
		IdleTimeout:       time.Minute,
	}
	server.RegisterOnShutdown(ending)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return server.Shutdown(last)
}
