package payneteasy_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestParseRedirect checks a redirect by POST, as documented, and by GET. error_message may be empty or the word null.
func TestParseRedirect(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	for message, want := range map[string]string{
		"Declined by the bank": "Declined by the bank", "null": "", "": "",
		"card 4444555566661111": "card [redacted]",
	} {
		form := callbackForm("status", "declined", "type", "", "error_message", message)
		for _, r := range []*http.Request{callbackPOST("", form.Encode()), callbackGET(form.Encode())} {
			d, err := client.ParseRedirect(r)
			require.NoError(t, err)
			require.Equal(t, payneteasy.StatusDeclined, d.Status)
			require.Equal(t, "payout-0001", d.ClientOrderID)
			require.Equal(t, "6982864", d.OrderID)
			require.Equal(t, want, d.ErrorMessage)
			require.Equal(t, "10.42", d.Fields.Get("amount"))
			require.NotContains(t, maps.Collect(d.Fields.All()), "control")
			require.Equal(t, `payneteasy.Redirect("payout-0001" order 6982864: declined)`, fmt.Sprint(d))
		}
	}
}

// TestRedirectHandler checks over HTTP that the browser is redirected with 303, so that it sends a GET with its cookie.
func TestRedirectHandler(t *testing.T) {
	t.Parallel()
	page := func(_ *http.Request, claimed *payneteasy.Redirect) string {
		if claimed.ClientOrderID == "payout-0009" {
			return ""
		}
		return "/result?order=" + url.QueryEscape(claimed.ClientOrderID)
	}
	server := httptest.NewServer(receiver(t).RedirectHandler(page))
	defer server.Close()
	browser := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for name, test := range map[string]struct {
		form     url.Values
		status   int
		location string
	}{
		"a true one": {callbackForm(), 303, "/result?order=payout-0001"},
		"an id to escape": {
			callbackForm("client_orderid", "a&b=1#", "merchant_order", ""), 303,
			"/result?order=a%26b%3D1%23",
		},
		"an order not ours":  {callbackForm("client_orderid", "payout-0009", "merchant_order", ""), 400, ""},
		"a forged one":       {callbackForm("control", "x"), 403, ""},
		"one without status": {callbackForm("status", ""), 400, ""},
	} {
		resp, err := browser.PostForm(server.URL, test.form)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, test.status, resp.StatusCode, name)
		require.Equal(t, test.location, resp.Header.Get("Location"), name)
		require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	}
	for location, status := range map[string]int{
		"/": 303, "/a?b=c": 303, "https://merchant.example/": 303, "http://localhost/": 303,
		"": 400, "//evil.example": 400, `/\evil.example`: 400, "javascript:alert(1)": 400, "a": 400, "https:evil": 400,
		"/a\r\nb": 400,
	} {
		handler := receiver(t).RedirectHandler(func(*http.Request, *payneteasy.Redirect) string { return location })
		require.Equal(t, status, served(handler, callbackPOST("", callbackForm().Encode())), location)
	}
	require.PanicsWithValue(t, "payneteasy: RedirectHandler: page is nil", func() { receiver(t).RedirectHandler(nil) })
}
