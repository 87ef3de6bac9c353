package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
)

const verifyHelp = `Verify the signature of a request that was captured, the reverse of sign. If it
does not verify, frequent mistakes are tried until one explains it:
encodings, order, left out parameters, URL, proxies and hash. Nothing is sent.

The request is either a FILE (- is stdin) as it went over the wire, also as curl
-v shows it, or --url with --authorization and the parameters as for sign:

  POST /paynet/api/v4/payout/39915 HTTP/1.1
  Host: sandbox.connpay.com
  Authorization: OAuth oauth_consumer_key="…", …

  client_orderid=payout-0001&amount=10.42

A raw request does not tell its scheme: https, for this machine http, or
--scheme. --url goes before what it says of itself. Without Content-Length a
line break at the end of the file is no part of the body.

--key is the public key that the gateway has, or a certificate, or your private
key. Card data shows as [redacted], and is verified as it came. An order's ids
show whole, unless one holds the number of the card in the same request. The
checks beside the signature do not change the exit status.

Exit status: 0 the signature is right; 1 it is not; 2 usage or configuration.`

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
	cmd.Flags().StringVar(&f.url, "url", "", "the `URL` as it was called")
	cmd.Flags().StringVar(&f.scheme, "scheme", "", "http or https, the `SCHEME` of a raw request")
	cmd.Flags().StringVarP(&f.method, "method", "X", "POST", "HTTP `METHOD`, with --url")
	cmd.Flags().StringVar(&f.authorization, "authorization", "", "the `VALUE` of the Authorization header")
	cmd.Flags().StringArrayVarP(&f.headers, "header", "H", nil, "a header, `NAME: VALUE`; many times")
	f.addData(cmd)
	cmd.Flags().Int64Var(&f.at, "at", 0, "`SECONDS` since 1970 when it arrived (now)")
	cmd.Flags().BoolVar(&f.showCardData, "show-card-data", false, "show card data in clear")
	profile.NoFileCompletion(cmd, "url", "scheme", "method", "authorization", "header", "at")
	return cmd
}

func (t *tool) verify(cmd *cobra.Command, args []string, f *verifyFlags) error {
	if err := t.CheckEnv(); err != nil {
		return err
	}
	if f.scheme != "" && f.scheme != "http" && f.scheme != "https" {
		return exit.Usagef("--scheme is http or https")
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

// captured reads the request.
func (t *tool) captured(cmd *cobra.Command, args []string, f *verifyFlags) (*signing.Captured, error) {
	if len(args) == 0 {
		if f.url == "" {
			return nil, exit.Usagef("verify takes one FILE with a raw request, or --url; see payneteasy verify --help")
		}
		return t.capturedByFlags(cmd, f)
	}
	for _, flag := range []string{"method", "authorization", "header", "data", "data-raw"} {
		if cmd.Flags().Changed(flag) {
			return nil, exit.Usagef("--%s goes with --url, not with a FILE", flag)
		}
	}
	if len(args) > 1 {
		return nil, exit.Usagef("verify takes one FILE; see payneteasy verify --help")
	}
	content, err := t.Read(args[0])
	if err != nil {
		return nil, exit.Usagef("the request: %w", err)
	}
	c, err := signing.ReadRaw(string(content), f.url, f.scheme)
	if err != nil {
		return nil, &exit.Error{Status: exit.Usage, Err: err}
	}
	return c, nil
}

func (t *tool) capturedByFlags(cmd *cobra.Command, f *verifyFlags) (*signing.Captured, error) {
	if f.scheme != "" {
		return nil, exit.Usagef("--scheme goes with a FILE: --url has its own")
	}
	if f.method == "" {
		return nil, exit.Usagef("--method is empty")
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
