package bench

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"slices"
	"testing"
	"time"
)

// BenchmarkWholeSignature compares Signer.Sign with a real key to rsa.SignPKCS1v15 alone. The two take turns in one
// loop, so that other load on the machine affects both. The figures are medians of single calls.
func BenchmarkWholeSignature(b *testing.B) {
	key := newKey(b)
	signer := newSigner(b, key)
	form := form8(b)
	digest := sha256.Sum256([]byte("any"))
	var raw, whole []time.Duration

	signRaw := func() {
		began := time.Now()
		_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		raw = append(raw, time.Since(began))
		if err != nil {
			b.Fatal(err)
		}
	}
	signWhole := func() {
		began := time.Now()
		_, _, err := signer.Sign(http.MethodPost, payoutURL, form)
		whole = append(whole, time.Since(began))
		if err != nil {
			b.Fatal(err)
		}
	}
	for turn := 0; b.Loop(); turn++ {
		if turn%2 == 0 {
			signRaw()
			signWhole()
		} else {
			signWhole()
			signRaw()
		}
	}
	b.ReportMetric(per(median(raw), time.Microsecond), "raw-µs")
	b.ReportMetric(per(median(whole), time.Microsecond), "whole-µs")
	b.ReportMetric(per(median(whole), median(raw)), "whole/raw")
	b.ReportMetric(0, "ns/op") // both together mean nothing
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// per is n per d, in the type that b.ReportMetric needs.
func per[N, D ~int64](n N, d D) float64 { //nolint:forbidigo // b.ReportMetric's
	return float64(n) / float64(d) //nolint:forbidigo // as above
}
