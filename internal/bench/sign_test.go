package bench

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkSign is all of signing except RSA, from names and values to body and Authorization header.
func BenchmarkSign(b *testing.B) {
	for _, size := range []struct {
		name string
		form url.Values
	}{
		{"8", form8(b)},
		{"40", form40(b)},
	} {
		b.Run("params="+size.name, func(b *testing.B) {
			b.Run("payneteasy", func(b *testing.B) { benchmarkOurs(b, size.form) })
			b.Run("dghubble", func(b *testing.B) {
				benchmarkPeer(b, newDghubble(stubMethod{}, &noNetwork{}), size.form)
			})
			b.Run("mrjones-hmac", func(b *testing.B) {
				benchmarkPeer(b, newMrjones(b, &noNetwork{}), size.form)
			})
			// The part of a peer's figure that is the cost of net/url and net/http.
			b.Run("request-alone", func(b *testing.B) { benchmarkPeer(b, &noNetwork{}, size.form) })
		})
	}
}

func benchmarkOurs(b *testing.B, form url.Values) {
	signer := newSigner(b, &stubKey{public: &newKey(b).PublicKey})
	b.ReportAllocs()
	for b.Loop() {
		body, authorization, err := signer.Sign(http.MethodPost, payoutURL, form)
		if err != nil {
			b.Fatal(err)
		}
		if len(body) == 0 || authorization == "" {
			b.Fatal("nothing was signed")
		}
	}
}

func benchmarkPeer(b *testing.B, peer http.RoundTripper, form url.Values) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := post(form)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := peer.RoundTrip(r); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPeersSignTheSame shows that the benchmark compares the same work. With the nonce and the timestamp of
// dghubble/oauth1 we sign the same string. dghubble/oauth1 adds an empty oauth_token, which this platform does not
// expect.
func TestPeersSignTheSame(t *testing.T) {
	t.Parallel()
	for _, form := range []url.Values{form8(t), form40(t)} {
		var base string
		network := &noNetwork{}
		r, err := post(form)
		if err != nil {
			t.Fatal(err)
		}
		peer := newDghubble(stubMethod{see: func(s string) { base = s }}, network)
		if _, err := peer.RoundTrip(r); err != nil {
			t.Fatal(err)
		}
		oauth := header(network.last.Header.Get("Authorization"))
		seconds, err := strconv.ParseInt(oauth["oauth_timestamp"], 10, 64)
		if err != nil {
			t.Fatal(err)
		}

		var digest []byte
		signer := newSigner(t, &stubKey{public: &newKey(t).PublicKey, see: func(d []byte) { digest = d }})
		signer.Clock = func() time.Time { return time.Unix(seconds, 0) }
		signer.Nonce = func() string { return oauth["oauth_nonce"] }
		_, authorization, err := signer.Sign(http.MethodPost, payoutURL, form)
		if err != nil {
			t.Fatal(err)
		}
		want := sha256.Sum256([]byte(strings.Replace(base, "%26oauth_token%3D%26", "%26", 1)))
		if string(digest) != string(want[:]) {
			t.Error("the signed strings differ")
		}
		if got := header(authorization)["oauth_signature"]; got != oauth["oauth_signature"] {
			t.Error("the signatures in the headers differ")
		}
	}
}

// TestMrjonesSigns shows that the third signer does the same work.
func TestMrjonesSigns(t *testing.T) {
	t.Parallel()
	network := &noNetwork{}
	r, err := post(form40(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newMrjones(t, network).RoundTrip(r); err != nil {
		t.Fatal(err)
	}
	oauth := header(network.last.Header.Get("Authorization"))
	if oauth["oauth_signature_method"] != "HMAC-SHA256" || oauth["oauth_signature"] == "" {
		t.Errorf("the header has %v", oauth)
	}
}

// header reads an Authorization header of OAuth and decodes its values.
func header(value string) map[string]string {
	fields := map[string]string{}
	for pair := range strings.SplitSeq(strings.TrimPrefix(value, "OAuth "), ",") {
		name, quoted, _ := strings.Cut(strings.TrimSpace(pair), "=")
		text, err := url.QueryUnescape(strings.Trim(quoted, `"`))
		if err != nil {
			return nil
		}
		fields[name] = text
	}
	return fields
}
