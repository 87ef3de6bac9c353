package payneteasy

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// statusFixture is a live status reply in the gateway's form format, and the same fields as JSON.
func statusFixture(b *testing.B) (contentType string, form, asJSON []byte) {
	b.Helper()
	for _, fixture := range readVectors[protocolVectors](b, "protocol.json").Wire {
		if fixture.ID != "status_processing_live" {
			continue
		}
		fields, _, err := decodeReply(fixture.ContentType, []byte(fixture.Raw), true)
		require.NoError(b, err)
		values := map[string]string{}
		for name, value := range fields.All() {
			values[name] = value
		}
		asJSON, err = json.Marshal(values)
		require.NoError(b, err)
		return fixture.ContentType, []byte(fixture.Raw), asJSON
	}
	require.FailNow(b, "the vectors have no status_processing_live")
	return "", nil, nil
}

// BenchmarkDecodeReply reads a status reply beside what the standard library has for the same bytes. Its readers keep
// neither the fields' order nor whether one was cut; they are here for scale.
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
