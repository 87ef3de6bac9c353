package payneteasy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestFieldsThatIdentifyNothing checks that fields which identify nothing are taken unchanged, in a GET, a POST and a
// redirect. Such a field never makes a callback with a matching control invalid.
func TestFieldsThatIdentifyNothing(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	good := callbackForm().Encode()
	for name, test := range map[string]struct{ more, parameter, value string }{
		"windows-1251":              {"name=%C8%E2%E0%ED", "name", "\xc8\xe2\xe0\xed"},
		"raw windows-1251":          {"comment=\xc8\xe2\xe0\xed", "comment", "\xc8\xe2\xe0\xed"},
		"KOI8-R":                    {"error_message=%EF%D4%CB%C1%DA", "error_message", "\xef\xd4\xcb\xc1\xda"},
		"Shift JIS":                 {"card-holder-name=%83e%83X", "card-holder-name", "\x83e\x83X"},
		"a cut UTF-8 sequence":      {"descriptor=%D0%98%D0", "descriptor", "И\xd0"},
		"a surrogate":               {"email=%ED%A0%80", "email", "\xed\xa0\x80"},
		"NUL":                       {"name=a%00b", "name", "a\x00b"},
		"a broken escape":           {"name=%zz", "name", "%zz"},
		"an escape that is cut":     {"phone=%2", "phone", "%2"},
		"one percent sign":          {"comment=5% off", "comment", "5% off"},
		"twice":                     {"name=Jane&name=John", "name", "Jane"},
		"twice, the same":           {"bin=1&bin=1", "bin", "1"},
		"two spellings":             {"processor-rrn=1&processor_rrn=2", "processor-rrn", "1"},
		"two amounts":               {"amount=99.00", "amount", "10.42"},
		"two types":                 {"type=chargeback", "type", "payout"},
		"an empty name":             {"=1", "", "1"},
		"no name and no value":      {"=", "", ""},
		"a name that is not UTF-8":  {"%ff=1", "\xff", "1"},
		"a name with NUL":           {"a%00=1", "a\x00", "1"},
		"a name that is broken":     {"%zz=1", "%zz", "1"},
		"a name of the merchant's":  {"tag=a&tag=b", "tag", "a"},
		"nearly an identifying one": {"Status=declined", "Status", "declined"},
		"a semicolon":               {"a;status=declined", "a;status", "declined"},
		"a very long value": {
			"merchantdata=" + strings.Repeat("x", 900<<10), "merchantdata",
			strings.Repeat("x", 900<<10),
		},
		"a line break within": {"name=a%0Ab", "name", "a\nb"},
	} {
		for kind, r := range map[string]*http.Request{
			"GET": callbackRaw(good + "&" + test.more), "POST": callbackPOST("", good+"&"+test.more),
			"both": callbackPOST("shop=7", good+"&"+test.more),
		} {
			cb, err := client.ParseCallback(r)
			require.NoError(t, err, "%s %s", name, kind)
			require.Contains(t, maps.Collect(cb.Fields.All()), test.parameter, name)
			require.Equal(t, test.value, cb.Fields.Get(test.parameter), "%s %s", name, kind)
			require.Equal(t, "payout-0001", cb.ClientOrderID)
			require.Equal(t, name == "two amounts", cb.Amount.IsZero(), name)
			_ = fmt.Sprint(cb)
		}
		d, err := client.ParseRedirect(callbackPOST("", good+"&"+test.more))
		require.NoError(t, err, name)
		require.Equal(t, test.value, d.Fields.Get(test.parameter), name)
	}
	cb, err := client.ParseCallback(callbackRaw("name=%C8&" + good))
	require.NoError(t, err)
	require.Equal(t, "\xc8", cb.Name)
}

// callbackRaw returns a GET request with a query that a URL may not have.
func callbackRaw(query string) *http.Request {
	r := callbackGET("")
	r.URL.RawQuery = query
	return r
}

// TestCallbackLineBreaks checks that a form may have an LF after each value, as the gateway's own replies do.
func TestCallbackLineBreaks(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	good := callbackForm().Encode()
	for name, form := range map[string]string{
		"LF at the end":         good + "\n",
		"CRLF at the end":       good + "\r\n",
		"several":               good + "\r\n\r\n",
		"LF after each value":   strings.ReplaceAll(good, "&", "\n&") + "\n",
		"CRLF after each value": strings.ReplaceAll(good, "&", "\r\n&") + "\r\n",
		"no LF at the end":      strings.ReplaceAll(good, "&", "\n&"),
		"LF before each name":   "\n" + strings.ReplaceAll(good, "&", "&\n"),
		"a line of its own":     good + "&\n",
	} {
		for kind, r := range map[string]*http.Request{
			"POST": callbackPOST("", form), "GET": callbackRaw(form),
			"a byte order mark": callbackPOST("", "\ufeff"+form),
		} {
			cb, err := client.ParseCallback(r)
			require.NoError(t, err, "%s %s", name, kind)
			require.Equal(t, payneteasy.StatusApproved, cb.Status)
			require.Equal(t, "6982864", cb.OrderID)
			require.Equal(t, "10.42", cb.AmountText, "%s %s", name, kind)
			require.Equal(t, "10.42 USD", cb.Amount.String())
		}
		_, err := client.ParseRedirect(callbackPOST("", form))
		require.NoError(t, err, name)
	}
	// An encoded line break belongs to the value.
	form := callbackForm("status", "approved\n")
	cb, err := client.ParseCallback(callbackPOST("", form.Encode()))
	require.NoError(t, err)
	require.Equal(t, "approved\n", cb.Fields.Get("status"))
	_, err = client.ParseCallback(
		callbackPOST("", callbackForm("status", "approved\n", "control", callbackForm().Get("control")).Encode()))
	require.ErrorIs(t, err, payneteasy.ErrForged)
}

// TestCallbackContentEncodings checks that the encoding "identity" means no encoding.
func TestCallbackContentEncodings(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	for _, test := range []struct {
		encodings []string
		read      bool
	}{
		{[]string{"identity"}, true},
		{[]string{"IDENTITY"}, true},
		{[]string{"identity, Identity"}, true},
		{[]string{"identity", " identity "}, true},
		{[]string{""}, true},
		{[]string{"identity,"}, true},
		{[]string{"gzip"}, false},
		{[]string{"identity, gzip"}, false},
		{[]string{"identity", "br"}, false},
		{[]string{"identity;q=1"}, false},
		{[]string{"aes128gcm"}, false},
	} {
		r := callbackPOST("", callbackForm().Encode())
		r.Header["Content-Encoding"] = test.encodings
		_, err := client.ParseCallback(r)
		if test.read {
			require.NoError(t, err, test.encodings)
			continue
		}
		require.EqualError(t, err,
			"payneteasy: callback: its body is encoded (Content-Encoding): it must be sent plain", test.encodings)
		var refused *payneteasy.CallbackError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, http.StatusUnsupportedMediaType, refused.HTTPStatus)
	}
}

// TestCallbackContentTypes checks that a repeated or broken parameter of Content-Type does not change the media type.
func TestCallbackContentTypes(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	for contentType, read := range map[string]bool{
		"application/x-www-form-urlencoded":                               true,
		"application/x-www-form-urlencoded; charset=utf-8; charset=UTF-8": true,
		"Application/X-WWW-Form-urlencoded ;charset":                      true,
		"application/x-www-form-urlencoded;;":                             true,
		"multipart/form-data; boundary=x":                                 false,
		"application/json":                                                false,
		"":                                                                false,
	} {
		r := callbackPOST("", callbackForm().Encode())
		r.Header.Set("Content-Type", contentType)
		_, err := client.ParseCallback(r)
		require.Equal(t, read, err == nil, "%s: %v", contentType, err)
	}
}

// TestCallbackBodyReadBefore checks callbacks behind middleware that has read the body. A form that middleware has
// parsed is checked as strictly as a body. If the body is lost, the error says so.
func TestCallbackBodyReadBefore(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	good := callbackForm().Encode()
	parse := func(r *http.Request) { _ = r.ParseForm() }
	const swallowed = "the body was read before the handler: parse it with Request.ParseForm, or put a copy back " +
		"into Request.Body"
	for name, test := range map[string]struct {
		query, body string
		middleware  func(*http.Request)
		refused     string
	}{
		"parsed":                    {"shop=7", good, parse, ""},
		"parsed, with line breaks":  {"", strings.ReplaceAll(good, "&", "\n&") + "\n", parse, ""},
		"parsed, and closed":        {"", good, func(r *http.Request) { parse(r); r.Body = closedBody{} }, ""},
		"parsed, with broken parts": {"", good + "&name=%zz&name=%C8", parse, ""},
		"only the form is left":     {"shop=7", good, func(r *http.Request) { parse(r); r.PostForm = nil }, ""},
		"put back": {
			"", good,
			func(r *http.Request) { parse(r); r.Body = io.NopCloser(strings.NewReader(good)) }, "",
		},
		"two statuses":         {"", good + "&status=declined", parse, "status came twice with different values"},
		"another in the query": {"orderid=1", good, parse, "orderid came twice with different values"},
		"two spellings": {
			"", good + "&client-orderid=1", parse,
			"client_orderid came twice with different values",
		},
		"forged":                {"", callbackForm("control", "x").Encode(), parse, "the control does not match"},
		"201 parameters":        {"", good + strings.Repeat("&a=b", 193), parse, "it has more than 200 parameters"},
		"too large":             {"", good + "&a=" + strings.Repeat("x", 1<<20), parse, "it is larger than 1024 KiB"},
		"swallowed":             {"shop=7", good, func(r *http.Request) { _, _ = io.ReadAll(r.Body) }, swallowed},
		"swallowed, and closed": {"", good, func(r *http.Request) { r.Body = closedBody{} }, swallowed},
		"replaced":              {"", good, func(r *http.Request) { r.Body = http.NoBody }, swallowed},
		"swallowed in part": {
			"", good, func(r *http.Request) { _, _ = io.ReadFull(r.Body, make([]byte, 20)) },
			swallowed,
		},
		"swallowed, not needed": {good, "a=b", func(r *http.Request) { _, _ = io.ReadAll(r.Body) }, ""},
	} {
		r := callbackPOST(test.query, test.body)
		test.middleware(r)
		cb, err := client.ParseCallback(r)
		if test.refused == "" {
			require.NoError(t, err, name)
			require.Equal(t, "10.42 USD", cb.Amount.String(), name)
			require.Equal(t, test.query == "shop=7", cb.Fields.Get("shop") == "7", name)
			continue
		}
		require.EqualError(t, err, "payneteasy: callback: "+test.refused, name)
	}
}

// closedBody is a body that was read to its end and closed.
type closedBody struct{}

func (closedBody) Read([]byte) (int, error) { return 0, http.ErrBodyReadAfterClose }
func (closedBody) Close() error             { return nil }

// TestCallbackBodyOverHTTP tests a handler behind middleware that parses the form, on a real server.
func TestCallbackBodyOverHTTP(t *testing.T) {
	t.Parallel()
	for name, middleware := range map[string]func(*http.Request){
		"parsed":            func(r *http.Request) { _ = r.ParseForm() },
		"a value asked for": func(r *http.Request) { _ = r.FormValue("status") }, "none": func(*http.Request) {},
	} {
		gateway := receiver(t)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			middleware(r)
			gateway.RedirectHandler(func(*http.Request, *payneteasy.Redirect) string { return "/" }).ServeHTTP(w, r)
		}))
		browser := &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		resp, err := browser.Post(server.URL, "application/x-www-form-urlencoded",
			strings.NewReader(callbackForm().Encode()+"\n"))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusSeeOther, resp.StatusCode, name)
		server.Close()
	}
}

// TestCallbackSlowBody checks that the request's context stops the read of a body whose sender sends nothing.
func TestCallbackSlowBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := receiver(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		silent, sender := io.Pipe()
		go func() { _, _ = io.WriteString(sender, "status=approved&") }()
		r := callbackPOST("", callbackForm().Encode()).WithContext(ctx)
		r.Body = silent
		began := time.Now()
		_, err := client.ParseCallback(r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, time.Since(began), 2*time.Minute)
		var refused *payneteasy.CallbackError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, http.StatusBadRequest, refused.HTTPStatus)
		synctest.Wait()
		_, err = sender.Write([]byte("more"))
		require.True(t, errors.Is(err, io.ErrClosedPipe), "no one reads on")
	})
}

// TestCallbackURLLimits checks that the callback of each valid payout is within the limits for callbacks.
func TestCallbackURLLimits(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	const site = "https://a.example/"
	for name, change := range map[string]func(*payneteasy.PayoutRequest){
		"Cyrillic letters":     func(r *payneteasy.PayoutRequest) { r.MerchantData = strings.Repeat("я", 64<<10) },
		"four-byte characters": func(r *payneteasy.PayoutRequest) { r.MerchantData = strings.Repeat("🦜", 64<<10) },
		"control characters": func(
			r *payneteasy.PayoutRequest,
		) {
			r.MerchantData = "a" + strings.Repeat("\x01", 64<<10-2) + "a"
		},
		"own parameters twice": func(
			r *payneteasy.PayoutRequest,
		) {
			r.CallbackURL = site + "?tag=a&tag=b&TAG=c&=d&=e"
		},
		"many own parameters": func(
			r *payneteasy.PayoutRequest,
		) {
			r.CallbackURL = site + "?" + strings.Repeat("a&", 54)
		},
		"own broken parameters": func(
			r *payneteasy.PayoutRequest,
		) {
			r.CallbackURL = site + "?a=%zz&%zz=b&%00=%ff&a;b=c"
		},
	} {
		req := request(t)
		change(req)
		require.NoError(t, client.Validate(req), name)
		_, own, _ := strings.Cut(req.CallbackURL, "?")
		escaped := callbackForm().Encode() + "&merchantdata=" + escapeAll(req.MerchantData)
		for _, r := range []*http.Request{callbackRaw(own + "&" + escaped), callbackPOST(own, escaped)} {
			cb, err := client.ParseCallback(r)
			require.NoError(t, err, name)
			require.Equal(t, req.MerchantData, cb.MerchantData, name)
		}
	}
	for _, query := range []string{
		"status=%zz", "client%2Dorderid=1", "orderid=1;a", "control", "%73tatus=1",
		"merchant-order",
	} {
		req := request(t)
		req.CallbackURL = site + "?" + query
		require.ErrorContains(t, client.Validate(req), "has a parameter in its query that the gateway adds too", query)
	}
	form := &payneteasy.PayoutRequest{ClientOrderID: "a", Amount: request(t).Amount, CallbackURL: site + "?" +
		strings.Repeat("&", 151)}
	_, err := client.PayoutForm(t.Context(), form)
	require.ErrorContains(t, err, "server_callback_url has more than 150 parameters in its query")
}

// escapeAll escapes every byte.
func escapeAll(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte('%')
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}
