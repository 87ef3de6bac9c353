package main

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

// parse reads the flags. public is empty if it is not set.
func parse(args []string, usage, address string, stderr io.Writer) (listen, public string, err error) {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&listen, "listen", address, "`address` to serve at")
	flags.StringVar(&public, "public", "", "`URL` under which others reach this program (default: the listen address)")
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return "", "", err
	}
	if public != "" {
		if _, err := url.ParseRequestURI(public); err != nil {
			return "", "", fmt.Errorf("-public: %w", err)
		}
	}
	return listen, public, nil
}

// serve serves until ctx ends, and then finishes the requests in progress.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           http.MaxBytesHandler(handler, 1<<20),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      2 * time.Minute, // a payout can take as long as the client's Timeout
		IdleTimeout:       time.Minute,
	}
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
