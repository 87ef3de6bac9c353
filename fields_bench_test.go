package payneteasy

import (
	"encoding/json"
	"maps"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// statusFixture returns a real status reply in the gateway's form format, and the same fields as JSON.
func statusFixture(b *testing.B) (contentType string, form, asJSON []byte) {
	b.Helper()
	for _, fixture := range readVectors[protocolVectors](b, "protocol.json").Wire {
		if fixture.ID != "status_processing_live" {
			continue
		}
		fields, _, err := decodeReply(fixture.ContentType, []byte(fixture.Raw), true)
		require.NoError(b, err)
		asJSON, err = json.Marshal(maps.Collect(fields.All()))
		require.NoError(b, err)
		return fixture.ContentType, []byte(fixture.Raw), asJSON
	}
	require.FailNow(b, "the vectors have no status_processing_live")
	return "", nil, nil
}

// BenchmarkDecodeReply compares the reader of status replies with the standard library's readers of the same bytes.
// Those do not keep the order of the fields, and do not detect a cut field.
func BenchmarkDecodeReply(b *testing.B) {
	contentType, form, asJSON := statusFixture(b)
	run := func(name string, body []byte, decode func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := decode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("form/decodeReply", form, func() error {
		_, _, err := decodeReply(contentType, form, true)
		return err
	})
	run("form/url.ParseQuery", form, func() error {
		_, err := url.ParseQuery(string(form))
		return err
	})
	run("json/decodeReply", asJSON, func() error {
		_, _, err := decodeReply("application/vnd.pay+json", asJSON, true)
		return err
	})
	run("json/encoding-json", asJSON, func() error {
		var values map[string]any
		return json.Unmarshal(asJSON, &values)
	})
}

// BenchmarkPayoutForm measures the work before signing, from the request struct to 8 names and values.
func BenchmarkPayoutForm(b *testing.B) {
	request := &PayoutRequest{
		ClientOrderID: "PO-2026-000123",
		Amount:        mustAmount(b, "100.50", "EUR"),
		OrderDesc:     "Payout #123 (50% off) & more",
		CallbackURL:   "https://merchant.example/cb?x=1&y=2",
		MerchantData:  "eyJiYXRjaCI6IjIwMjYtMDktMDEiLCJzZXEiOjEyM30=",
		BankAccount:   &BankAccount{Number: "DE89370400440532013000", Name: "José Ångström"},
	}
	b.ReportAllocs()
	var form url.Values
	for b.Loop() {
		var err error
		if form, err = request.form(); err != nil {
			b.Fatal(err)
		}
	}
	require.Len(b, form, 8)
}
