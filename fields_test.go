package payneteasy

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const formType, jsonType = "text/html;charset=utf-8", "application/vnd.pay+json"

func fieldMap(f Fields) map[string]string {
	return maps.Collect(f.All())
}

func TestDecodeWireFixtures(t *testing.T) {
	t.Parallel()
	for _, fixture := range readVectors[protocolVectors](t, "protocol.json").Wire {
		t.Run(fixture.ID, func(t *testing.T) {
			t.Parallel()
			fields, isJSON, err := decodeReply(fixture.ContentType, []byte(fixture.Raw), true)
			if fixture.ContentType == "text/html" {
				require.ErrorIs(t, err, errHTMLReply)
				return
			}
			require.NoError(t, err)
			require.Equal(t, fixture.ContentType == jsonType, isJSON)
			if fixture.Parsed != nil {
				require.Equal(t, fixture.Parsed, fieldMap(fields))
			}
			for name, value := range fixture.ParsedSome {
				require.Equal(t, value, fields.Get(name), name)
			}
		})
	}
}

// TestDecodeFormShapes checks the same reply in every format that was seen.
func TestDecodeFormShapes(t *testing.T) {
	t.Parallel()
	want := map[string]string{"type": "async-response", "merchant-order-id": "a b", "paynet-order-id": "1", "empty": ""}
	for name, body := range map[string]string{
		"no last LF":         "type=async-response\n&merchant-order-id=a+b\n&paynet-order-id=1\n&empty=",
		"last LF":            "type=async-response\n&merchant-order-id=a+b\n&paynet-order-id=1\n&empty=\n",
		"two last LFs":       "type=async-response\n&merchant-order-id=a+b\n&paynet-order-id=1\n&empty=\n\n",
		"CRLF":               "type=async-response\r\n&merchant-order-id=a%20b\r\n&paynet-order-id=1\r\n&empty=\r\n",
		"byte order mark":    "\ufefftype=async-response\n&merchant-order-id=a+b\n&paynet-order-id=1\n&empty=",
		"no LF at all":       "type=async-response&merchant-order-id=a+b&paynet-order-id=1&empty=",
		"LF after the &":     "type=async-response&\nmerchant-order-id=a+b&\npaynet-order-id=1&\nempty=",
		"a name with no =":   "type=async-response\n&merchant-order-id=a+b\n&paynet-order-id=1\n&empty",
		"empty pairs":        "&&type=async-response\n&&merchant-order-id=a+b\n&paynet-order-id=1\n&empty=\n&",
		"blank at the start": "\n\ntype=async-response\n&merchant-order-id=a+b\n&paynet-order-id=1\n&empty=",
	} {
		fields, isJSON, err := decodeReply(formType, []byte(body), true)
		require.NoError(t, err, name)
		require.False(t, isJSON)
		require.Equal(t, want, fieldMap(fields), name)
	}
}

// TestDecodeHTMLField checks that encoded & and = in a value of several KB do not split it.
func TestDecodeHTMLField(t *testing.T) {
	t.Parallel()
	page := strings.Repeat(`<a href="?a=1&b=2">paynet-order-id=9&amp;</a>`+"\n", 200)
	fields := decodeForm("status=processing\n&html="+string(appendEscaped(nil, page))+"\n&paynet-order-id=1\n", true)
	require.Equal(t, page, fields.Get("html"))
	require.Equal(t, "1", fields.Get("paynet-order-id"))
	require.Len(t, fields.all(), 3)
}

// TestDecodeCompleteness checks that if the end of the body is not proved, only a value before an LF is complete.
func TestDecodeCompleteness(t *testing.T) {
	t.Parallel()
	const body = "type=async-response\n&paynet-order-id=6982864"
	_, sound := decodeForm(body, false).sound("paynet-order-id")
	require.False(t, sound, "it may go on: 69828645")
	_, sound = decodeForm(body+"\n", false).sound("paynet-order-id")
	require.True(t, sound)
	_, sound = decodeForm(body, true).sound("paynet-order-id")
	require.True(t, sound)
	_, sound = decodeForm("a=1&b=2\n", false).sound("a")
	require.False(t, sound, "no LF after it")
	_, sound = decodeForm("a=%zz\n", true).sound("a")
	require.False(t, sound, "a broken escape")
	_, sound = decodeForm("a=1\n&a=1\n", true).sound("a")
	require.False(t, sound, "twice")
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ contentType, body, says string }{
		{formType, "", "empty"},
		{formType, " \r\n", "empty"},
		{formType, "<html>type=async-response</html>", "HTML"},
		{formType, "OK", "not in the gateway's format"},
		{formType, `[{"type":"async-response"}]`, "not in the gateway's format"},
		{formType, `{"type":"async-response"`, "incomplete or invalid JSON"},
		{jsonType, "", "empty"},
		{jsonType, "null", "not a JSON object"},
		{jsonType, `[{"type":"error"}]`, "not a JSON object"},
		{jsonType, `"type"`, "not a JSON object"},
		{jsonType, `{"type":"async-resp`, "incomplete or invalid JSON"},
		{jsonType, `{"type":"async-response"`, "incomplete or invalid JSON"},
		{jsonType, `{"type":"error"} {"type":"async-response"}`, "has more data after"},
		{jsonType, `{"type" "error"}`, "invalid JSON"},
		{jsonType, `type=async-response`, "not a JSON object"},
		{"application/json; charset=utf-8", "", "empty"},
	} {
		_, _, err := decodeReply(test.contentType, []byte(test.body), true)
		require.ErrorContains(t, err, test.says, test.body)
	}
}

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	fields, isJSON, err := decodeReply("application/json",
		[]byte(`{"paynet-order-id":12345678901234567890,"error-code":3,
		"amount":10.40,"text":"a&b\n","nothing":null,"yes":true,"nested":{"a":[1,2]},"twice":1,"twice":"2"}`), true)
	require.NoError(t, err)
	require.True(t, isJSON)
	require.Equal(t, "12345678901234567890", fields.Get("paynet-order-id"), "exact")
	require.Equal(t, "3", fields.Get("error-code"))
	require.Equal(t, "10.40", fields.Get("amount"), "as it was written")
	require.Equal(t, "a&b", fields.Get("text"))
	nothing, given := fields.lookup("nothing")
	require.True(t, given && nothing == "")
	require.Equal(t, "true", fields.Get("yes"))
	require.JSONEq(t, `{"a":[1,2]}`, fields.Get("nested"))
	require.Equal(t, "twice", fields.duplicate())
}

func TestOrderIDs(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"1", "6982864", "12345678901234567890"} {
		require.True(t, isOrderID(good), good)
	}
	for _, bad := range []string{
		"", "0", "000", "-1", "1.0", "1e5", "1.2345678901e+10", " 1", "1a", "١",
		"123456789012345678901",
	} {
		require.False(t, isOrderID(bad), bad)
	}
}

// TestFieldsPrintNames checks that printed fields show no value, because a white label may put any data into a field.
func TestFieldsPrintNames(t *testing.T) {
	t.Parallel()
	fields := decodeForm("type=error\n&card-number=canary-4444444444444448\n", true)
	holder := struct{ inside Fields }{fields}
	for _, text := range []string{
		fmt.Sprint(fields), fmt.Sprintf("%+v", fields), fmt.Sprintf("%#v", fields),
		fmt.Sprintf("%+v", holder), fmt.Sprintf("%#v", &holder),
	} {
		require.NotContains(t, text, "canary")
		require.NotContains(t, text, "444444444444") // fewer digits may be part of a pointer's address
	}
	require.Equal(t, "fields(type card-number)", fmt.Sprint(fields))
	fields = decodeForm("type=error\n&cvv737=1\n&cvv-7-3-7=1\n&verified-3d-status=Y\n&receiver_address1=1\n", true)
	require.Equal(t, "fields(type ? ? verified-3d-status receiver_address1)", fmt.Sprint(fields))
}

// FuzzDecodeReply checks that no reply causes a panic. A value of a cut reply is complete only if the whole reply has
// the same value.
func FuzzDecodeReply(f *testing.F) {
	for _, fixture := range readVectors[protocolVectors](f, "protocol.json").Wire {
		f.Add(fixture.ContentType, fixture.Raw, 40)
	}
	f.Fuzz(func(t *testing.T, contentType, body string, cut int) {
		whole, _, err := decodeReply(contentType, []byte(body), true)
		if err != nil || cut < 0 || cut > len(body) {
			return
		}
		part, _, err := decodeReply(contentType, []byte(body[:cut]), false)
		if err != nil {
			return
		}
		for _, name := range []string{"type", "merchant-order-id", "paynet-order-id"} {
			value, sound := part.sound(name)
			full, whole1 := whole.sound(name)
			if sound && whole1 {
				require.Equal(t, full, value)
			}
		}
	})
}
