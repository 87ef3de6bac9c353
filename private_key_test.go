package payneteasy

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestParsePrivateKey(t *testing.T) {
	t.Parallel()
	derived := readVectors[protocolVectors](t, "protocol.json").Derived
	one, err := ParsePrivateKey([]byte(derived.PKCS1))
	require.NoError(t, err)
	eight, err := ParsePrivateKey([]byte("\ufeffsome words before\n" + derived.PKCS8))
	require.NoError(t, err)
	require.True(t, one.Equal(eight))
	behind, err := ParsePrivateKey(append(pemBlock("CERTIFICATE", []byte{1}), derived.PKCS8...))
	require.NoError(t, err)
	require.True(t, one.Equal(behind))
}

func TestParsePrivateKeyNamesWhatItFound(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ellipticPKCS8, err := x509.MarshalPKCS8PrivateKey(elliptic)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	require.NoError(t, err)
	encrypted := pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"},
		Bytes: []byte{1},
	})
	for _, test := range []struct {
		pem  []byte
		says string
	}{
		{nil, "no PEM block"},
		{[]byte("MIIEvQIBADANBg"), "no PEM block"},
		{encrypted, "encrypted"},
		{pemBlock("ENCRYPTED PRIVATE KEY", []byte{1}), "encrypted"},
		{pemBlock("PUBLIC KEY", public), "public key"},
		{pemBlock("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey)), "public key"},
		{pemBlock("CERTIFICATE", []byte{1}), "certificate"},
		{pemBlock("EC PRIVATE KEY", []byte{1}), "elliptic curve"},
		{pemBlock("PRIVATE KEY", ellipticPKCS8), "found *ecdsa.PrivateKey"},
		{pemBlock("PRIVATE KEY", []byte{1}), "not a valid PKCS#8"},
		{pemBlock("RSA PRIVATE KEY", []byte{1}), "not a valid PKCS#1"},
		{pemBlock("OPENSSH PRIVATE KEY", []byte{1}), "ssh-keygen -p -m PEM"},
		{pemBlock("DSA PRIVATE KEY", []byte{1}), `found "DSA PRIVATE KEY"`},
		{bytes.ReplaceAll(pemBlock("PRIVATE KEY", ellipticPKCS8), []byte("\n"), []byte(" ")), "line breaks were lost"},
		{pemBlock("PRIVATE KEY", ellipticPKCS8)[:60], "is cut"},
		{
			bytes.ReplaceAll(pemBlock("PRIVATE KEY", ellipticPKCS8), []byte("\n"), []byte(`\n`)),
			`it has \n, two characters, where line breaks must be`,
		},
		{
			bytes.ReplaceAll(pemBlock("PRIVATE KEY", ellipticPKCS8), []byte("\n"), []byte("\r")),
			"its lines end with U+000D (line break, CR) alone",
		},
		{
			bytes.ReplaceAll(pemBlock("PRIVATE KEY", ellipticPKCS8), []byte("\n"), []byte("\n  ")),
			"its lines are indented",
		},
		{append([]byte{'"'}, pemBlock("PRIVATE KEY", ellipticPKCS8)...), "it begins with U+0022 (quotation mark)"},
		{
			bytes.Replace(pemBlock("PRIVATE KEY", ellipticPKCS8), []byte("--"), []byte("\x97"), 1),
			"a dash of Windows-1252",
		},
		{[]byte("\xff\xfe-\x00-\x00"), "it is UTF-16"},
	} {
		_, err := ParsePrivateKey(test.pem)
		require.ErrorContains(t, err, test.says)
	}
}

// remoteKey is a key in an HSM. It is a crypto.Signer, but not an *rsa.PrivateKey.
type remoteKey struct{ key *rsa.PrivateKey }

func (k remoteKey) Public() crypto.PublicKey { return k.key.Public() }

func (k remoteKey) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.key.Sign(r, digest, opts)
}

func TestRemoteKeySignsTheSame(t *testing.T) {
	t.Parallel()
	local := testSigner(t)
	remote, err := NewSigner("TestMerchant", remoteKey{testKey(t)})
	require.NoError(t, err)
	one, err := local.signAt(http.MethodPost, "https://gateway.example/x", formOf("a", "b"), "n", "1")
	require.NoError(t, err)
	other, err := remote.signAt(http.MethodPost, "https://gateway.example/x", formOf("a", "b"), "n", "1")
	require.NoError(t, err)
	require.Equal(t, one.authorization, other.authorization)
}

// TestKeyIsCopied checks that the caller's key is not changed, and is not needed afterwards.
func TestKeyIsCopied(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	bare := &rsa.PrivateKey{PublicKey: key.PublicKey, D: key.D, Primes: key.Primes}
	own, fault := usableKey(bare)
	require.Empty(t, fault)
	require.Nil(t, bare.Precomputed.Dp, "Precompute on the caller's key is a data race")
	require.NotNil(t, own.(*rsa.PrivateKey).Precomputed.Dp)
	require.NotSame(t, bare, own)
}

func TestNewSignerRefuses(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for _, test := range []struct {
		key  crypto.Signer
		says string
	}{
		{nil, "PrivateKey is required"},
		{(*rsa.PrivateKey)(nil), "PrivateKey is empty"},
		{(*ecdsa.PrivateKey)(nil), "PrivateKey is empty"},
		{ed25519.PrivateKey(nil), "PrivateKey is empty"},
		{&rsa.PrivateKey{}, "PrivateKey is empty"},
		{small, "has 1024 bits"},
		{remoteKey{small}, "has 1024 bits"},
		{elliptic, "is not an RSA key but *ecdsa.PublicKey"},
		{signerFunc(nil), "PrivateKey is empty"},
		{signerFunc(func([]byte) ([]byte, error) { return nil, nil }), "is not an RSA key but <nil>"},
	} {
		_, err := NewSigner("login", test.key)
		require.ErrorContains(t, err, test.says, fmt.Sprintf("%T", test.key))
	}
	_, err = NewSigner(" ", testKey(t))
	require.ErrorContains(t, err, "Login begins with U+0020 (space)")
}
