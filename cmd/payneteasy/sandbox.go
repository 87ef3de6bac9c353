package main

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/sandbox"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/store"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

const sandboxHelp = `Run a fake gateway on this machine, with a page for the browser. No money moves,
and you need no configuration.

The sandbox verifies signatures and controls, applies the documented rules to
parameters, keeps orders and sends callbacks, as payneteasytest does in tests.
The page shows each order and each call as it arrives. On the page you choose
the outcome of an order, send callbacks, break calls, and build signed requests
step by step.

The account number decides the outcome of a payout:
  1234567890  approved
  0987654321  declined
  1987654321  error
  any other   approved

The sandbox signs and verifies with a published test key, and writes this key to
a file. With --public-key it verifies with your own key, so that you can try
keygen. The journals of its payouts are in a directory of their own, which it
removes at its end.

The sandbox listens on loopback only. With another --listen, anyone who reaches
it can use it and can make it call any address. It answers only to the host
names and addresses on which it listens. Until its end it keeps in memory all
orders and the last 300 calls, without card data. It shows the IDs of orders
whole, except an ID that contains the card number or is the account of the
payout.

It first prints what a program needs to use it, then one line for each call.
With --output json each line is an object, and the first is the configuration.
Ctrl-C ends it with status 0. If it cannot listen, the status is 2.`

const sandboxExamples = `  payneteasy sandbox
  payneteasy sandbox --listen 127.0.0.1:0 --step-time 10s
  payneteasy sandbox --public-key merchant.pub
  payneteasy sandbox --output json`

type sandboxFlags struct {
	listen    string
	stepTime  time.Duration
	publicKey string
}

func (t *tool) sandboxCommand() *cobra.Command {
	var f sandboxFlags
	cmd := &cobra.Command{
		Use:               "sandbox",
		Short:             "Run a fake gateway on this machine, with a page",
		Long:              sandboxHelp,
		Example:           sandboxExamples,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return exit.Usagef("sandbox takes no arguments")
			}
			return t.sandbox(cmd.Context(), &f)
		},
	}
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8085",
		"`ADDRESS` and port to listen on; port 0 takes any free port")
	cmd.Flags().DurationVar(&f.stepTime, "step-time", 2*time.Second,
		"`TIME` after which an order takes its next step without a question; 0 for never")
	cmd.Flags().StringVar(&f.publicKey, "public-key", "",
		"`FILE` with your own public key, PEM, to verify signatures; - is stdin")
	profile.NoFileCompletion(cmd, "listen", "step-time")
	return cmd
}

func (t *tool) sandbox(ctx context.Context, f *sandboxFlags) error {
	if f.stepTime < 0 {
		return exit.Usagef("--step-time must not be negative")
	}
	own, err := t.ownKey(f.publicKey)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, f.listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	address := listener.Addr().(*net.TCPAddr).AddrPort()
	if !address.Addr().Unmap().IsLoopback() {
		t.Note("other machines can reach this sandbox: "+
			"anyone who reaches %s can use it and can make it call any address", f.listen)
	}
	keyFile, err := writeTestKey(t.cacheDir())
	if err != nil {
		return exit.Usagef("cannot write the test key: %w", profile.WithoutPath(err))
	}
	gateway, err := payneteasytest.Start()
	if err != nil {
		return exit.Usagef("the sandbox cannot start: %w", err)
	}
	defer gateway.Close()
	gateway.SetStepTime(f.stepTime)
	if own != nil {
		gateway.SetMerchantKey(own)
		keyFile = ""
	}
	ready, err := newReady(address, keyFile, f.listen)
	if err != nil {
		return err
	}
	// The next sandbox has none of these orders, so their journal must not stay and refuse its payouts.
	if ready.StateDir, err = os.MkdirTemp("", "payneteasy-sandbox-"); err != nil {
		return exit.Usagef("cannot make the state directory: %w", profile.WithoutPath(err))
	}
	defer func() { _ = os.RemoveAll(ready.StateDir) }()
	mark := filepath.Join(ready.StateDir, store.SandboxMark)
	if err := os.WriteFile(mark, []byte(ready.BaseURL+"\n"), 0o600); err != nil {
		return exit.Usagef("cannot write into the state directory: %w", profile.WithoutPath(err))
	}
	sign, err := testSigner()
	if err != nil {
		return err
	}
	served := sandbox.New(sandbox.Config{
		Gateway: gateway, Hosts: ready.hosts, Environ: ready.environ(), First: firstCommands, OwnKey: own != nil,
		Sign: sign, Called: t.called,
	})
	t.announce(ready)
	return serve(ctx, listener, served)
}

// ownKey returns the merchant's own public key, or nil for the published test key.
func (t *tool) ownKey(file string) (*rsa.PublicKey, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // the flag is optional
	}
	content, err := t.Read(file)
	if err != nil {
		return nil, exit.Usagef("--public-key: %w", err)
	}
	key, err := profile.ParsePublicKey(content)
	if err != nil {
		return nil, exit.Usagef("--public-key: %w", err)
	}
	return key, nil
}

// listen opens the port.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, exit.Usagef(
			"the port of %s is in use, perhaps by another sandbox: --listen 127.0.0.1:0 takes any free port",
			terminal.Line(address))
	case err != nil:
		return nil, exit.Usagef("cannot listen on %s: %w", terminal.Line(address), networkFault(err))
	}
	return listener, nil
}

// serve answers calls until the context ends. After a second it cuts the calls that are still in progress, such as
// waiting pages and delayed replies.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan struct{})
	defer context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	})()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return exit.Usagef("the sandbox cannot answer any more calls: %w", err)
	}
	<-stopped
	return nil
}

// hostsOf returns the host names and addresses that the sandbox answers to. The first one is shown to the user.
func hostsOf(address netip.AddrPort, listened string) ([]string, error) {
	ip, port := address.Addr().Unmap(), strconv.Itoa(int(address.Port()))
	var names []string
	switch {
	case ip.IsUnspecified():
		names = []string{"127.0.0.1", "localhost", "::1"}
		own, err := net.InterfaceAddrs()
		if err != nil {
			return nil, exit.Usagef("cannot read the addresses of this machine: %w", err)
		}
		for _, a := range own {
			if network, ok := a.(*net.IPNet); ok {
				names = append(names, network.IP.String())
			}
		}
	case ip.IsLoopback():
		names = []string{ip.String(), "127.0.0.1", "localhost", "::1"}
	default:
		names = []string{ip.String()}
	}
	if host, _, err := net.SplitHostPort(listened); err == nil && host != "" && !ip.IsUnspecified() {
		names = append(names, host)
	}
	var hosts []string
	for _, name := range names {
		host := net.JoinHostPort(name, port)
		if slices.Contains(hosts, host) {
			continue
		}
		hosts = append(hosts, host)
		if port == "80" {
			hosts = append(hosts, host[:len(host)-len(":80")])
		}
	}
	return hosts, nil
}

// cacheDir returns the user's cache directory, or a temporary one if there is none.
func (t *tool) cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return cmp.Or(t.Env["XDG_CACHE_HOME"], dir)
}

// writeTestKey writes the published test key to a permanent path, so that commands copied earlier still work.
func writeTestKey(cache string) (path string, err error) {
	dir := filepath.Join(cache, "payneteasy", "sandbox")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(dir, "key-*.pem") // 0600
	if err != nil {
		return "", err
	}
	_, err = file.Write(payneteasytest.MerchantKeyPEM())
	err = errors.Join(err, file.Close())
	path = filepath.Join(dir, "merchant_key.pem")
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return path, err
}
