package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
)

const signHelp = `Sign a request with OAuth 1.0a and RSA-SHA256, and show each step. The request
builder of the API documentation does the same, but here the private key stays
with you. Nothing is sent.

Give the parameters in one of these forms:
  --data NAME=VALUE  a plain parameter, which the tool encodes; may be repeated
  --data @FILE       a file with an encoded body: a=1&b=2; @- is stdin
  --data-raw BODY    an encoded body on the command line

An encoded body is shown as you gave it. Parameters in the query of the URL are
signed too. Nothing is trimmed or checked, and you can use any URL.

Card data (number, CVV, name, expiry, token) is shown as [redacted], and the
signature is made for the text that is shown. Otherwise a person with the public
key could guess the card until the signature matches. An order's IDs
(client_orderid, orderid, …) are shown whole, unless an ID contains the card
number of the same request.

--show-card-data shows and signs the card. You need it for a body that is not a
form, such as JSON, because no card can be found there. Every user of this
machine can see a card on the command line, so use --data @FILE.`

const signExamples = `  payneteasy sign --key merchant.pem --login TestMerchant \
      --data client_orderid=payout-0001 --data amount=10.42 \
      --data currency=USD \
      https://sandbox.connpay.com/paynet/api/v4/payout/39915

  # make a curl command, which can be run once
  payneteasy sign --curl --key merchant.pem --login TestMerchant \
      --data @body.txt \
      https://sandbox.connpay.com/paynet/api/v4/payout/39915

  # compare with a signature that was made elsewhere
  payneteasy sign --output json --key merchant.pem --login TestMerchant \
      --nonce b5E31Tw6SVjauE29uOf2jOLnuUSXmVdE --timestamp 1677831012 \
      --data-raw 'amount=10.42&client_orderid=1&currency=USD' \
      https://sandbox.connpay.com/paynet/api/v4/payout/39915`

type signFlags struct {
	profile.Settings
	dataFlags
	method       string
	nonce        string
	timestamp    int64
	curl         bool
	showCardData bool
}

func (t *tool) signCommand() *cobra.Command {
	var f signFlags
	cmd := &cobra.Command{
		Use:               "sign [flags] URL",
		Short:             "Sign a request and explain each step",
		Long:              signHelp,
		Example:           signExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return t.sign(cmd, args, &f) },
	}
	cmd.Flags().StringVarP(&f.method, "method", "X", "POST", "HTTP `METHOD`")
	f.addData(cmd)
	f.AddProfile(cmd)
	f.AddKey(cmd)
	f.AddLogin(cmd)
	cmd.Flags().StringVar(&f.nonce, "nonce", "", "oauth_nonce, a `TEXT` (random)")
	cmd.Flags().Int64Var(&f.timestamp, "timestamp", 0, "oauth_timestamp, `SECONDS` since 1970 (now)")
	cmd.Flags().BoolVar(&f.curl, "curl", false, "print a curl command; with --output json, in the key curl")
	cmd.Flags().BoolVar(&f.showCardData, "show-card-data", false, "show and sign card data in clear")
	profile.NoFileCompletion(cmd, "method", "nonce", "timestamp")
	return cmd
}

func (t *tool) sign(cmd *cobra.Command, args []string, f *signFlags) error {
	m, err := t.Merchant(&f.Settings)
	if err != nil {
		return err
	}
	if len(args) != 1 {
		return exit.Usagef("sign takes one URL, and parameters with --data; see payneteasy sign --help")
	}
	req, err := t.request(cmd, args[0], f)
	if err != nil {
		return err
	}
	if len(req.Hidden) > 0 && f.curl {
		return exit.Usagef(
			"a curl command without card data would send another request: add --show-card-data, or leave out --curl")
	}
	signer, public, err := m.Signer()
	if err != nil {
		return err
	}
	if cmd.Flags().Changed("nonce") {
		signer.Nonce = func() string { return f.nonce }
	}
	if cmd.Flags().Changed("timestamp") {
		signer.Clock = func() time.Time { return time.Unix(f.timestamp, 0) }
	}
	out, err := req.Sign(signer, public)
	if err != nil {
		return &exit.Error{Status: exit.Usage, Err: err}
	}
	if f.curl {
		if !out.Printable() {
			return exit.Usagef(
				"the request has characters that cannot be printed, " +
					"so a curl command could not be pasted: leave out --curl")
		}
		out.Curl = out.CurlCommand()
	}
	if len(req.Hidden) > 0 {
		t.Note("hidden: %s. The signature is made for the text that is shown; --show-card-data signs the real request",
			strings.Join(req.Hidden, ", "))
	}
	switch {
	case t.JSON():
		t.PrintJSON(out)
	case f.curl:
		t.Print("%s\n", out.Curl)
	default:
		out.Explain(t.Output)
	}
	return nil
}

// request reads the request to sign.
func (t *tool) request(cmd *cobra.Command, rawURL string, f *signFlags) (*signing.Request, error) {
	plain, raw, err := t.data(cmd, &f.dataFlags)
	if err != nil {
		return nil, err
	}
	req, err := signing.NewRequest(f.method, rawURL, plain, raw, f.showCardData)
	if err != nil {
		return nil, &exit.Error{Status: exit.Usage, Err: err}
	}
	return req, nil
}
