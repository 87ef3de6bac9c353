package profile

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// PublicKey reads the public key of a merchant from a file with a public key, a certificate, or a private key.
func (t *Invocation) PublicKey(s *Settings) (*rsa.PublicKey, error) {
	m, err := t.Merchant(s)
	if err != nil {
		return nil, err
	}
	if m.key == nil {
		return nil, m.Missing([]string{m.name(wantKey)})
	}
	if s.KeyFile != "" { // others may read a public key
		m.key.read = func() ([]byte, error) { return t.Read(s.KeyFile) }
	}
	content, err := m.key.read()
	if err != nil {
		return nil, exit.Usagef("configuration: %s: %w", m.key.name, err)
	}
	key, err := ParsePublicKey(content)
	if err != nil {
		return nil, exit.Usagef("configuration: %s: %w", m.key.name, err)
	}
	return key, nil
}

// ParsePublicKey reads the first key of a PEM text. Its errors do not show the input.
func ParsePublicKey(content []byte) (*rsa.PublicKey, error) {
	var first error
	for rest := bytes.TrimLeft(content, "\ufeff"); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		key, err := publicHalf(block)
		if err == nil {
			return key, nil
		}
		if first == nil {
			first = err
		}
	}
	if first != nil {
		return nil, first
	}
	return nil, errors.New(charcheck.PEM(content))
}

func publicHalf(block *pem.Block) (*rsa.PublicKey, error) {
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = certificate.PublicKey
		}
	default:
		private, err := payneteasy.ParsePrivateKey(pem.EncodeToMemory(block))
		if err != nil {
			return nil, errors.New(strings.TrimPrefix(terminal.Message(err), "private key: "))
		}
		return &private.PublicKey, nil
	}
	if err != nil { // the cause may quote the key
		return nil, errors.New("the public key or certificate cannot be read")
	}
	public, isRSA := key.(*rsa.PublicKey)
	if !isRSA {
		return nil, errors.New("the key is not an RSA key")
	}
	return public, nil
}
