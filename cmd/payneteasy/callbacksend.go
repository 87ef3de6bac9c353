package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/httpcheck"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

const callbackSendHelp = `Send a callback with a correct control, as the gateway does, to a server under
test. The server must be on this machine, unless you give --any-host. Redirects
are not followed.

--forged sends a wrong control, made without the key. The server must refuse it.
--times sends the same callback again. The gateway does this until the answer is
200, so the server must not book twice.

Exit status: 0 every answer was 200; 1 an answer was not 200; 2 wrong usage or
configuration; 4 no connection, or no answer.`

const callbackSendExamples = `  payneteasy callback send http://127.0.0.1:8080/callback --status approved \
      --orderid 6982864 --client-orderid payout-0001 --amount 10.42 \
      --currency USD
  payneteasy callback send http://127.0.0.1:8080/callback --status approved \
      --orderid 6982864 --client-orderid payout-0001 --forged`

type callbackSendFlags struct {
	profile.Settings
	method          choice
	data            []string
	times           int
	forged, anyHost bool
	values          map[string]*string
}

// callbackValues are the parameters that have their own flags, in the order in which they are sent.
var callbackValues = [][2]string{
	{"status", "the claimed `STATUS`: approved, declined, …"},
	{"orderid", "the gateway's `ID` of the order"},
	{"client_orderid", "the merchant's `ID` of the order"},
	{"amount", "the `AMOUNT` in major units: 10.42"},
	{"currency", "the ISO 4217 `CODE` of the currency"},
	{"type", "the `TYPE` of the transaction: reversal, chargeback, …"},
	{"error_message", "the `TEXT` of the error, for people"},
	{"error_code", "the `CODE` of the error"},
	{"merchantdata", "the `TEXT` of the payout's merchant_data"},
}

func (t *tool) callbackSendCommand() *cobra.Command {
	f := callbackSendFlags{method: choice{value: "GET", among: []string{"GET", "POST"}}, values: map[string]*string{}}
	cmd := &cobra.Command{
		Use: "send [flags] URL", Short: "Send a callback to a server under test", Long: callbackSendHelp,
		Example:           callbackSendExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return t.callbackSend(cmd, args, &f) },
	}
	for _, v := range callbackValues {
		f.values[v[0]] = cmd.Flags().String(flagOf(v[0]), "", v[1])
		profile.NoFileCompletion(cmd, flagOf(v[0]))
	}
	cmd.Flags().StringArrayVarP(&f.data, "data", "d", nil, "another parameter, `NAME=VALUE`; may be repeated")
	f.AddProfile(cmd)
	f.AddControlKey(cmd)
	cmd.Flags().VarP(&f.method, "method", "X", "HTTP method")
	cmd.Flags().IntVar(&f.times, "times", 1, "send the callback `N` times, one after another")
	cmd.Flags().BoolVar(&f.forged, "forged", false, "send a wrong control")
	cmd.Flags().BoolVar(&f.anyHost, "any-host", false, "allow a server on another machine")
	profile.NoFileCompletion(cmd, "data", "times")
	_ = cmd.RegisterFlagCompletionFunc("method",
		cobra.FixedCompletions(f.method.among, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// answer is the server's answer to one callback.
type answer struct {
	HTTPStatus int    `json:"http_status"`
	Body       string `json:"body"`
}

type callbackSent struct {
	URL           string   `json:"url"`
	Method        string   `json:"method"`
	Forged        bool     `json:"forged"`
	Status        string   `json:"status"`
	OrderID       string   `json:"orderid"`
	ClientOrderID string   `json:"client_orderid"`
	Answers       []answer `json:"answers"`
}

func (t *tool) callbackSend(cmd *cobra.Command, args []string, f *callbackSendFlags) error {
	if err := t.CheckEnv(); err != nil {
		return err
	}
	if len(args) != 1 {
		return exit.Usagef("callback send takes one URL; see payneteasy callback send --help")
	}
	if f.times < 1 || f.times > 1000 {
		return exit.Usagef("--times must be from 1 to 1000")
	}
	u, err := signing.ParseAbsoluteURL(args[0])
	switch {
	case err != nil:
		return &exit.Error{Status: exit.Usage, Err: err}
	case !f.anyHost && !httpcheck.IsLoopback(u.Hostname()):
		return exit.Usagef("the URL is not on this machine: give --any-host to send the callback anyway")
	}
	form, secrets, err := t.callbackForm(cmd, f)
	if err != nil {
		return err
	}
	message := mask.CardsAndAccounts.Knowing(form)
	at := *u
	at.RawQuery, at.Fragment = "", ""
	out := callbackSent{
		URL: at.String(), Method: f.method.value, Forged: f.forged,
		Status: *f.values["status"], OrderID: message.Value("orderid", *f.values["orderid"]),
		ClientOrderID: message.Value("client_orderid", *f.values["client_orderid"]), Answers: []answer{},
	}
	err = t.deliver(cmd.Context(), u, form, f, secrets, &out)
	if t.JSON() {
		t.PrintJSON(out)
	}
	return err
}

// callbackForm returns the encoded callback, and the secrets that must not be shown, not even in an answer.
func (t *tool) callbackForm(cmd *cobra.Command, f *callbackSendFlags) (form string, secrets []string, err error) {
	var wanting []string
	for _, v := range callbackValues[:3] {
		if !cmd.Flags().Changed(flagOf(v[0])) { // a flag may be given with an empty value
			wanting = append(wanting, "--"+flagOf(v[0]))
		}
	}
	m, err := t.Merchant(&f.Settings)
	if err != nil {
		return "", nil, err
	}
	if !f.forged && !m.HasControlKey() {
		wanting = append(wanting, m.ControlKeyName())
	}
	if len(wanting) > 0 {
		return "", nil, m.Missing(wanting)
	}
	var key payneteasy.Secret
	if !f.forged { // a forger has no key
		if key, err = m.ControlKey(); err != nil {
			return "", nil, err
		}
	}
	var pairs []string
	add := func(name, value string) { pairs = append(pairs, signing.Encode(name)+"="+signing.Encode(value)) }
	var made signing.Control
	for i, v := range callbackValues {
		value := *f.values[v[0]]
		if i < 3 {
			made.Parts = append(made.Parts, signing.NamedValue{Name: v[0], Value: value})
		}
		if cmd.Flags().Changed(flagOf(v[0])) {
			add(v[0], value)
		}
	}
	add("merchant_order", *f.values["client_orderid"]) // the gateway sends both
	for _, data := range f.data {
		name, value, isPair := strings.Cut(data, "=")
		if !isPair {
			return "", nil, exit.Usagef("--data must be NAME=VALUE: one has no =")
		}
		add(name, value)
	}
	made.Compute(key)
	add("control", made.Control)
	return strings.Join(pairs, "&"), []string{made.Control, key.Reveal(), t.Env[profile.EnvControlKey]}, nil
}

// deliver sends the callback f.times times.
func (t *tool) deliver(
	ctx context.Context, u *url.URL, form string, f *callbackSendFlags, secrets []string, out *callbackSent,
) error {
	transport := &http.Transport{DisableKeepAlives: true}
	if f.anyHost {
		transport.Proxy = http.ProxyFromEnvironment
	}
	client := &http.Client{
		Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	mask := masking.Masker{Secrets: secrets, IDs: []string{out.OrderID, out.ClientOrderID}}
	refused := false
	for range f.times {
		a, err := post(ctx, client, u, form, f.method.value)
		if err != nil {
			// The error quotes a broken answer, which may echo the request.
			return &exit.Error{Status: exit.NotSent, Err: fmt.Errorf(
				"no valid answer: %s: check that the server is running", mask.Cause(networkFault(err).Error()))}
		}
		a.Body = mask.Text(a.Body)
		out.Answers = append(out.Answers, a)
		refused = refused || a.HTTPStatus != http.StatusOK
		if !t.JSON() {
			t.Print("%s, body: %s\n", strings.TrimSpace(strconv.Itoa(a.HTTPStatus)+" "+http.StatusText(a.HTTPStatus)),
				cmp.Or(terminal.Line(a.Body), "(empty)"))
		}
	}
	if refused {
		return &exit.Error{Status: exit.Rejected}
	}
	return nil
}

// post sends the callback once. Its errors do not show the URL, because the URL contains the control.
func post(ctx context.Context, client *http.Client, u *url.URL, form, method string) (answer, error) {
	to, body := *u, form
	if method == http.MethodGet {
		to.RawQuery, body = strings.TrimPrefix(u.RawQuery+"&"+form, "&"), ""
	}
	r, err := http.NewRequestWithContext(ctx, method, to.String(), strings.NewReader(body))
	if err != nil {
		return answer{}, errors.New("cannot create the request")
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", signing.FormType)
	}
	r.Header.Set("User-Agent", "payneteasy callback send")
	response, err := client.Do(r)
	if err != nil {
		if failure, ok := errors.AsType[*url.Error](err); ok {
			err = failure.Err
		}
		return answer{}, err
	}
	defer response.Body.Close() //nolint:errcheck // the body is only read
	const enough = 4 << 10
	text, err := io.ReadAll(io.LimitReader(response.Body, enough))
	if err != nil {
		return answer{}, errors.New("the answer is incomplete")
	}
	return answer{response.StatusCode, string(text)}, nil
}
