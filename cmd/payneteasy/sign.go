package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
)

const signHelp = `Sign a request by OAuth 1.0a with RSA-SHA256 and show each step, as the request
builder of the API documentation does; here the private key stays with you.
Nothing is sent.

Parameters come in one of these forms:
  --data NAME=VALUE  one parameter, plain: it is encoded for you; many times
  --data @FILE       a body, encoded already: a=1&b=2; @- is stdin
  --data-raw BODY    the same, from the command line

A body that is encoded already is shown as it was given. Parameters in the URL's
query are signed too. Nothing is trimmed, and nothing is checked: any URL will
do.

Card data (number, CVV, name, expiry, token) shows as [redacted], and then what
is signed is what is shown, or who has the public key could guess the card until
the signature fits. An order's ids (client_orderid, orderid, …) show whole,
unless one holds the number of the card in the same request. --show-card-data
shows and signs the card; it is needed for a body that is no form (JSON, say),
in which no card could be found. A card on the command line can be seen by every
user of this machine: take --data @FILE.`

const signExamples = `  payneteasy sign --key merchant.pem --login TestMerchant \
      --data client_orderid=payout-0001 --data amount=10.42 \
      --data currency=USD \
      https://sandbox.connpay.com/paynet/api/v4/payout/39915

  # a curl command that can be run once
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
	cmd.Flags().StringVar(&f.nonce, "nonce", "", "oauth_nonce, a `TEXT` (a random one)")
	cmd.Flags().Int64Var(&f.timestamp, "timestamp", 0, "oauth_timestamp, `SECONDS` since 1970 (now)")
	cmd.Flags().BoolVar(&f.curl, "curl", false, "print a curl command; with --output json, as curl")
	cmd.Flags().BoolVar(&f.showCardData, "show-card-data", false, "show card data in clear, and sign it")
	profile.NoFileCompletion(cmd, "method", "nonce", "timestamp")
	return cmd
}

func (t *tool) sign(cmd *cobra.Command, args []string, f *signFlags) error {
	m, err := t.Merchant(&f.Settings)
	if err != nil {
		return err
	}
	if len(args) != 1 {
		return exit.Usagef("sign takes one URL, and parameters by --data; see payneteasy sign --help")
	}
	req, err := t.request(cmd, args[0], f)
	if err != nil {
		return err
	}
	if len(req.Hidden) > 0 && f.curl {
		return exit.Usagef(
			"a curl command without the card data would send something else: add --show-card-data, or leave out --curl")
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
				"there are characters in the request that cannot be printed, " +
					"so that a curl command cannot be pasted: leave out --curl")
		}
		out.Curl = out.CurlCommand()
	}
	if len(req.Hidden) > 0 {
		t.Note("hidden: %s. What is signed is what is shown; --show-card-data signs the request itself",
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

// request reads what is to be signed.
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
