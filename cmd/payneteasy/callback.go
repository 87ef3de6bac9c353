package main

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
)

const callbackHelp = `Verify a callback that was sent to notify_url, send a callback to a server under
test, or receive callbacks.

The control of a callback covers status, orderid and client_orderid. It does not
cover the amount or the type. So a callback is only a claim. Confirm it with
payneteasy status.`

func (t *tool) callbackCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "callback", Short: "Verify, send or receive callbacks", Long: callbackHelp,
		Args: cobra.ArbitraryArgs, RunE: group,
	}
	cmd.AddCommand(t.callbackVerifyCommand(), t.callbackSendCommand(), t.callbackListenCommand())
	for _, c := range cmd.Commands() {
		example, _, _ := strings.Cut(c.Example, "\n\n")
		cmd.Example = strings.TrimPrefix(cmd.Example+"\n"+example, "\n")
	}
	return cmd
}

// reader returns a client that only reads callbacks. It uses only the control key of its configuration.
func (t *tool) reader(s *profile.Settings) (*payneteasy.Client, payneteasy.Secret, error) {
	m, err := t.Merchant(s)
	if err != nil {
		return nil, payneteasy.Secret{}, err
	}
	key, err := m.ControlKey()
	if err != nil {
		return nil, key, err
	}
	client, err := profile.NewClient(payneteasy.Config{
		BaseURL: "http://127.0.0.1:1/", Endpoint: payneteasy.EndpointID(1), Login: "none",
		PrivateKey: noKey{}, ControlKey: key,
	})
	return client, key, err
}

// noKey is a private key that cannot sign.
type noKey struct{}

// Public returns a public key of the right length that cannot be used.
func (noKey) Public() crypto.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}
}

// Sign always returns an error.
func (noKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("this client cannot sign")
}
