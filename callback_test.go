package payneteasy_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// callbackTable lists the documented parameters, also those that were seen only in redirects, and the fields for their
// values.
var callbackTable = []struct{ name, value, field string }{
	{"status", "approved", "Status"},
	{"client_orderid", "payout-0001", "ClientOrderID"},
	{"merchant_order", "payout-0001", "ClientOrderID"},
	{"orderid", "6982864", "OrderID"},
	{"type", "chargeback", "TransactionType"},
	{"amount", "10.4", "AmountText"},
	{"currency", "USD", "Currency"},
	{"descriptor", "Gate & Sons", "Descriptor"},
	{"error_code", "2", "ErrorCode"},
	{"error_message", "Не принято", "ErrorMessage"},
	{"name", "Jane Doe", "Name"},
	{"email", "jane@example.com", "Email"},
	{"approval-code", "242805", "ApprovalCode"},
	{"last-four-digits", "1111", "LastFourDigits"},
	{"bin", "444455", "BIN"},
	{"card-type", "VISA", "CardType"},
	{"gate-partial-reversal", "enabled", "GatePartialReversal"},
	{"gate-partial-capture", "disabled", "GatePartialCapture"},
	{"reason-code", "4853", "ReasonCode"},
	{"processor-rrn", "510458047886", "ProcessorRRN"},
	{"processor-tx-id", "PNTEST-159884", "ProcessorTxID"},
	{"comment", "a return", "Comment"},
	{"rapida-balance", "1.00", "RapidaBalance"},
	{"merchantdata", "x=1&y=2", "MerchantData"},
	{"phone", "+44 20 7946 0000", "Phone"},
	{"card-holder-name", "JANE DOE", "CardholderName"},
}

// TestCallbackParameters checks that each parameter is in its field and in Fields. It tries GET and POST, and both
// spellings of each name.
func TestCallbackParameters(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	for _, respell := range []*strings.Replacer{
		strings.NewReplacer(), strings.NewReplacer("-", "_"),
		strings.NewReplacer("_", "-"),
	} {
		form := url.Values{"unheard_of": {"kept"}}
		for _, p := range callbackTable {
			form.Set(respell.Replace(p.name), p.value)
		}
		form.Set("control", strings.ToUpper(callbackForm().Get("control")))
		half := form.Encode()[strings.Index(form.Encode(), "&")+1:]
		first := strings.TrimSuffix(form.Encode(), "&"+half)
		for name, r := range map[string]*http.Request{
			"GET":            callbackGET(form.Encode()),
			"POST":           callbackPOST("", form.Encode()),
			"query and body": callbackPOST(first, half),
		} {
			cb, err := client.ParseCallback(r)
			require.NoError(t, err, name)
			fields := reflect.ValueOf(cb).Elem()
			for _, p := range callbackTable {
				require.Equal(t, p.value, fields.FieldByName(p.field).String(), "%s %s", name, p.name)
				require.Equal(t, p.value, cb.Fields.Get(respell.Replace(p.name)))
			}
			require.Equal(t, "10.40 USD", cb.Amount.String())
			require.Equal(t, "kept", cb.Fields.Get("unheard_of"))
			require.Len(t, maps.Collect(cb.Fields.All()), len(callbackTable)+1, "all but control")
			require.Nil(t, cb.Confirmed)
		}
	}
	known := map[string]bool{"Amount": true, "Fields": true, "Confirmed": true} // not from parameters
	for _, p := range callbackTable {
		known[p.field] = true
	}
	for field := range reflect.TypeFor[payneteasy.Callback]().Fields() {
		name := field.Name
		require.True(t, known[name], "%s is not in the table", name)
	}
}

// TestCallbackAmounts checks that an amount is exact, or there is no amount.
func TestCallbackAmounts(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	for _, test := range []struct{ text, currency, want string }{
		{"4.35", "USD", "4.35 USD"},
		{"500", "JPY", "500 JPY"},
		{"1.5", "KWD", "1.500 KWD"},
		{"10.420", "USD", "10.42 USD"},
		{"10.425", "USD", "no amount"},
		{"1e3", "USD", "no amount"},
		{"-1", "USD", "no amount"},
		{"10.42", "", "no amount"},
		{"10.42", "XXX", "no amount"},
		{"", "USD", "no amount"},
	} {
		cb, err := client.ParseCallback(
			callbackGET(callbackForm("amount", test.text, "currency", test.currency).Encode()))
		require.NoError(t, err)
		require.Equal(t, test.want, cb.Amount.String(), "%s %s", test.text, test.currency)
		require.Equal(t, test.text, cb.AmountText)
	}
}

// TestCallbacksRefused checks that callbacks and redirects that are malformed, too large or forged are refused.
func TestCallbacksRefused(t *testing.T) {
	t.Parallel()
	client := receiver(t,
		func(c *payneteasy.Config) { c.OldControlKeys = []payneteasy.Secret{payneteasy.NewSecret("old")} })
	good := callbackForm().Encode()
	typed := func(r *http.Request, contentType, encoding string) *http.Request {
		r.Header.Set("Content-Type", contentType)
		if encoding != "" {
			r.Header.Set("Content-Encoding", encoding)
		}
		return r
	}
	method := func(method string) *http.Request {
		r := callbackPOST("", good)
		r.Method = method
		return r
	}
	get := func(changes ...string) *http.Request { return callbackGET(callbackForm(changes...).Encode()) }
	const forged = 403
	for name, test := range map[string]struct {
		request   *http.Request
		status    int
		parameter string
	}{
		"HEAD":      {method(http.MethodHead), 405, ""},
		"PUT":       {method(http.MethodPut), 405, ""},
		"no method": {method(""), 405, ""},
		"JSON":      {typed(callbackPOST("", good), "application/json", ""), 415, ""},
		"multipart": {
			typed(callbackPOST("", good), "multipart/form-data; boundary=x", ""), 415,
			"",
		},
		"no content type": {typed(callbackPOST("", good), "", ""), 415, ""},
		"compressed": {
			typed(callbackPOST("", good), "application/x-www-form-urlencoded", "gzip"),
			415, "",
		},
		"a query of 1 MiB and one byte": {callbackGET(strings.Repeat("x", 1<<20+1)), 413, ""},
		"a body of 1 MiB and one byte":  {callbackPOST(good, strings.Repeat("x", 1<<20+1)), 413, ""},
		"201 parameters":                {callbackGET(good + strings.Repeat("&", 193)), 400, ""},
		"200, and one in the body":      {callbackPOST(good+strings.Repeat("&", 192), "a=b"), 400, ""},
		"nothing":                       {callbackGET(""), 400, "status"},
		"no status":                     {get("status", ""), 400, "status"},
		"no order id":                   {get("orderid", ""), 400, "orderid"},
		"letters for an order id":       {get("orderid", "6982864a"), 400, "orderid"},
		"zero for an order id":          {get("orderid", "000"), 400, "orderid"},
		"a blank before the order id":   {get("orderid", " 6982864"), 400, "orderid"},
		"neither merchant's id":         {get("client_orderid", "", "merchant_order", ""), 400, "client_orderid"},
		"a line break in the id": {
			get("client_orderid", "payout\n", "merchant_order", ""), 400,
			"client_orderid",
		},
		"two merchant's ids":         {get("merchant_order", "payout-0002"), 400, "merchant_order"},
		"two statuses":               {callbackGET(good + "&status=declined"), 400, "status"},
		"two order ids":              {callbackGET(good + "&orderid=6982865"), 400, "orderid"},
		"two controls":               {callbackGET(good + "&control="), 400, "control"},
		"in query and body":          {callbackPOST("status=declined", good), 400, "status"},
		"two spellings":              {callbackGET(good + "&client-orderid=payout-0002"), 400, "client-orderid"},
		"one that is empty":          {callbackGET("merchant-order=&" + good), 400, "merchant_order"},
		"a status that is not UTF-8": {get("status", "approved\xff"), 400, "status"},
		"an id that is not UTF-8": {
			get("client_orderid", "\xef\xe0", "merchant_order", ""), 400,
			"client_orderid",
		},
		"an escaped name":                {callbackGET(good + "&%6frderid=1"), 400, "orderid"},
		"a broken escape in the status":  {callbackGET(good + "&status=%zz"), 400, "status"},
		"a line break in the status":     {callbackPOST("", good+"&status=appr\noved"), 400, "status"},
		"an escaped line break":          {get("orderid", "6982864\n"), 400, "orderid"},
		"a status of 1 KiB and one byte": {get("status", strings.Repeat("a", 1025)), 400, "status"},
		"NUL in the id": {
			get("client_orderid", "payout\x00", "merchant_order", ""), 400,
			"client_orderid",
		},
		"no control":          {get("control", ""), forged, "control"},
		"an empty control":    {callbackGET(get("control", "").URL.RawQuery + "&control="), forged, "control"},
		"another control":     {get("control", strings.Repeat("a", 40)), forged, "control"},
		"a control too long":  {get("control", callbackForm().Get("control")+"a"), forged, "control"},
		"a control too short": {get("control", callbackForm().Get("control")[:39]), forged, "control"},
		"another status":      {get("status", "declined", "control", callbackForm().Get("control")), forged, "control"},
		"another order id":    {get("orderid", "6982865", "control", callbackForm().Get("control")), forged, "control"},
		"of another key":      {get("control", controlOf("another", callbackForm())), forged, "control"},
		"of no key":           {get("control", controlOf("", callbackForm())), forged, "control"},
		"of both keys": {
			get("control", controlOf("old"+payneteasytest.ControlKey, callbackForm())), forged,
			"control",
		},
	} {
		body, err := io.ReadAll(test.request.Body)
		require.NoError(t, err)
		for kind, parse := range map[string]func(*http.Request) (any, error){
			"callback": func(r *http.Request) (any, error) { return client.ParseCallback(r) },
			"redirect": func(r *http.Request) (any, error) { return client.ParseRedirect(r) },
		} {
			test.request.Body = io.NopCloser(strings.NewReader(string(body)))
			got, err := parse(test.request)
			require.Nil(t, got, name)
			var refused *payneteasy.CallbackError
			require.ErrorAs(t, err, &refused, name)
			require.Equal(t, test.status, refused.HTTPStatus, "%s: %v", name, err)
			require.Equal(t, test.parameter, refused.Parameter, name)
			require.Equal(t, test.status == forged, errors.Is(err, payneteasy.ErrForged), name)
			require.True(t, strings.HasPrefix(err.Error(), "payneteasy: "+kind+": "), "%v", err)
		}
	}
	for name, r := range map[string]*http.Request{
		"200 parameters":           callbackGET(good + strings.Repeat("&", 192)),
		"a body of 1 MiB":          callbackPOST("", good+"&name="+strings.Repeat("x", 1<<20-len(good)-6)),
		"only merchant_order":      get("client_orderid", ""),
		"only client_orderid":      get("merchant_order", ""),
		"an empty merchant_order":  callbackGET(get("merchant_order", "").URL.RawQuery + "&merchant_order="),
		"two spellings that agree": callbackGET(good + "&client-orderid=payout-0001"),
		"status twice":             callbackGET(good + "&status=approved&status=%61pproved"),
		"all of it twice":          callbackPOST(good, good),
		"a form with its charset": typed(callbackPOST("", good), "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
			""),
		"the old key's":               get("control", controlOf("old", callbackForm())),
		"a parameter without a value": callbackGET(good + "&x"),
	} {
		cb, err := client.ParseCallback(r)
		require.NoError(t, err, name)
		require.Equal(t, "payout-0001", cb.ClientOrderID)
	}
}

// TestControlKeysAreChanged checks that a control made with the new key or an old key is accepted. An empty key is not.
func TestControlKeysAreChanged(t *testing.T) {
	t.Parallel()
	old := []payneteasy.Secret{payneteasy.NewSecret("old"), payneteasy.NewSecret("older")}
	client := receiver(t, func(c *payneteasy.Config) { c.OldControlKeys = old })
	old[0] = payneteasy.NewSecret("changed afterwards")
	for key, taken := range map[string]bool{
		payneteasytest.ControlKey: true, "old": true, "older": true,
		"changed afterwards": false, "": false,
	} {
		_, err := client.ParseCallback(callbackGET(callbackForm("control", controlOf(key, callbackForm())).Encode()))
		require.Equal(t, !taken, errors.Is(err, payneteasy.ErrForged), key)
		require.Equal(t, taken, err == nil, "%v", err)
	}
	config := configFor(t, "http://localhost/paynet", nil)
	config.OldControlKeys = []payneteasy.Secret{payneteasy.NewSecret("old"), {}, payneteasy.NewSecret("x\n")}
	_, err := payneteasy.NewClient(config)
	var faulty *payneteasy.ValidationError
	require.ErrorAs(t, err, &faulty)
	require.Equal(t, []string{"OldControlKeys[1]", "OldControlKeys[2]"},
		[]string{faulty.Faults[0].Field, faulty.Faults[1].Field})
	require.Len(t, faulty.Faults, 2)
}

// brokenBody is a body whose sender disconnects.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestCallbackBodies(t *testing.T) {
	t.Parallel()
	client := receiver(t)
	r := callbackPOST("", "")
	r.Body = io.NopCloser(brokenBody{})
	_, err := client.ParseCallback(r)
	var refused *payneteasy.CallbackError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusBadRequest, refused.HTTPStatus)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	r = callbackPOST("", callbackForm().Encode())
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 10) // a limit of the merchant's own
	_, err = client.ParseCallback(r)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusRequestEntityTooLarge, refused.HTTPStatus)

	r = callbackPOST(callbackForm().Encode(), "")
	r.Body = nil
	_, err = client.ParseCallback(r)
	require.NoError(t, err)
}

// fuzzNotice calls a parser with random requests. It sends each as it is, and with a control for the values that
// net/url reads in it. If the parser accepts a request, the control must match the values that were read.
func fuzzNotice(f *testing.F,
	parse func(*payneteasy.Client, *http.Request) (status, orderID, clientOrderID string, err error),
) {
	f.Add(false, callbackForm().Encode(), "")
	f.Add(true, "", callbackForm("amount", "").Encode())
	f.Add(true, "status=approved&orderid=12", "merchant_order=3&control=")
	f.Add(false, "status=a&orderid=1&client_orderid=1&client-orderid=2", "")
	f.Add(false, "status=a&orderid=1&merchant-order=%d1%8f&x;y=1&&=&%00", "")
	f.Add(true, "tag=1&tag=2&name=%zz&name=%c8", "status=a\n&orderid=1\r\n&merchant-order=a\n&status=a\n")
	client := must(payneteasy.NewClient(payneteasy.Config{
		BaseURL: payneteasy.ConnPaySandbox, Endpoint: payneteasy.EndpointID(39915), Login: "TestMerchant",
		PrivateKey: must(payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())),
		ControlKey: payneteasy.NewSecret(payneteasytest.ControlKey),
	}))
	f.Fuzz(func(t *testing.T, post bool, query, body string) {
		signing, _ := url.ParseQuery(query + "&" + body) // as much as it can read
		signed := "&control=" + controlOf(payneteasytest.ControlKey, signing)
		for _, query := range []string{query, query + signed} {
			r := &http.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: query}, Header: http.Header{}}
			read := query
			if post {
				r.Method, r.Body = http.MethodPost, io.NopCloser(strings.NewReader(body))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				read += "&" + body
			}
			status, orderID, clientOrderID, err := parse(client, r)
			if refused, ok := errors.AsType[*payneteasy.CallbackError](err); ok {
				require.Contains(t, []int{400, 403, 413}, refused.HTTPStatus)
				continue
			}
			require.NoError(t, err, "another kind of error")
			pairs := strings.Split(strings.ReplaceAll(read, "\ufeff", ""), "&")
			for i := range pairs {
				pairs[i] = strings.Trim(pairs[i], "\r\n")
			}
			values, _ := url.ParseQuery(strings.Join(pairs, "&"))
			given := values.Get("control")
			require.Equal(t, strings.ToLower(given), controlOf(payneteasytest.ControlKey, url.Values{
				"status": {status}, "orderid": {orderID}, "client_orderid": {clientOrderID},
			}))
			require.Regexp(t, `^[0-9]{1,20}$`, orderID)
			require.NotEmpty(t, clientOrderID)
		}
	})
}

func FuzzParseCallback(f *testing.F) {
	fuzzNotice(f, func(client *payneteasy.Client, r *http.Request) (status, orderID, clientOrderID string, err error) {
		cb, err := client.ParseCallback(r)
		if err != nil {
			return "", "", "", err
		}
		_ = fmt.Sprint(cb)
		return cb.Fields.Get("status"), cb.OrderID, cb.ClientOrderID, nil
	})
}

func FuzzParseRedirect(f *testing.F) {
	fuzzNotice(f, func(client *payneteasy.Client, r *http.Request) (status, orderID, clientOrderID string, err error) {
		d, err := client.ParseRedirect(r)
		if err != nil {
			return "", "", "", err
		}
		_ = fmt.Sprint(d)
		return d.Fields.Get("status"), d.OrderID, d.ClientOrderID, nil
	})
}
