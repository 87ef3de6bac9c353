package main

import (
	"cmp"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/sandbox"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// firstCommands are commands for the user to copy.
var firstCommands = []string{
	"payneteasy payout payout-0001 --amount 10.42 --currency USD --account-number 1234567890",
	"payneteasy wait payout-0001 --amount 10.42 --currency USD",
}

// ready is what a program needs to use a sandbox. None of it is secret, because the keys are published.
type ready struct {
	BaseURL        string `json:"base_url"`
	PageURL        string `json:"page_url"`
	Login          string `json:"login"`
	PrivateKeyFile string `json:"private_key_file"` // empty if the user has their own key
	ControlKey     string `json:"control_key"`
	EndpointID     int    `json:"endpoint_id"`
	GroupID        int    `json:"group_id"`
	StateDir       string `json:"state_dir"`

	hosts []string
}

func newReady(address netip.AddrPort, keyFile, listened string) (*ready, error) {
	hosts, err := hostsOf(address, listened)
	if err != nil {
		return nil, err
	}
	return &ready{
		BaseURL:        "http://" + hosts[0] + "/paynet",
		PageURL:        "http://" + hosts[0] + "/",
		Login:          payneteasytest.Login,
		PrivateKeyFile: keyFile,
		ControlKey:     payneteasytest.ControlKey,
		EndpointID:     payneteasytest.EndpointID,
		GroupID:        payneteasytest.EndpointGroupID,
		hosts:          hosts,
	}, nil
}

// environ returns the configuration as lines for a POSIX shell.
func (r *ready) environ() []string {
	return []string{
		"export " + profile.EnvBaseURL + "=" + terminal.Quote(r.BaseURL),
		"export " + profile.EnvLogin + "=" + terminal.Quote(r.Login),
		r.keyLine(),
		"export " + profile.EnvControlKey + "=" + terminal.Quote(r.ControlKey),
		"export " + profile.EnvEndpointID + "=" + strconv.Itoa(r.EndpointID),
		"export " + profile.EnvStateDir + "=" + terminal.Quote(r.StateDir),
	}
}

// keyLine returns the line that names the private key. It is a comment if the user has their own key.
func (r *ready) keyLine() string {
	if r.PrivateKeyFile == "" {
		return "# export " + profile.EnvKeyFile + "=FILE   your own private key, which belongs to --public-key"
	}
	return "export " + profile.EnvKeyFile + "=" + terminal.Quote(r.PrivateKeyFile)
}

func (t *tool) announce(r *ready) {
	if t.JSON() {
		t.PrintLine(r)
		return
	}
	t.Print("A fake gateway: no money moves. Ctrl-C ends it.\n\npage      %s\nbase URL  %s\n", r.PageURL, r.BaseURL)
	t.Print("\nIn another shell:\n\n%s\n", strings.Join(r.environ(), "\n"))
	t.Print("\n%s\n\nCalls:\n", strings.Join(firstCommands, "\n"))
}

// called prints a line for a call. The sandbox calls it for one call at a time.
func (t *tool) called(c sandbox.Call) {
	if t.JSON() {
		t.PrintLine(c)
		return
	}
	status := strconv.Itoa(c.Status)
	if c.Cut {
		status = "cut"
	}
	text := c.Method + " " + c.URL
	if c.ClientOrderID != "" {
		text += "  " + c.ClientOrderID
	}
	t.Print("%s  %-3s  %s  %s\n", c.Time.Format("15:04:05.000"), status, terminal.Line(text),
		c.Duration.Round(100*time.Microsecond))
}

// testSigner returns the request builder of the sandbox's page. It is the builder of payneteasy sign, with the
// published test key.
func testSigner() (func(sandbox.SignRequest) (*sandbox.Signed, error), error) {
	key, err := payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())
	if err != nil {
		return nil, err
	}
	return func(r sandbox.SignRequest) (*sandbox.Signed, error) {
		signer, err := payneteasy.NewSigner(payneteasytest.Login, key)
		if err != nil {
			return nil, err
		}
		if r.Nonce != "" {
			signer.Nonce = func() string { return r.Nonce }
		}
		if r.Timestamp != nil {
			signer.Clock = func() time.Time { return time.Unix(*r.Timestamp, 0) }
		}
		plain := make([]signing.Parameter, 0, len(r.Parameters))
		for _, p := range r.Parameters {
			plain = append(plain, signing.Parameter{Name: p[0], Value: p[1], From: "body"})
		}
		method := cmp.Or(r.Method, http.MethodPost)
		request, err := signing.NewRequest(method, r.URL, plain, nil, false)
		if err != nil {
			return nil, err
		}
		done, err := request.Sign(signer, &key.PublicKey)
		if err != nil {
			return nil, err
		}
		out := &sandbox.Signed{
			NormalizedParameters: done.NormalizedParameters,
			BaseString:           done.BaseString,
			Authorization:        done.Authorization,
			SignatureBase64:      done.SignatureBase64,
			SignatureHex:         done.SignatureHex,
			Body:                 done.Body,
			Hidden:               done.Redacted,
		}
		if len(done.Redacted) == 0 { // otherwise the command would send hidden values as [redacted]
			out.Curl = done.CurlCommand()
		}
		for _, p := range done.SortedParameters() {
			out.Parameters = append(out.Parameters, sandbox.SignedParameter{Name: p.Name, Value: p.Value, From: p.From})
		}
		return out, nil
	}, nil
}
