package mask

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shape is a form in which a field may arrive.
type shape struct {
	text   string // a format for a name and a value
	shown  func(m Masker, text string) string
	encode func(value string) string // nil if the value is not encoded
}

func ofText(m Masker, text string) string { return m.Text(text) }

func ofForm(m Masker, text string) string {
	masked, _ := m.Form(text)
	return masked
}

func ofURL(m Masker, text string) string {
	masked, _ := m.URL(text)
	return masked
}

func twice(value string) string { return url.QueryEscape(digitByDigit(value)) }

// escaped escapes the first byte, as JSON may.
func escaped(value string) string { return fmt.Sprintf(`\u%04x`, value[0]) + value[1:] }

var shapes = map[string]shape{
	"a form":                  {"a=1&%s=%s&b=2", ofForm, nil},
	"a form, encoded":         {"a=1&%s=%s&b=2", ofForm, digitByDigit},
	"a form, encoded twice":   {"a=1&%s=%s&b=2", ofForm, twice},
	"a form with line ends":   {"type=x\n&%s=%s\n&b=2\n", ofForm, nil},
	"a form as a text":        {"a=1&%s=%s&b=2", ofText, digitByDigit},
	"a reply":                 {"type=x\n&%s=%s\n&b=2\n", ofText, nil},
	"a URL":                   {"https://m.example/callback?%s=%s&a=1#f", ofURL, nil},
	"a URL, encoded":          {"https://m.example/callback?%s=%s", ofURL, digitByDigit},
	"a URL as a text":         {"see https://m.example/callback?%s=%s&a=1, please", ofText, nil},
	"a URL in a form":         {"a=1&u=https%%3A%%2F%%2Fm.example%%2F%%3F%s%%3D%s%%26x%%3D1", ofForm, nil},
	"a URL in JSON":           {`{"u":"https:\/\/m.example\/?%s=%s\u0026x=1"}`, ofText, nil},
	"JSON":                    {`{"a":"1","%s":"%s","b":2}`, ofText, nil},
	"JSON with blanks":        {"{\n  \"a\": \"1\",\n  \"%s\": \"%s\"\n}\n", ofText, nil},
	"JSON with escapes":       {`{"%s":"%s"}`, ofText, escaped},
	"JSON in JSON":            {`{"body":"{\"a\":\"1\",\"%s\":\"%s\",\"b\":2}"}`, ofText, nil},
	"a list":                  {`{"%s":["1","%s","2"]}`, ofText, nil},
	"a list on lines":         {"{\"%s\": [\n    \"1\",\n    \"%s\"\n  ]}", ofText, nil},
	"objects in a list":       {`[{"%s":"%s"},{"a":1}]`, ofText, nil},
	"a header":                {"Host: m.example\r\n%s: %s\r\nAccept: */*\r\n", ofText, nil},
	"an Authorization header": {`OAuth oauth_nonce="n", %s="%s", oauth_version="1.0"`, ofText, nil},
	"a log line": {
		`time=2026-11-30T12:00:00Z msg="told, status 200" %s=%s status=approved`, ofText,
		nil,
	},
	"a log line with quotes": {`level=INFO %s="%s" status=approved`, ofText, nil},
	"a line of an access log": {
		`192.0.2.1 - - [30/Nov/2026:12:00:00 +0000] "GET /?%s=%s HTTP/1.1" 200 3`, ofText,
		nil,
	},
	"a paste of lines":           {"status=approved\n%s=%s\namount=10.42\n", ofText, nil},
	"a paste of lines, CR LF":    {"status: approved\r\n%s: %s\r\namount: 10.42\r\n", ofText, nil},
	"a paste with blanks":        {"status = approved\n%s = %s\namount = 10.42\n", ofText, nil},
	"a tag":                      {"<a>1</a><%s>%s</b>", ofText, nil},
	"a dump":                     {"array('a' => '1', '%s' => '%s')", ofText, nil},
	"a parameter":                {"%s\x00%s", ofParameter, nil},
	"a parameter with blanks":    {"%s\x00 %s ", ofParameter, nil},
	"a parameter, still encoded": {"%s\x00%s", ofParameter, digitByDigit},
}

func ofParameter(m Masker, text string) string {
	name, value, _ := strings.Cut(text, "\x00")
	name, value, _ = m.Parameter(name, value)
	return name + "\x00" + value
}

// cardLike values have the check digit of a card's number.
var cardLike = []string{
	number, "2026113000000008", "order-4111111111111111", "4111-1111-1111-1111", "4444444444444448", "4222222222222",
}

// TestIDFields checks that a field of IDs shows every value whole, and any other field does not, in every shape.
func TestIDFields(t *testing.T) {
	t.Parallel()
	ids := []string{
		"client_orderid", "client-orderid", "client-order-id", "clientOrderId", "Client_OrderID", "client_orderids",
		"merchant_order", "merchant-order-id",
		"orderid", "order-id", "order_id", "paynet-order-id", "PaynetOrderID", "serial-number", "by-request-sn",
		"payment_id", "payment.id",
		"operation_id", "operation.id", "X-Client-Orderid", "callback.order.client_orderid",
	}
	others := []string{
		"order_desc", "x", "id", "number", "merchantdata", "error_message", "client_order", "orderid2", "not_orderid",
		"orderids_and_more", "card.id", "order",
		"credit_card_number", "cardNumber", "pan", "cvv2", "card-ref-id", "recurring_payment_id", "card_order_number",
		"orderid.x", "orderid_card_number",
	}
	for _, m := range []Masker{{}, {Accounts: true}} {
		for name, shape := range shapes {
			for _, value := range cardLike {
				sent := value
				if shape.encode != nil {
					sent = shape.encode(value)
				}
				for _, field := range ids {
					text := fmt.Sprintf(shape.text, field, sent)
					require.Equal(t, text, shape.shown(m, text), "%s: %s", name, field)
				}
				if !holdsNumber(value) {
					continue // no one issues such cards
				}
				for _, field := range others {
					shown := decode(shape.shown(m, fmt.Sprintf(shape.text, field, sent))).text
					require.NotContains(t, shown, value, "%s: %s", name, field)
					require.Contains(t, shown, "redacted", "%s: %s", name, field)
				}
				if m.Accounts {
					shown := decode(shape.shown(m, fmt.Sprintf(shape.text, "account_number", sent))).text
					require.NotContains(t, shown, value, "%s: account_number", name)
				}
			}
		}
		for _, field := range []string{
			"order[client_orderid]", "client_orderid[]", "client_orderid[0]", "payment[id]",
			"order%5Bclient_orderid%5D",
		} {
			for _, name := range []string{"a form", "a URL", "a form with line ends", "a parameter"} {
				text := fmt.Sprintf(shapes[name].text, field, number)
				require.Equal(t, text, shapes[name].shown(m, text), "%s: %s", name, field)
			}
		}
	}
}

// TestNestedIDs checks that in JSON the name of the object is a part of a field's name.
func TestNestedIDs(t *testing.T) {
	t.Parallel()
	for text, shows := range map[string]bool{
		`{"payment":{"id":"%s","status":"success"}}`:                                    true,
		`{"project_id":1,"payment":{"sum":{"amount":1042},"status":"x","id":"%s"}}`:     true,
		`{"operation":{"id":%s,"type":"payout"}}`:                                       true,
		"{\n  \"operations\": [\n    {\"id\": 1}, {\"a\": [1], \"id\": %s}\n  ]\n}":     true,
		`{"order":{"id":"%s"}}`:                                                         true,
		`{"id":"%s"}`:                                                                   false,
		`{"payment":{"card":{"id":"%s"}}}`:                                              false,
		`{"payment":{"id":"1"},"id":"%s"}`:                                              false,
		`{"payment":{"id":"1"},"card":{"number":"%s"}}`:                                 false,
		`{"payment":{"account":{"number":"%s"}}}`:                                       false,
		`{"recurring_payment":{"id":"%s"}}`:                                             false,
		`{"payment":{"id":"1","description":"%s"}}`:                                     false,
		`{"a":"payment","id":"%s"}`:                                                     false,
		`{"client_orderids":["1"],"numbers":["%s"]}`:                                    false,
		`{"client_orderids":[],"a":["%s"]}`:                                             false,
		`{"client_orderid":{"a":"%s"}}`:                                                 false,
		`{"client_orderid":[{"a":"%s"}]}`:                                               false,
		`{"payment":{id:%s}}`:                                                           false,
		`{"a":"\"payment\":{","id":"%s"}`:                                               false,
		`{"client_orderid":"1&a=%s"}`:                                                   false,
		`{"client_orderid":"1 a: %s"}`:                                                  false,
		`{"client_orderid":null,"a":%s}`:                                                false,
		`{"client_orderids":["1",["%s"]]}`:                                              false,
		"{\"client_orderid\":\"\",\n\"a\":\"%s\"}":                                      false,
		`{"payment":{"id":"` + strings.Repeat("1", 2*maxID) + `"},"order_desc":"%s"}`:   false,
		`{"orders":[{"client_orderid":"a b","amount":"1"},{"client_orderid":"x%s"}]}`:   true,
		`{"a":{"b":[{"c":{}},{}]},"client_orderid":"%s: the first","note":"see above"}`: true,
	} {
		text = fmt.Sprintf(text, number)
		shown := Masker{}.Text(text)
		if shows {
			require.Equal(t, text, shown)
		} else {
			require.NotContains(t, shown, number)
		}
	}
}

// TestBrokenPastes checks that a number is hidden if it is not certain that it is in a field of IDs only.
func TestBrokenPastes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"client_orderid " + number, "client_orderid\n" + number, "client_orderid=\n" + number, "client_orderid= " +
			number,
		"client_orderid:\r\n" + number,
		"client_orderid=1 " + number, "client_orderid=4111 1111 1111 1111", "client_orderid: 4111 1111 1111 1111",
		"client_orderid=4111%201111%201111%201111", "client_orderid=" + number + " 737 12/29",
		"client_orderid=1\t" + number, "client_orderid=1," + number,
		"client_orderid=1;" + number, "client_orderid=1&" + number, "client_orderid=1%26a%3D" + number,
		"client_orderid=1%2526a%253D" + number,
		"client_orderid=1%0A" + number, "client_orderid=1|" + number, "client_orderid=a=" + number,
		"client_orderid=(1) " + number,
		`client_orderid="1" ` + number, `client_orderid="1\" a=` + number + `"`,
		`{"client_orderid":"1\u0022,\u0022a\u0022:\u0022` + number + `"}`,
		`{"client_orderid":"1\n` + number + `"}`, `{"client_orderid":"1` + "\n" + number + `"}`,
		`{"client_orderid:1,a:` + number, `"client_orderid","` + number + `"`,
		"<client_orderid>1</client_orderid>" + number, "</client_orderid>" + number, "client_orderid>" + number,
		"client_orderid => {" + number + "}",
		"order of card " + number + " client_orderid=1", number + "=client_orderid", "a=" + number +
			"&client_orderid=1",
		`[client_orderid=1, ` + number + `]`, `client_orderid=[1] ` + number, `client_orderid=[1 ` + number + `]`,
	} {
		for _, m := range []Masker{{}, {Accounts: true}} {
			shown := m.Text(text)
			require.NotContains(t, shown, number, text)
			require.Contains(t, shown, Redacted, text)
			require.NotContains(t, shown, "4111 1111", text)
		}
	}
	for _, value := range []string{
		"1&a=" + number, "1%26a%3D" + number, "1\n" + number, "1\r\na=" + number,
		`{"a":"` + number + `"}`, "<a>" + number + "</a>", "https://m.example/?a=" + number,
		"1&cvv2=737&a=" + number, "credit_card_number=" + number, `"a":` + number,
		"1\u2028" + number + "\u200b",
	} {
		require.Equal(t, Redacted, Masker{}.Value("client_orderid", value), value)
		shown, hidden := Masker{}.Form("client_orderid=" + url.QueryEscape(value))
		require.Equal(t, "client_orderid=%5Bredacted%5D", shown)
		require.Equal(t, []string{"client_orderid"}, hidden)
	}
}

// TestWholeIDs checks IDs of several words or with other signs, which differ from a card only by their field.
func TestWholeIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"ORD 4111111111111111", "4111 1111 1111 1111", "shop:4111111111111111", "заказ 4111111111111111",
		"a&b 4111111111111111", "a=4111111111111111", "(4111111111111111)",
		"4111111111111111, 2026113000000008", "'4111111111111111'", "p.*(4111111111111111)+[7]$",
		"jane@4111111111111111.example", "100%-4111111111111111", "#4111111111111111",
		"Invoice no: 4111111111111111", "{4111111111111111}", "<4111111111111111>", "1 a=4111111111111111",
		"1; a: 4111111111111111",
		"1,a:4111111111111111", "{client_orderid}", "{{id}} 4111111111111111", "is it paid? 4111111111111111",
		"a & b = 4111111111111111",
	} {
		for _, m := range []Masker{{}, {Accounts: true}} {
			require.Equal(t, id, m.Value("client_orderid", id))
			form := url.Values{"client_orderid": {id}, "amount": {"10.42"}}.Encode()
			shown, hidden := m.Form(form)
			require.Equal(t, form, shown)
			require.Empty(t, hidden)
			form = "https://m.example/?" + form + "#a"
			shown, hidden = m.URL(form)
			require.Equal(t, form, shown)
			require.Empty(t, hidden)
		}
	}
}

// TestIDWithCardNumber checks that an ID is hidden if it holds the number of the card in the same message, because the
// SDK refuses it. An ID that is the account is hidden too.
func TestIDWithCardNumber(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]shape{
		"a form":        {"client_orderid=%s&%s=%s", ofForm, url.QueryEscape},
		"a form, later": {"%[2]s=%[3]s&client_orderid=%[1]s", ofForm, url.QueryEscape},
		"a URL":         {"https://m.example/?client_orderid=%s&%s=%s", ofURL, url.QueryEscape},
		"a path":        {"https://m.example/client_orderid=%s/?%s=%s", ofURL, digitByDigit},
		"encoded":       {"client_orderid=%s&%s=%s", ofForm, digitByDigit},
		"a text":        {"client_orderid=%s&%s=%s", ofText, url.QueryEscape},
		"JSON":          {`{"client_orderid":"%s","%s":"%s"}`, ofText, nil},
		"lines":         {"client_orderid: \"%s\"\n%s: %s\n", ofText, nil},
		"a header":      {`OAuth client_orderid="%s", %s="%s"`, ofText, nil},
	} {
		encode := shape.encode
		if encode == nil {
			encode = func(value string) string { return value }
		}
		for _, id := range []string{
			number, "payout-" + number + "-1", "4111-1111-1111-1111", "1" + number + "2", "4111 1111 1111 1111",
			"４１１１１１１１１１１１１１１１",
		} {
			for _, card := range []string{number, "4111 1111 1111 1111", "4111-1111-1111-1111", number + " 12/29"} {
				for _, field := range []string{"credit_card_number", "pan", "card[number]"} {
					text := fmt.Sprintf(shape.text, encode(id), field, encode(card))
					shown := decode(shape.shown(Masker{}, text)).text
					require.Equal(t, 2, strings.Count(shown, Redacted), "%s: %s as %s", name, text, shown)
					require.NotContains(t, shown, "1111", text)
				}
			}
		}
		for _, id := range []string{"payout-737", "5555555555554444", "4111"} {
			text := fmt.Sprintf(shape.text, encode(id), "credit_card_number", encode(number)) + "&cvv2=737"
			require.Contains(t, decode(shape.shown(Masker{}, text)).text, id, name)
		}
		text := fmt.Sprintf(shape.text, encode("1234567890"), "account_number", encode("1234567890"))
		require.NotContains(t, decode(shape.shown(Masker{Accounts: true}, text)).text, "1234567890", name)
		require.Equal(t, text, shape.shown(Masker{}, text), "without hiding accounts")
		text = fmt.Sprintf(shape.text, encode("p-1234567890-1"), "account_number", encode("1234567890"))
		require.Contains(t, decode(shape.shown(Masker{Accounts: true}, text)).text, "p-1234567890-1", name)
	}
}

// FuzzIDs checks that no card in another field is shown, whatever the ID beside it is.
func FuzzIDs(f *testing.F) {
	f.Add("payout-0001", "order_desc", "a")
	f.Add(`1","x":"`, "x", `\u0022`)
	f.Add("1&x=", "x=", "[")
	f.Add("%22", "a", "%26client_orderid=")
	f.Fuzz(func(t *testing.T, id, name, other string) {
		if strings.ContainsAny(id, "0123456789") || namesIDs(name+"\n"+other) {
			return
		}
		e := url.QueryEscape
		pairs := "client_orderid=" + e(id) + "&" + e(name) + "=" + number + "&x=" + e(other)
		object, err := json.Marshal(map[string]any{
			"client_orderid": id, "orderid": []string{id, "a"}, name + "_": number, "x": other,
		})
		require.NoError(t, err)
		for _, m := range []Masker{{}, {Accounts: true}} {
			shown, _ := m.Form(pairs)
			require.NotContains(t, shown, number)
			require.NotContains(t, m.Text(pairs), number)
			require.NotContains(t, m.Text(string(object)), number)
		}
	})
}
