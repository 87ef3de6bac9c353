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
)

const callbackHelp = `Verify a callback that came to server_callback_url, send one to a server under test,
or receive them.

The control of a callback covers status, orderid and client_orderid, and neither
amount nor type. It is a hint: what has become of an order payneteasy status tells.`

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
func (t *tool) reader(s *settings) (*payneteasy.Client, payneteasy.Secret, error) {
	m, err := t.merchant(s)
	if err != nil {
		return nil, payneteasy.Secret{}, err
	}
	if m.control == nil {
		return nil, payneteasy.Secret{}, m.missing([]string{m.name(wantControlKey)})
	}
	key, err := m.controlKey()
	if err != nil {
		return nil, key, err
	}
	client, err := newClient(payneteasy.Config{
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
type claim []parameter

// newClaim reads parameters loosely: the SDK has said what is wrong with them.
func newClaim(query, body string) claim {
	parameters, _ := parseLoosely(query, "query")
	more, _ := parseLoosely(body, "body")
	return append(parameters, more...)
}

// get is the first value of the first name that has one, in either spelling.
func (c claim) get(names ...string) string {
	for _, name := range names {
		for _, p := range c {
			if p.value != "" && strings.ReplaceAll(p.name, "-", "_") == name {
				return p.value
			}
		}
	}
	return ""
}

// masked is the claim for people, and the names of what is not shown.
func (c claim) masked() (shown []namedValue, hidden []string) {
	for _, p := range c {
		switch {
		case oddName(p.name):
			p.name, p.value = redacted, ""
			hidden = append(hidden, "a parameter without a proper name")
		case holdsCard(p), p.value != "" && isHolder(p.name), isCardNumber(p.value) && !isID(p.name):
			p.value = redacted
			hidden = append(hidden, p.name)
		}
		shown = append(shown, namedValue{p.name, p.value})
	}
	return shown, hidden
}

func isHolder(name string) bool {
	return strings.ReplaceAll(strings.ToLower(name), "_", "-") == "card-holder-name"
}

// isID reports whether a parameter names the order or the callback: long numbers are meant there.
func isID(name string) bool {
	switch strings.ReplaceAll(name, "-", "_") {
	case "orderid", "client_orderid", "merchant_order", "control", "processor_tx_id", "processor_rrn":
		return true
	}
	return false
}

// isCardNumber reports whether a text has the digits of a card's number in it, blanks and hyphens between them or not.
func isCardNumber(text string) bool {
	for run := range strings.FieldsFuncSeq(text, func(r rune) bool { return (r < '0' || r > '9') && r != ' ' && r != '-' }) {
		digits := strings.NewReplacer(" ", "", "-", "").Replace(run)
		if len(digits) >= 13 && len(digits) <= 19 && luhn(digits) {
			return true
		}
	}
	return false
}

// luhn is the checksum of card numbers.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		digit := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			digit *= 2
		}
		sum += digit/10 + digit%10
	}
	return sum%10 == 0
}
