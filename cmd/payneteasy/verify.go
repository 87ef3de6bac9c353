package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
)

const verifyHelp = `Verify the signature of a captured request. This is the reverse of sign. If the
signature is wrong, the command tries frequent mistakes until one explains it:
encodings, order, missing parameters, URL, proxies and hash. Nothing is sent.

Give the request as a FILE (- is stdin), as it went over the wire or as curl -v
shows it. Or give --url with --authorization, and the parameters as for sign.
This is a raw request:

  POST /paynet/api/v4/payout/39915 HTTP/1.1
  Host: sandbox.connpay.com
  Authorization: OAuth oauth_consumer_key="…", …

  client_orderid=payout-0001&amount=10.42

A raw request does not contain its scheme. The default is https, or http if the
host is this machine; --scheme changes it. --url takes precedence over the URL
in the request. Without Content-Length, a line break at the end of the file is
not a part of the body.

--key names the public key that the gateway has, a certificate, or your private
key. Card data is shown as [redacted], and verified as it arrived. An order's
IDs are shown whole, unless an ID contains the card number of the same request.
The other checks do not change the exit status.

Exit status: 0 the signature is correct; 1 the signature is wrong; 2 wrong usage
or configuration.`

const verifyExamples = `  payneteasy verify --key merchant.pub captured.txt
  payneteasy verify --key merchant.pub \
      --url https://sandbox.connpay.com/paynet/api/v4/payout/39915 \
      --header 'Authorization: OAuth oauth_consumer_key="TestMerchant", …' \
      --data @body.txt
  payneteasy verify --key merchant.pem --at 1677831012 \
      --output json - < captured.txt`

type verifyFlags struct {
	profile.Settings
	dataFlags
	method, url, scheme, authorization string
	headers                            []string
	at                                 int64
	showCardData                       bool
}

func (t *tool) verifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use: "verify [flags] [FILE]", Short: "Verify a captured request and explain what is wrong", Long: verifyHelp,
		Example: verifyExamples,
		RunE:    func(cmd *cobra.Command, args []string) error { return t.verify(cmd, args, &f) },
	}
	f.AddProfile(cmd)
	cmd.Flags().StringVar(&f.KeyFile, "key", "",
		"`FILE` of the public key, a certificate or the private key, PEM; - is stdin [$"+profile.EnvKeyFile+"]")
	cmd.Flags().StringVar(&f.url, "url", "", "the `URL` that was called")
	cmd.Flags().StringVar(&f.scheme, "scheme", "", "the `SCHEME` of a raw request, http or https")
	cmd.Flags().StringVarP(&f.method, "method", "X", "POST", "HTTP `METHOD`, with --url")
	cmd.Flags().StringVar(&f.authorization, "authorization", "", "the `VALUE` of the Authorization header")
	cmd.Flags().StringArrayVarP(&f.headers, "header", "H", nil, "a header, `NAME: VALUE`; may be repeated")
	f.addData(cmd)
	cmd.Flags().Int64Var(&f.at, "at", 0, "time of arrival, `SECONDS` since 1970 (now)")
	cmd.Flags().BoolVar(&f.showCardData, "show-card-data", false, "show card data in clear")
	profile.NoFileCompletion(cmd, "url", "scheme", "method", "authorization", "header", "at")
	return cmd
}

func (t *tool) verify(cmd *cobra.Command, args []string, f *verifyFlags) error {
	if err := t.CheckEnv(); err != nil {
		return err
	}
	if f.scheme != "" && f.scheme != "http" && f.scheme != "https" {
		return exit.Usagef("--scheme must be http or https")
	}
	c, err := t.captured(cmd, args, f)
	if err != nil {
		return err
	}
	key, err := t.PublicKey(&f.Settings)
	if err != nil {
		return err
	}
	at := time.Now()
	if cmd.Flags().Changed("at") {
		at = time.Unix(f.at, 0)
	}
	out := c.Verify(key, at, f.showCardData)
	return t.judged(out, out.Valid, func() { out.Tell(t.Output) })
}

// captured reads the captured request from a file or from flags.
func (t *tool) captured(cmd *cobra.Command, args []string, f *verifyFlags) (*signing.Captured, error) {
	if len(args) == 0 {
		if f.url == "" {
			return nil, exit.Usagef("verify takes one FILE with a raw request, or --url; see payneteasy verify --help")
		}
		return t.capturedByFlags(cmd, f)
	}
	for _, flag := range []string{"method", "authorization", "header", "data", "data-raw"} {
		if cmd.Flags().Changed(flag) {
			return nil, exit.Usagef("use --%s with --url, not with a FILE", flag)
		}
	}
	if len(args) > 1 {
		return nil, exit.Usagef("verify takes one FILE; see payneteasy verify --help")
	}
	content, err := t.Read(args[0])
	if err != nil {
		return nil, exit.Usagef("cannot read the request: %w", err)
	}
	c, err := signing.ReadRaw(string(content), f.url, f.scheme)
	if err != nil {
		return nil, &exit.Error{Status: exit.Usage, Err: err}
	}
	return c, nil
}

func (t *tool) capturedByFlags(cmd *cobra.Command, f *verifyFlags) (*signing.Captured, error) {
	if f.scheme != "" {
		return nil, exit.Usagef("use --scheme with a FILE: --url has its own scheme")
	}
	if f.method == "" {
		return nil, exit.Usagef("--method is empty: give the HTTP method of the request")
	}
	c, err := signing.NewCaptured(f.method, f.url, f.headers, f.authorization)
	if err != nil {
		return nil, &exit.Error{Status: exit.Usage, Err: err}
	}
	plain, raw, err := t.data(cmd, &f.dataFlags)
	if err != nil {
		return nil, err
	}
	c.SetForm(formBody(plain, raw))
	return c, nil
}
