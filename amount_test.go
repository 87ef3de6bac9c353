package payneteasy

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestParseAmount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, currency, wire string }{
		{"10.42", "USD", "10.42"},
		{"10.5", "USD", "10.50"},
		{"10", "USD", "10.00"},
		{"0.01", "USD", "0.01"},
		{"9999999.99", "EUR", "9999999.99"},
		{"500", "JPY", "500"},
		{"9999999999", "JPY", "9999999999"},
		{"1.5", "KWD", "1.500"},
		{"999999.999", "BHD", "999999.999"},
		{"1.0001", "UYW", "1.0001"},
		{"100", "ISK", "100"},
		{"10000000", "IDR", "10000000"}, // longer than 10 characters with its zeros
		{"10000000.00", "IDR", "10000000"},
		{"10000000.5", "USD", "10000000.5"},
		{"25000000", "COP", "25000000"},
		{"12000000", "UZS", "12000000"},
		{"1000000", "KWD", "1000000"},
		{"1000000.5", "KWD", "1000000.5"},
		{"1000000.25", "KWD", "1000000.25"},
		{"9999999999", "USD", "9999999999"},
		{"999999.000", "KWD", "999999.000"},
		{"1234567890.0000", "UYW", "1234567890"},
		{"4.35", "USD", "4.35"}, // 434.99999999999994 as a float times 100
	} {
		amount, err := ParseAmount(test.text, test.currency)
		require.NoError(t, err, test)
		require.Equal(t, test.wire, amount.Decimal())
		require.Equal(t, test.wire+" "+test.currency, amount.String())
		again, err := AmountFromMinor(amount.Minor(), test.currency)
		require.NoError(t, err)
		require.Equal(t, amount, again)
	}
}

func TestParseAmountRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, currency, says string }{
		{"", "USD", "want digits"},
		{"1e3", "USD", "want digits"},
		{".5", "USD", "want digits"},
		{"5.", "USD", "want digits"},
		{"+1", "USD", "want digits"},
		{"-1", "USD", "want digits"},
		{" 1", "USD", "want digits"},
		{"1 ", "USD", "want digits"},
		{"1,5", "USD", "want digits"},
		{"1.2.3", "USD", "want digits"},
		{"0x10", "USD", "want digits"},
		{"１０", "USD", "want digits"},
		{"NaN", "USD", "want digits"},
		{"010", "USD", "leading zero"},
		{"00.10", "USD", "leading zero"},
		{"0", "USD", "not positive"},
		{"0.00", "USD", "not positive"},
		{"10.421", "USD", "more than the currency's 2 digits"},
		{"10.0", "JPY", "more than the currency's 0 digits"},
		{"10000000000", "USD", "longer than the documented 10"},
		{"10000000.01", "USD", "longer than the documented 10"},
		{"10000000.25", "KWD", "longer than the documented 10"},
		{"999999999999999999", "USD", "longer than the documented 10"},
		{"99999999999", "JPY", "longer than the documented 10"},
		{"99999999999999999999999999", "USD", "longer than the documented 10"},
		{"10", "usd", "in capitals"},
		{"10", "USD ", "without blanks"},
		{"10", "", "the currency is required"},
		{"10", "USDT", "not an active ISO 4217"},
		{"10", "XAU", "not an active ISO 4217"},
		{"10", "HRK", "not an active ISO 4217"},
	} {
		_, err := ParseAmount(test.text, test.currency)
		require.ErrorContains(t, err, test.says, test)
	}
	_, err := AmountFromMinor(-5, "USD")
	require.ErrorContains(t, err, "-0.05 USD is not positive")
	_, err = AmountFromMinor(1, "ABC")
	require.ErrorContains(t, err, "not an active")
}

// TestReplyAmount checks that two spellings of one amount are equal, and that nothing is rounded.
func TestReplyAmount(t *testing.T) {
	t.Parallel()
	want := mustAmount(t, "10.40", "USD")
	for _, text := range []string{"10.4", "10.40", "10.400", "10.4000"} {
		require.Equal(t, want, replyAmount(text, "USD"), text)
	}
	require.Equal(t, mustAmount(t, "10", "JPY"), replyAmount("10.00", "JPY"))
	require.Equal(t, mustAmount(t, "10000000", "IDR"), replyAmount("10000000.00", "IDR"))
	require.Equal(t, mustAmount(t, "10000000", "IDR"), replyAmount("0010000000.0000", "IDR"))
	require.Equal(t, "123456789012345.67 USD", replyAmount("123456789012345.67", "USD").String())
	require.Equal(t, "9223372036854775.807 KWD", Amount{minor: 1<<63 - 1, currency: "KWD"}.String())
	for _, text := range []string{
		"10.401", "", "1e1", "-10.4", "10.4 ", "ten", "10.", ".4", "1.2.3", "0", "00", "0.00",
		"999999999999999999", "10,4",
	} {
		require.True(t, replyAmount(text, "USD").IsZero(), text)
	}
	require.True(t, replyAmount("10.4", "").IsZero())
}

func TestAmountJSON(t *testing.T) {
	t.Parallel()
	amount := mustAmount(t, "10.5", "USD")
	encoded, err := json.Marshal(amount)
	require.NoError(t, err)
	require.JSONEq(t, `{"amount":"10.50","currency":"USD"}`, string(encoded))
	var decoded Amount
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	require.Equal(t, amount, decoded)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"amount":10.5,"currency":"USD"}`), &decoded), "payneteasy: amount")
	require.ErrorContains(t, json.Unmarshal([]byte(`{"amount":"1e1","currency":"USD"}`), &decoded), "want digits")
	for _, currency := range []string{"USD", "JPY", "KWD"} {
		largest, err := AmountFromMinor(1<<63-1, currency)
		require.NoError(t, err)
		encoded, err = json.Marshal(largest)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(encoded, &decoded))
		require.Equal(t, largest, decoded)
	}
	long, err := AmountFromMinor(12345678901234567, "USD") // an amount of a reply can be stored and read again
	require.NoError(t, err)
	encoded, err = json.Marshal(long)
	require.NoError(t, err)
	require.JSONEq(t, `{"amount":"123456789012345.67","currency":"USD"}`, string(encoded))
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	require.Equal(t, long, decoded)
	encoded, err = json.Marshal(Amount{})
	require.NoError(t, err)
	require.Equal(t, "null", string(encoded))
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	require.True(t, decoded.IsZero())
}

// FuzzAmount checks that an accepted amount is printed and read back unchanged, and has the value that a person reads.
func FuzzAmount(f *testing.F) {
	for _, seed := range []string{"10.42", "0.01", "9999999.99", "1e3", ".5", "010", "500"} {
		f.Add(seed, "USD")
		f.Add(seed, "JPY")
		f.Add(seed, "KWD")
	}
	f.Fuzz(func(t *testing.T, text, currency string) {
		amount, err := ParseAmount(text, currency)
		if err != nil {
			require.True(t, amount.IsZero())
			return
		}
		require.Positive(t, amount.Minor())
		require.LessOrEqual(t, len(amount.Decimal()), 10)
		again, err := ParseAmount(amount.Decimal(), currency)
		require.NoError(t, err)
		require.Equal(t, amount, again)
		require.Equal(t, amount, replyAmount(text, currency))
	})
}

// TestAmountMemory checks that an amount does not keep the body of its reply or callback in memory. Its currency is a
// text from that body, and a journal may keep the amount for a long time.
func TestAmountMemory(t *testing.T) {
	t.Parallel()
	body := strings.Repeat(" ", 1000) + "USD"
	amount := replyAmount("10.42", body[1000:])
	require.Equal(t, "10.42 USD", amount.String())
	require.NotSame(t, unsafe.StringData(body[1000:]), unsafe.StringData(amount.Currency()))
	runtime.KeepAlive(body)
}
