package payneteasy

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// largeNotices returns bodies of the maximal size or with the maximal number of parameters. Each has a shape that a
// slow parser would read several times.
func largeNotices(t testing.TB, client *Client) map[string]string {
	t.Helper()
	good := "status=approved&orderid=1&client_orderid=a&control=" +
		control(client.config.ControlKey, "approved", "1", "a")
	fill := func(unit string, times int) string {
		times = min(times, (maxNotice-len(good))/len(unit))
		return good + strings.Repeat(unit, times)
	}
	const many = maxParameters - 4
	return map[string]string{
		"one value":                 good + "&merchantdata=" + strings.Repeat("x", maxNotice-len(good)-14),
		"one escaped value":         good + "&merchantdata=" + strings.Repeat("%D1%8F", (maxNotice-len(good)-14)/6),
		"one broken value":          good + "&merchantdata=" + strings.Repeat("%zz", (maxNotice-len(good)-14)/3),
		"one name":                  good + "&" + strings.Repeat("a_b-", (maxNotice-len(good)-1)/4),
		"long names that are alike": fill("&"+strings.Repeat("a", 5000)+"=1", many),
		"one name again and again":  fill("&name="+strings.Repeat("a", 5000), many),
		"spellings":                 fill("&a_-_-=1&a-_-_=2", many/2),
		"the same id":               fill("&client-orderid=a&merchant_order=a", many/2),
		"line breaks":               good + strings.Repeat("\r\n", (maxNotice-len(good))/2),
		"parameters without end":    fill("&", maxNotice),
		"pairs without end":         fill("&a=b", maxNotice),
	}
}

// TestNoticeCost checks that the work is at most linear in the size. Each parameter is read once, and none is read if
// there are too many.
func TestNoticeCost(t *testing.T) {
	t.Parallel()
	client := testClient(t)
	for name, body := range largeNotices(t, client) {
		require.LessOrEqual(t, len(body), maxNotice, name)
		post := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		get := httptest.NewRequest(http.MethodGet, "/", nil)
		get.URL.RawQuery = body
		parsed := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
		parsed.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		parsed.ContentLength = int64(len(body))
		parsed.PostForm, _ = url.ParseQuery(body)
		for kind, r := range map[string]*http.Request{"POST": post, "GET": get, "parsed": parsed} {
			n := notice{values: map[string]string{}}
			refused := n.read(r)
			require.LessOrEqual(t, n.visits, min(maxParameters, strings.Count(body, "&")+1), "%s %s", name, kind)
			if strings.HasSuffix(name, "without end") {
				require.True(t, kind == "parsed" || refused != nil, "%s %s", name, kind) // net/url has its own limit
				continue
			}
			require.Nil(t, refused, "%s %s", name, kind)
		}
	}
}

// BenchmarkParseCallback parses a usual callback, and callbacks of the maximal size.
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
