package fakewire

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Plain speaks plain HTTP on a loopback port, for browsers, which do not trust a Server's certificate.
type Plain struct {
	url    string
	server *http.Server
	served chan struct{}
}

// ServePlain starts to serve.
func ServePlain(ctx context.Context, handle http.HandlerFunc) (*Plain, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Plain{
		url: "http://" + listener.Addr().String(), served: make(chan struct{}),
		server: &http.Server{Handler: handle, ReadHeaderTimeout: time.Minute, ErrorLog: noLog()},
	}
	go func() {
		defer close(p.served)
		_ = p.server.Serve(listener) // it always returns an error, because it was closed
	}()
	return p, nil
}

// URL is http, the loopback host, and no path.
func (p *Plain) URL() string { return p.url }

// Close cuts all connections, and waits until all handlers have ended. A nil Plain is closed.
func (p *Plain) Close() {
	if p != nil {
		_ = p.server.Close()
		<-p.served
	}
}
