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

// signature is the fixed signature of the stub keys. It is as long as that of a 2048-bit key.
var signature = bytes.Repeat([]byte{0xa7}, 256)

// stubKey is an RSA key that signs without RSA. See, if not nil, gets each digest.
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

// stubMethod is RSA-SHA256 for dghubble/oauth1, which has only RSA-SHA1. It is the RSASigner of dghubble/oauth1 with
// another hash and without RSA. See, if not nil, gets each signature base string.
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

// noNetwork is the transport below a peer. It answers each signed request at once with the same reply.
type noNetwork struct{ last *http.Request }

var okResponse = &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}

func (n *noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.last = r
	return okResponse, nil
}

// newDghubble is the RoundTripper in the http.Client of dghubble/oauth1, which does all the work. Calling it directly
// saves the peer the cost of http.Client.Do.
func newDghubble(method oauth1.Signer, network http.RoundTripper) http.RoundTripper {
	ctx := context.WithValue(context.Background(), oauth1.HTTPClient, &http.Client{Transport: network})
	config := &oauth1.Config{ConsumerKey: login, Signer: method}
	return config.Client(ctx, oauth1.NewToken("", "")).Transport
}

// newMrjones is the RoundTripper of mrjones/oauth. Its signer cannot be replaced and needs an *rsa.PrivateKey. Without
// RSA the closest method is HMAC-SHA256. It uses the same hash over the same string, and its signature has 32 bytes,
// not 256.
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

// doer saves mrjones/oauth its http.Client, too.
type doer struct{ http.RoundTripper }

func (d doer) Do(r *http.Request) (*http.Response, error) { return d.RoundTrip(r) }

// post encodes the form and makes the request that a peer signs. Peers take their parameters from it.
func post(form url.Values) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, payoutURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r, nil
}
