package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
)

const callbackListenHelp = `Receive callbacks, verify each control, and print one line for each callback:
time, verdict, status, IDs, type, amount. With --output json each line is an
object. A genuine callback is answered with 200, a forged one with 403, and
nonsense with 400. Ctrl-C ends the command.

A line shows what the callback claims. The control does not cover the amount or
the type. With --confirm the command asks the gateway about each order, as the
SDK's handler does. It then shows the decision, and answers as the handler does,
with 503 while the claim is not confirmed. --confirm needs the whole
configuration.

--answer changes the answer to genuine callbacks. Use it to see how the gateway
retries.

Exit status: 0 ended by Ctrl-C or --count; 2 wrong usage or configuration.`

const callbackListenExamples = `  payneteasy callback listen
  payneteasy callback listen --listen 127.0.0.1:8086 --path /callback \
      --count 1 --output json`

type callbackListenFlags struct {
	profile.Settings
	address, path string
	answer, count int
	confirm       bool
}

func (t *tool) callbackListenCommand() *cobra.Command {
	var f callbackListenFlags
	cmd := &cobra.Command{
		Use: "listen [flags]", Short: "Receive callbacks and verify them", Long: callbackListenHelp,
		Example:           callbackListenExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return t.callbackListen(cmd, args, &f) },
	}
	cmd.Flags().StringVar(&f.address, "listen", "127.0.0.1:8086", "`ADDRESS` and port; port 0 takes any free port")
	cmd.Flags().StringVar(&f.path, "path", "/", "`PATH` of notify_url")
	cmd.Flags().IntVar(&f.answer, "answer", http.StatusOK, "answer genuine callbacks with the HTTP status `CODE`")
	cmd.Flags().IntVar(&f.count, "count", 0, "end after `N` callbacks; 0 for no limit")
	cmd.Flags().BoolVar(&f.confirm, "confirm", false, "ask the gateway about each order")
	f.AddAll(cmd)
	profile.NoFileCompletion(cmd, "listen", "path", "answer", "count")
	return cmd
}

func (t *tool) callbackListen(cmd *cobra.Command, args []string, f *callbackListenFlags) error {
	if err := t.CheckEnv(); err != nil {
		return err
	}
	switch {
	case len(args) > 0:
		return exit.Usagef("callback listen takes no arguments, only flags; see payneteasy callback listen --help")
	case f.answer < 200 || f.answer > 599:
		return exit.Usagef("--answer must be from 200 to 599")
	case f.confirm && cmd.Flags().Changed("answer"):
		return exit.Usagef("--answer cannot be used with --confirm, which answers as the SDK's handler does")
	case f.count < 0:
		return exit.Usagef("--count must not be negative")
	case !strings.HasPrefix(f.path, "/"):
		return exit.Usagef("--path must begin with /")
	}
	l := &callbackListener{t: t, flags: f}
	var err error
	if f.confirm {
		var config payneteasy.Config
		if config, err = t.ClientConfig(&f.Settings); err == nil {
			l.client, err = profile.NewClient(config)
		}
		if err == nil {
			l.handler = l.client.CallbackHandler(l.confirmed)
		}
	} else {
		l.client, _, err = t.reader(&f.Settings)
	}
	if err != nil {
		return err
	}
	return l.serve(cmd.Context())
}

// callbackListener receives callbacks and prints them.
type callbackListener struct {
	t       *tool
	flags   *callbackListenFlags
	client  *payneteasy.Client
	handler *payneteasy.CallbackHandler // nil without --confirm
	end     context.CancelFunc

	mu   sync.Mutex
	seen int
}

// serve listens until the context ends or --count callbacks have arrived.
func (l *callbackListener) serve(ctx context.Context) error {
	ctx, l.end = context.WithCancel(ctx)
	defer l.end()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", l.flags.address)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return exit.Usagef("cannot listen on %s: %w", terminal.Line(l.flags.address), networkFault(err))
	}
	if host, _, _ := net.SplitHostPort(listener.Addr().String()); !httpcheck.IsLoopback(host) {
		l.t.Note("other machines can reach this address")
	}
	if l.handler == nil {
		l.t.Note("callbacks are not confirmed: each line shows a claim; --confirm asks the gateway")
	}
	l.t.Note("listening on http://%s%s", listener.Addr(), l.flags.path)
	server := &http.Server{
		Handler:           l,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // the log would quote what anyone sends
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err = <-failed:
		return exit.Usagef("cannot receive any more callbacks: %w", err)
	case <-ctx.Done():
	}
	// A callback in progress still gets its answer.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if server.Shutdown(last) != nil {
		_ = server.Close()
	}
	if err = <-failed; !errors.Is(err, http.ErrServerClosed) {
		return exit.Usagef("cannot receive any more callbacks: %w", err)
	}
	return nil
}

// received is what the command shows of a callback.
type received struct {
	Time          string `json:"time"`
	Verdict       string `json:"verdict"` // genuine, forged, nonsense
	HTTPStatus    int    `json:"http_status"`
	Status        string `json:"status"`
	OrderID       string `json:"orderid"`
	ClientOrderID string `json:"client_orderid"`
	Type          string `json:"type,omitempty"`
	Amount        string `json:"amount,omitempty"`
	Currency      string `json:"currency,omitempty"`
	Reason        string `json:"reason,omitempty"`    // why the callback was refused
	Confirmed     string `json:"confirmed,omitempty"` // what the gateway says
	Meaning       string `json:"meaning,omitempty"`   // why there is no decision

	Decision payneteasy.Decision `json:"decision,omitempty"` // from the news of the SDK's handler
	Cause    payneteasy.Cause    `json:"cause,omitempty"`    // set for a review
}

// maxClaim bounds how much of a body is read, in bytes. The SDK refuses a larger body.
const maxClaim = 1 << 20

// ServeHTTP verifies and answers one request.
func (l *callbackListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != l.flags.path {
		http.NotFound(w, r)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.t.Note("a %s request to another path was answered with 404", terminal.Line(r.Method))
		return
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxClaim+1)) // ParseCallback refuses an incomplete body
	again := func(ctx context.Context) *http.Request {
		c := r.Clone(ctx)
		c.Body = io.NopCloser(bytes.NewReader(body))
		return c
	}
	cb, err := l.client.ParseCallback(again(r.Context()))
	got := newReceived(signing.NewClaim(r.URL.RawQuery, string(body)))
	var refused *payneteasy.CallbackError
	switch {
	case err == nil && l.handler != nil:
		got.Verdict = "genuine"
		answered := &statusWriter{ResponseWriter: w}
		l.handler.ServeHTTP(answered, again(context.WithValue(r.Context(), receivedKey{}, got)))
		if got.HTTPStatus = answered.status; got.Decision == "" {
			got.Meaning = l.noNewsReason(r.Context(), cb, got.HTTPStatus)
		}
		l.tell(got)
		return
	case err == nil:
		got.Verdict, got.HTTPStatus, got.Type = "genuine", l.flags.answer, cb.TransactionType
	case errors.As(err, &refused):
		got.Verdict, got.HTTPStatus, got.Reason = "nonsense", refused.HTTPStatus, signing.CallbackFault(err)
		if errors.Is(err, payneteasy.ErrForged) {
			got.Verdict, got.Reason = "forged", "the control is wrong"
		}
	}
	if !l.tell(got) {
		got.HTTPStatus = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(got.HTTPStatus)
	_, _ = io.WriteString(w, http.StatusText(got.HTTPStatus)+"\n") // a client that has disconnected will retry
}

// newReceived returns the claim, with values masked that look like a card number.
func newReceived(c signing.Claim) *received {
	shown, _ := c.Masked()
	var masked signing.Claim
	for _, p := range shown {
		masked = append(masked, signing.Parameter{Name: p.Name, Value: cut(p.Value), From: ""})
	}
	return &received{
		Time: time.Now().UTC().Format(time.RFC3339), Status: masked.Get("status"), OrderID: masked.Get("orderid"),
		ClientOrderID: masked.Get("client_orderid", "merchant_order"), Type: masked.Get("type"),
		Amount: masked.Get("amount"), Currency: masked.Get("currency"),
	}
}

// cut bounds the length of a value, because anyone can send a callback.
func cut(s string) string {
	const enough = 128 // the longest client_orderid
	if runes := []rune(s); len(runes) > enough {
		return string(runes[:enough]) + "…"
	}
	return s
}

type receivedKey struct{}

// confirmed stores the news of the SDK's handler about a callback's order.
func (l *callbackListener) confirmed(ctx context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
	got, ok := ctx.Value(receivedKey{}).(*received)
	if !ok {
		return errors.New("this callback was not received by this listener")
	}
	got.Confirmed, got.Decision, got.Cause = string(cb.Confirmed.Status), news.Decision, news.Cause
	return nil
}

// noNewsTimeout bounds the question that noNewsReason asks, because the answer to the callback waits for it.
const noNewsTimeout = 10 * time.Second

// noNewsReason returns why the SDK's handler reported no news for a callback. If the news was not reported before,
// noNewsReason asks the gateway again.
func (l *callbackListener) noNewsReason(ctx context.Context, cb *payneteasy.Callback, status int) string {
	if status == http.StatusOK {
		return "already reported"
	}
	ctx, cancel := context.WithTimeout(ctx, noNewsTimeout)
	defer cancel()
	entry := l.client.NewEntry(payneteasy.OrderRef{ClientOrderID: cb.ClientOrderID, OrderID: cb.OrderID})
	entry, answer, err := l.client.Refresh(ctx, entry)
	switch {
	case err != nil:
		return "cannot ask for the status: " + terminal.Message(err)
	case answer.NotKnown:
		return "the gateway does not know " + terminal.Line(cb.ClientOrderID) + " as order " + terminal.Line(cb.OrderID)
	}
	said := string(answer.Status.Status)
	if of := answer.Status.TransactionType; of != "" {
		said += " (" + of + ")"
	}
	return "the gateway says " + said + ", the order is " + string(entry.Decision())
}

// tell prints a line. It ends the listening after the last line, and returns false if the listening has already ended.
func (l *callbackListener) tell(got *received) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flags.count > 0 && l.seen >= l.flags.count {
		return false
	}
	if l.t.JSON() {
		l.t.PrintLine(got)
	} else {
		l.t.Print("%s\n", got.line())
	}
	if l.seen++; l.seen == l.flags.count {
		l.end()
	}
	return true
}

// line returns the text of the callback for a person.
func (r *received) line() string {
	verdict := r.Verdict
	if verdict == "forged" {
		verdict = "FORGED" // so that a person does not overlook it
	}
	parts := []string{r.Time, fmt.Sprintf("%-8s", verdict)}
	for _, part := range [][2]string{
		{"", r.Status},
		{"client_orderid ", r.ClientOrderID},
		{"orderid ", r.OrderID},
		{"type ", r.Type},
		{"amount ", strings.TrimSpace(r.Amount + " " + r.Currency)},
		{"refused: ", r.Reason},
		{"confirmed: ", r.Confirmed},
		{"", string(r.Decision)},
		{"cause: ", string(r.Cause)},
		{"", r.Meaning},
	} {
		if part[1] != "" {
			parts = append(parts, part[0]+terminal.Line(part[1]))
		}
	}
	return strings.Join(parts, "  ")
}

// statusWriter stores the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader stores the status and passes it on.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
