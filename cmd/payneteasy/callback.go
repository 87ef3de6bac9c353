package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the length of a control
	"errors"
	"io"
	"math/big"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
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
		BaseURL: "http://127.0.0.1:1/", Endpoint: payneteasy.EndpointID(1), Login: "none", PrivateKey: noKey{}, ControlKey: key,
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

// claim is what a callback says, genuine or not.
type claim []signing.Parameter

// newClaim reads parameters loosely: the SDK has said what is wrong with them.
func newClaim(query, body string) claim {
	parameters, _ := signing.ParseLoosely(query, "query")
	more, _ := signing.ParseLoosely(body, "body")
	return append(parameters, more...)
}

// get is the first value of the first name that has one, in either spelling.
func (c claim) get(names ...string) string {
	for _, name := range names {
		for _, p := range c {
			if p.Value != "" && strings.ReplaceAll(p.Name, "-", "_") == name {
				return p.Value
			}
		}
	}
	return ""
}

// masked is the claim for people, and the names of what is not shown.
func (c claim) masked() (shown claim, hidden []string) {
	message := mask.CardsAndAccounts.Knowing(signing.Joined(c))
	for _, p := range c {
		if p.Name == "control" && isHex(p.Value) { // its digits may look like a card's
			shown = append(shown, p)
			continue
		}
		name, value, hides := message.Parameter(p.Name, p.Value)
		switch {
		case hides && name != p.Name:
			hidden = append(hidden, mask.Nameless)
		case hides:
			hidden = append(hidden, p.Name)
		}
		shown = append(shown, signing.Parameter{Name: name, Value: value, From: p.From})
	}
	return shown, hidden
}

// named is the claim as it is written out.
func (c claim) named() (all []signing.NamedValue) {
	for _, p := range c {
		all = append(all, signing.NamedValue{Name: p.Name, Value: p.Value})
	}
	return all
}

func isHex(s string) bool {
	return len(s) == 2*sha1.Size && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// callbackFault is what is wrong with a callback that the SDK has refused.
func callbackFault(err error) string { return strings.TrimPrefix(terminal.Message(err), "callback: ") }
