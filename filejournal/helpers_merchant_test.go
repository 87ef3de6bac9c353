package filejournal_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// The test binary runs itself again as the merchant's program, which pays a list of orders. The test kills it (SIGKILL)
// at random moments, and at each point where a crash could lose or double a payout. The gateway runs in the test and
// sees what was really paid.

const (
	crashJournal = "CRASH_TEST_JOURNAL" // a path; if it is set, the binary is the merchant's program
	crashGateway = "CRASH_TEST_GATEWAY" // base URL
	crashOrders  = "CRASH_TEST_ORDERS"  // how many
	crashAt      = "CRASH_TEST_AT"      // the point of the crash, or nothing
	crashNaive   = "CRASH_TEST_NAIVE"   // run without a journal

	crashCallback = "CRASH_TEST_CALLBACK" // the query of a callback; the program dies while it handles this callback
)

func TestMain(m *testing.M) {
	if os.Getenv(crashJournal) != "" {
		program := merchantProgram
		if os.Getenv(crashCallback) != "" {
			program = tellingProgram
		}
		if err := program(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// die kills the process if this is the point for it, but only one time in three, so that some payouts get through.
func die(point string) {
	if os.Getenv(crashAt) == point && rand.IntN(3) == 0 {
		process, err := os.FindProcess(os.Getpid())
		if err == nil {
			_ = process.Kill()
			select {}
		}
	}
}

// crashing calls die at the points that a journal sees.
type crashing struct{ payneteasy.Journal }

func (j crashing) Put(ctx context.Context, entry payneteasy.Entry) error {
	isIntent := entry.Send == "sending"
	if !isIntent {
		die("before record")
	}
	err := j.Journal.Put(ctx, entry)
	if isIntent {
		die("after intent")
	}
	return err
}

// crashingTransport calls die when a reply has arrived.
type crashingTransport struct{ base http.RoundTripper }

func (t crashingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if strings.Contains(req.URL.Path, "/payout/") {
		die("after reply")
	}
	return resp, err
}

func merchantConfig() (payneteasy.Config, error) {
	key, err := payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())
	return payneteasy.Config{
		BaseURL: os.Getenv(crashGateway), Endpoint: payneteasy.EndpointID(payneteasytest.EndpointID),
		Login:      payneteasytest.Login,
		PrivateKey: key, ControlKey: payneteasy.NewSecret(payneteasytest.ControlKey),
		HTTPClient: &http.Client{
			Transport: crashingTransport{&http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}},
		},
		Wait:          payneteasy.WaitOptions{MinInterval: time.Millisecond, MaxInterval: 2 * time.Millisecond},
		ResolveWindow: time.Second, Timeout: time.Second,
	}, err
}

// merchantProgram is the program that a merchant starts. It calls Recover, and at the same time pays all orders that
// are not in the journal.
func merchantProgram() error {
	ctx := httptrace.WithClientTrace(context.Background(),
		&httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { die("after send") }})
	config, err := merchantConfig()
	if err != nil {
		return err
	}
	if os.Getenv(crashNaive) == "" {
		journal, err := filejournal.OpenSyncing(os.Getenv(crashJournal), die)
		if err != nil {
			return err
		}
		config.Journal = crashing{journal}
	}
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return err
	}
	recovered := make(chan error, 1)
	go func() {
		var err error
		if config.Journal != nil {
			_, err = client.Recover(ctx)
		}
		recovered <- err
	}()
	var orders int
	if _, err := fmt.Sscan(os.Getenv(crashOrders), &orders); err != nil {
		return err
	}
	var group sync.WaitGroup
	slots := make(chan struct{}, 8)
	for i := range orders {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := payOrder(ctx, client, config.Journal, i); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		})
	}
	group.Wait()
	return <-recovered
}

func crashOrder(i int) (*payneteasy.PayoutRequest, error) {
	amount, err := payneteasy.AmountFromMinor(int64(100+i), "USD")
	account := "1234567890"
	if i%5 == 0 {
		account = "0987654321"
	}
	return &payneteasy.PayoutRequest{
		ClientOrderID: fmt.Sprintf("order-%04d", i), Amount: amount,
		BankAccount: &payneteasy.BankAccount{Number: account},
	}, err
}

func payOrder(ctx context.Context, client *payneteasy.Client, journal payneteasy.Journal, i int) error {
	req, err := crashOrder(i)
	if err != nil {
		return err
	}
	done := fmt.Sprintf("%s.%d", os.Getenv(crashJournal), i) // how a program without a journal remembers an order
	if journal == nil {
		if _, err := os.Stat(done); err == nil {
			return nil
		}
	} else if _, _, err := journal.Get(ctx, req.ClientOrderID); !errors.Is(err, payneteasy.ErrNoEntry) {
		return err
	}
	payout, err := client.Payout(ctx, req)
	if err != nil {
		return err
	}
	if _, err = client.Wait(ctx, payout.Entry, nil); err == nil && journal == nil {
		err = os.WriteFile(done, nil, 0o600)
	}
	return err
}

// runMerchant starts the program and kills it after a delay, if one is given. It reports whether the program finished.
func runMerchant(t *testing.T, env map[string]string, after time.Duration) (ended bool) {
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = os.Environ()
	for name, value := range env {
		command.Env = append(command.Env, name+"="+value)
	}
	var stderr strings.Builder
	command.Stderr = &stderr
	require.NoError(t, command.Start())
	if after > 0 {
		timer := time.AfterFunc(after, func() { _ = command.Process.Kill() })
		defer timer.Stop()
	}
	err := command.Wait()
	require.NotContains(t, stderr.String(), "panic")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		require.Equal(t, -1, exit.ExitCode(), "it failed: %s", stderr.String())
		return false
	}
	require.NoError(t, err)
	return true
}
