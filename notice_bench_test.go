package payneteasy

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkParseCallback reads a callback as it is usual, and those of the size limit.
func BenchmarkParseCallback(b *testing.B) {
	client := testClient(b)
	bodies := largeNotices(b, client)
	bodies["usual"] = "status=approved&merchant_order=a&client_orderid=a&orderid=1&type=payout&amount=10.42&currency=USD&descriptor=Test+gate&control=" +
		control(client.config.ControlKey, "approved", "1", "a")
	for name, body := range bodies {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if _, err := client.ParseCallback(r); err != nil && !strings.HasSuffix(name, "without end") {
					b.Fatal(err)
				}
			}
		})
	}
}
