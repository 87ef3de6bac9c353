package bench

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dghubble/oauth1"
	mrjones "github.com/mrjones/oauth"

	"github.com/payneteasy-go/payneteasy"
)

// signature is what every key here signs with when RSA is left out: as long as that of a 2048-bit key.
var signature = bytes.Repeat([]byte{0xa7}, 256)

// stubKey is an RSA key that signs without RSA. See, if set, gets each digest.
type stubKey struct {
	public *rsa.PublicKey
	see    func(digest []byte)
}

func (k *stubKey) Public() crypto.PublicKey { return k.public }

func (k *stubKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	if k.see != nil {
		k.see(digest)
	}
	return signature, nil
}

func newKey(tb testing.TB) *rsa.PrivateKey {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func newSigner(tb testing.TB, key crypto.Signer) *payneteasy.Signer {
	tb.Helper()
	signer, err := payneteasy.NewSigner(login, key)
	if err != nil {
		tb.Fatal(err)
	}
	return signer
}

// stubMethod is RSA-SHA256 for dghubble/oauth1, which has only RSA-SHA1: its RSASigner with the other hash, and with
// RSA left out. See, if set, gets each signature base string.
type stubMethod struct{ see func(base string) }

func (stubMethod) Name() string { return "RSA-SHA256" }

func (m stubMethod) Sign(_, base string) (string, error) {
	if m.see != nil {
		m.see(base)
	}
	digest := sha256.Sum256([]byte(base))
	sink = digest[0]
	return base64.StdEncoding.EncodeToString(signature), nil
}

// sink keeps the hash from being optimised away.
var sink byte

// noNetwork is the transport below a peer: it takes the signed request and answers at once, always the same.
type noNetwork struct{ last *http.Request }

var okResponse = &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}

func (n *noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.last = r
	return okResponse, nil
}

// newDghubble is the RoundTripper within the http.Client of dghubble/oauth1: all its work is there, and calling it
// directly spares the peer what http.Client.Do costs.
func newDghubble(method oauth1.Signer, network http.RoundTripper) http.RoundTripper {
	ctx := context.WithValue(context.Background(), oauth1.HTTPClient, &http.Client{Transport: network})
	config := &oauth1.Config{ConsumerKey: login, Signer: method}
	return config.Client(ctx, oauth1.NewToken("", "")).Transport
}

// newMrjones is the RoundTripper of mrjones/oauth. Its signer cannot be replaced and wants an *rsa.PrivateKey, so
// without RSA the nearest is HMAC-SHA256: the same hash over the same string, a signature of 32 bytes instead of 256.
func newMrjones(tb testing.TB, network http.RoundTripper) http.RoundTripper {
	tb.Helper()
	consumer := mrjones.NewCustomConsumer(login, "secret", crypto.SHA256, mrjones.ServiceProvider{}, nil)
	consumer.HttpClient = doer{network}
	client, err := consumer.MakeHttpClient(&mrjones.AccessToken{})
	if err != nil {
		tb.Fatal(err)
	}
	return client.Transport
}

// doer lets mrjones/oauth, which wants an http.Client below it, go without one as well.
type doer struct{ http.RoundTripper }

func (d doer) Do(r *http.Request) (*http.Response, error) { return d.RoundTrip(r) }

// post encodes the form and makes the request that a peer signs: that is how a peer takes its parameters.
func post(form url.Values) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, payoutURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r, nil
}
