package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
)

func TestKeygen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "merchant.pem")
	r := call(t, nil, "", "keygen", path)
	require.Zero(t, r.status, r.stderr)
	require.Contains(t, r.stderr, "4096 bits")
	checkPair(t, path, r.stdout, 4096)

	written, err := os.ReadFile(path)
	require.NoError(t, err)
	again := call(t, nil, "", "keygen", "--bits", "2048", path)
	require.Equal(t, exit.Usage, again.status)
	require.Contains(t, again.stderr, "is not overwritten")
	require.Empty(t, again.stdout)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, written, after)

	path = filepath.Join(t.TempDir(), "other.pem")
	r = call(t, nil, "", "keygen", "--bits", "2048", "-o", "json", path)
	var got keygenOutput
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
	require.Equal(t, path, got.PrivateKeyFile)
	require.Equal(t, 2048, got.Bits)
	checkPair(t, path, got.PublicKey, 2048)
}

func TestKeygenNowhere(t *testing.T) {
	t.Parallel()
	r := call(t, nil, "", "keygen", "--bits", "2048", filepath.Join(t.TempDir(), "no", "such", "directory.pem"))
	require.Equal(t, exit.Usage, r.status)
	require.Contains(t, r.stderr, "cannot write the private key: there is no directory")
	require.Empty(t, r.stdout)
}

// TestKeygenDanglingLink checks that a key is not written through a dangling link.
func TestKeygenDanglingLink(t *testing.T) {
	t.Parallel()
	onUnix(t)
	dir := t.TempDir()
	link := filepath.Join(dir, "link.pem")
	require.NoError(t, os.Symlink(filepath.Join(dir, "target.pem"), link))
	require.Equal(t, exit.Usage, call(t, nil, "", "keygen", "--bits", "2048", link).status)
	require.Error(t, writeNew(link, []byte("x")))
	require.NoFileExists(t, filepath.Join(dir, "target.pem"))
}

func checkPair(t *testing.T, path, publicPEM string, bits int) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	private, err := payneteasy.ParsePrivateKey(content)
	require.NoError(t, err)
	require.Equal(t, bits, private.N.BitLen())
	block, rest := pem.Decode([]byte(publicPEM))
	require.NotNil(t, block)
	require.Empty(t, rest)
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	require.NoError(t, err)
	require.True(t, private.PublicKey.Equal(public))
	info, err := os.Stat(path)
	require.NoError(t, err)
	if filepath.Separator == '/' {
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
}
