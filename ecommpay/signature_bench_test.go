package ecommpay

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// callback4KB returns a callback of 4 KB, in the basic format with its operations.
func callback4KB(b *testing.B) []byte {
	b.Helper()
	operation := `{"id":5028800010128225,"type":"payout","status":"success","date":"2023-03-10T12:26:17+0000","sum_initial":{"amount":5200,"currency":"EUR"},` +
		`"provider":{"id":6,"payment_id":"16784511766816","auth_code":"563253"},"code":"0","message":"Success"}`
	text := `{"project_id":91348,"payment":{"id":"p1","status":"success"},"operations":[` +
		operation + strings.Repeat(","+operation, 15) + `]}`
	signed := []byte(signed(b, text))
	if len(signed) < 4000 || len(signed) > 4500 {
		b.Fatal(len(signed))
	}
	return signed
}

func BenchmarkSign(b *testing.B) {
	message, s := callback4KB(b), signer(b, "secret")
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Sign(message); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	message, s := callback4KB(b), signer(b, "secret")
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Verify(message); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseCallback reads a usual callback, and callbacks of the maximum size.
func BenchmarkParseCallback(b *testing.B) {
	client := testClient(b, "")
	messages := map[string][]byte{"usual": callback4KB(b)}
	for name, text := range largeMessages() {
		if messages[name] = resign([]byte(text)); string(messages[name]) == text { // too large to sign
			messages[name] = []byte(`{"signature":"x",` + text[1:])
		}
	}
	for name, message := range messages {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(message)))
			b.ReportAllocs()
			for b.Loop() {
				_, err := client.ParseCallback(httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(message)))
				if err != nil && !errors.Is(err, ErrMalformed) {
					b.Fatal(err)
				}
			}
		})
	}
}
