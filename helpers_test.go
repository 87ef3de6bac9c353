package payneteasy

import (
	"crypto"
	"crypto/rsa"
	"io"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// testKey returns the test key of the vectors.
func testKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := ParsePrivateKey([]byte(readVectors[protocolVectors](t, "protocol.json").Derived.PKCS8))
	require.NoError(t, err)
	return key
}

func testSigner(t testing.TB) *Signer {
	t.Helper()
	s, err := NewSigner("TestMerchant", testKey(t))
	require.NoError(t, err)
	return s
}

// testClient returns a client for a gateway that these tests never call.
func testClient(t testing.TB, change ...func(*Config)) *Client {
	t.Helper()
	config := Config{
		BaseURL: ConnPaySandbox, Endpoint: EndpointID(39915), Login: "TestMerchant",
		PrivateKey: testKey(t), ControlKey: NewSecret("test-merchant-control"),
	}
	for _, c := range change {
		c(&config)
	}
	client, err := NewClient(config)
	require.NoError(t, err)
	return client
}

func mustAmount(t testing.TB, text, currency string) Amount {
	t.Helper()
	amount, err := ParseAmount(text, currency)
	require.NoError(t, err)
	return amount
}

// signerFunc is a key outside this process.
type signerFunc func(digest []byte) ([]byte, error)

func (signerFunc) Public() crypto.PublicKey { return nil }

func (f signerFunc) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return f(digest)
}

func sortPairs(pairs [][2]string) {
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
}

func formOf(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}
