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

const callbackHelp = `Verify a callback that came to notify_url, send one to a server under test,
or receive them.

The control of a callback covers status, orderid and client_orderid, and neither
amount nor type. It is a hint: what has become of an order payneteasy status
tells.`

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

// reader is a client that only reads callbacks: nothing of its configuration but the control key is used.
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

// noKey signs nothing.
type noKey struct{}

// Public has the length of a key, and is none.
func (noKey) Public() crypto.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}
}

// Sign refuses.
func (noKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("nothing is signed with this key")
}
