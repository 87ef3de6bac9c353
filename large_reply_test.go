package payneteasy

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/singlesend"
)

// largeReplies returns replies of about size bytes, in shapes that are cheap to send and may be slow to read.
func largeReplies(size int) map[string]*reply {
	form := func(pair string) []byte {
		body := []byte("type=error\n&error-message=Order+not+found\n")
		for i := 0; len(body)+len(pair)+8 < size; i++ {
			body = append(append(append(body, '&'), pair...), strconv.Itoa(i)...)
			body = append(body, "=1\n"...)
		}
		return body
	}
	asJSON := func(pair string) []byte {
		body := []byte(`{"type":"error","error-message":"Order not found"`)
		for i := 0; len(body)+len(pair)+8 < size; i++ {
			body = append(append(append(body, `,"`...), pair...), strconv.Itoa(i)...)
			body = append(body, `":1`...)
		}
		return append(body, '}')
	}
	bodies := map[string]struct {
		contentType string
		body        []byte
	}{
		"fields":        {formType, form("f")},
		"escaped names": {formType, form("%66")},
		"order ids":     {formType, form("paynet-order-id")},
		"one name": {
			formType,
			append([]byte("type=error&error-message=No"), bytes.Repeat([]byte("&a=1"), size/4-8)...),
		},
		"nothing but &": {
			formType,
			append([]byte("type=error&error-message=No"), bytes.Repeat([]byte("&"), size-32)...),
		},
		"one long name": {
			formType,
			append([]byte("type=error&error-message=No&"), bytes.Repeat([]byte("a"), size-32)...),
		},
		"a long message": {
			formType,
			append([]byte("type=error&error-message="), bytes.Repeat([]byte("order "), size/6-8)...),
		},
		"a long order id": {
			formType,
			append([]byte("type=async-response&merchant-order-id=payout-0001&paynet-order-id=7"),
				bytes.Repeat([]byte("0"), size-96)...),
		},
		"a long amount": {
			formType,
			append([]byte(
				"type=status-response&status=approved&merchant-order-id=payout-0001&paynet-order-id=7&currency=USD&amount=1"), bytes.Repeat([]byte("0"), size-128)...),
		},
		"JSON fields": {jsonType, asJSON("f")},
		"JSON lists": {
			jsonType,
			append(append([]byte(`{"type":"error","a":`), bytes.Repeat([]byte("["), 9_000)...),
				bytes.Repeat([]byte(" "), size-10_000)...),
		},
		"a page": {"text/html", bytes.Repeat([]byte("<a><style>"), size/10)},
		"almost the page": {
			"text/html",
			append([]byte("<!DOCTYPE html><html><head>"), bytes.Repeat([]byte("<meta x>"), size/8-8)...),
		},
	}
	replies := make(map[string]*reply, len(bodies))
	for name, said := range bodies {
		r := &reply{status: http.StatusOK, header: http.Header{}, body: said.body, whole: true}
		if said.contentType == "text/html" {
			r.status = http.StatusForbidden
		}
		r.fields, r.isJSON, r.decodeErr = decodeReply(said.contentType, said.body, true)
		replies[name] = r
	}
	return replies
}

// judgeAll reads a reply in every way in which the client does.
func judgeAll(c *Client, r *reply) {
	ref := OrderRef{ClientOrderID: "payout-0001", OrderID: "7"}
	payout := &call{
		command: "payout", clientOrderID: ref.ClientOrderID, success: []string{"async-response"},
		mask: masking.Masker{IDs: []string{ref.ClientOrderID}},
	}
	send, cause := r.judge(payout)
	_ = r.provedOrderID(payout, send)
	_ = c.failure(payout, r, Entry{Send: string(send)}, cause).Error()
	question, err := c.statusCall(ref)
	if err != nil {
		panic(err)
	}
	if status, failed := c.readStatus(question, ref, r, nil); failed != nil {
		_ = failed.Error()
	} else {
		_ = status.fact(Entry{}, time.Time{}, 0)
	}
	_ = fmt.Sprint(r.fields)
}

// TestLargeReplies checks that the number of passes over the fields of a reply is limited, for any number of fields. A
// lookup by name needs no pass.
func TestLargeReplies(t *testing.T) {
	t.Parallel()
	const passes = 16
	client := newTestClient(t)
	for name, r := range largeReplies(singlesend.MaxReply) {
		scans, list := 0, r.fields.list
		if list == nil {
			list = func() []field { return nil }
		}
		r.fields.list = func() []field { scans++; return list() }
		judgeAll(client, r)
		require.Less(t, scans, passes, "%s: %d fields", name, len(list()))
	}
}

// BenchmarkLargeReplies shows that the time is linear in the size of the reply.
func BenchmarkLargeReplies(b *testing.B) {
	client := newTestClient(b)
	for _, size := range []int{128 << 10, 256 << 10, 1 << 20} {
		for name, r := range largeReplies(size) {
			b.Run(fmt.Sprintf("%s/%d KiB", name, size>>10), func(b *testing.B) {
				b.SetBytes(int64(len(r.body)))
				contentType := formType
				if r.isJSON {
					contentType = jsonType
				}
				for b.Loop() {
					r.fields, _, r.decodeErr = decodeReply(contentType, r.body, true)
					judgeAll(client, r)
				}
			})
		}
	}
}

func newTestClient(t testing.TB) *Client {
	t.Helper()
	client, err := NewClient(Config{
		BaseURL: "http://localhost/paynet", Endpoint: EndpointID(39915), Login: "TestMerchant", PrivateKey: testKey(t),
		ControlKey: NewSecret("test-merchant-control"), Timeout: time.Minute,
	})
	require.NoError(t, err)
	return client
}
