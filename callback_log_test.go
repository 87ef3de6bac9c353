package payneteasy_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestRefusalsInTheLog checks that each refused callback or redirect makes one record with its reason. The record holds
// nothing from the request except documented parameter names.
func TestRefusalsInTheLog(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		good := callbackForm().Encode()
		with := func(r *http.Request, header, value string) *http.Request {
			r.Header.Set(header, value)
			return r
		}
		redirects := r.client.RedirectHandler(func(_ *http.Request, claimed *payneteasy.Redirect) string {
			return map[bool]string{true: "/result", false: "4444555566661111"}[claimed.Status == "approved"]
		})
		for name, test := range map[string]struct {
			request func() *http.Request
			says    string
		}{
			"forged": {
				func() *http.Request { return callbackPOST("", callbackForm("control", "4444555566661111").Encode()) },
				`outcome=forged http_status=403 reason="the control does not match"`,
			},
			"no status": {
				func() *http.Request { return callbackPOST("", callbackForm("status", "").Encode()) },
				`outcome=refused http_status=400 reason="status is missing"`,
			},
			"two ids": {
				func() *http.Request { return callbackPOST("orderid=4444555566661111", good) },
				`outcome=refused http_status=400 reason="orderid came twice with different values"`,
			},
			"not UTF-8": {
				func() *http.Request { return callbackPOST("", good+"&client-orderid=%ff") },
				`reason="client-orderid is not percent-encoded UTF-8 text"`,
			},
			"compressed": {
				func() *http.Request { return with(callbackPOST("", good), "Content-Encoding", "jane") },
				`http_status=415 reason="its body is encoded (Content-Encoding): it must be sent plain"`,
			},
			"JSON": {
				func() *http.Request { return with(callbackPOST("", good), "Content-Type", "jane/x") },
				`http_status=415 reason="its body is not a form: Content-Type must be ` +
					`application/x-www-form-urlencoded"`,
			},
			"PUT": {
				func() *http.Request { r := callbackPOST("", good); r.Method = "JANE"; return r },
				`http_status=405 reason="the method is neither GET nor POST"`,
			},
			"too large": {
				func() *http.Request { return callbackPOST("", strings.Repeat("jane", 1<<20)) },
				`http_status=413 reason="it is larger than 1024 KiB"`,
			},
			"too many": {
				func() *http.Request { return callbackPOST("", strings.Repeat("jane&", 201)) },
				`http_status=400 reason="it has more than 200 parameters"`,
			},
			"read before": {
				func() *http.Request { r := callbackPOST("", good); r.Body = http.NoBody; return r },
				`reason="the body was read before the handler: `,
			},
			"cut": {func() *http.Request {
				r := callbackPOST("", good)
				r.Body = http.MaxBytesReader(nil, errorBody{fmt.Errorf("read %s: reset", "4444555566661111")}, 1<<20)
				return r
			}, `reason="its body could not be read: read [redacted]: reset"`},
		} {
			for message, handler := range map[string]http.Handler{
				"payneteasy callback": r.handler,
				"payneteasy redirect": redirects,
			} {
				r.log.Reset()
				served(handler, test.request())
				require.Equal(t, 1, strings.Count(r.log.String(), "\n"), r.log.String())
				require.Contains(t, r.log.String(), `level=WARN msg="`+message+`"`, name)
				require.Contains(t, r.log.String(), test.says, name)
				for _, secret := range []string{"jane", "JANE", "4444555566661111", "payout-0001", "6982864"} {
					require.NotContains(t, r.log.String(), secret, name)
				}
			}
		}
		r.log.Reset()
		require.Equal(t, http.StatusBadRequest,
			served(redirects, callbackPOST("", callbackForm("status", "declined").Encode())))
		require.Contains(t, r.log.String(), `level=ERROR msg="payneteasy redirect" outcome="no page" http_status=400 `+
			`reason="the page function returned neither a path nor an http or https URL" duration=0s redirect.client_orderid=payout-0001`)
		require.NotContains(t, r.log.String(), "4444555566661111")
		r.log.Reset()
		require.Equal(t, http.StatusSeeOther, served(redirects, callbackPOST("", good)))
		require.Contains(t, r.log.String(), `level=DEBUG msg="payneteasy redirect" outcome="sent on" http_status=303`)
	})
}

type errorBody struct{ err error }

func (b errorBody) Read([]byte) (int, error) { return 0, b.err }
func (errorBody) Close() error               { return nil }

// TestFailuresInTheLog checks that the log distinguishes a failure of a question, a journal, a store and the merchant's
// functions. Each record has the cause, without card numbers or personal data.
func TestFailuresInTheLog(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		leaks := func(what string) error {
			return fmt.Errorf(
				"%s: card 4444 5555 6666 1111, account DE89370400440532013000, jane@example.com,\nJane Doe, "+
					"\"4444.5555.6666.1111\"", what)
		}
		journal := &failingJournal{}
		knownEntry := stored(t, r.journal)
		knownEntry.Revision = 1
		err := journal.Put(t.Context(), knownEntry)
		require.NoError(t, err)
		config := r.gateway.Config()
		config.Journal, config.Logger = journal, r.logger()
		client := newClient(t, config)
		store := &failingStore{}
		var order, handle error
		book := func(context.Context, payneteasy.News, *payneteasy.Callback) error { return handle }
		handler := client.CallbackHandler(book)
		config.Journal = nil
		withoutJournal := newClient(t, config).CallbackHandler(book)
		withoutJournal.Store = store
		handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
			return payneteasy.OrderRef{}, order
		}
		request := func() *http.Request { return callbackGET(callbackForm("name", "Jane Doe").Encode()) }
		type failure struct {
			fails  func()
			repair func()
			code   int
			level  string
			says   string
			reason string
		}
		unknown := func(err error) func() { return func() { journal.get, order = payneteasy.ErrNoEntry, err } }
		known := func() { journal.get, order = nil, nil }
		for _, test := range []failure{
			{
				func() { store.begin = leaks("no connection") }, func() { store.begin = nil },
				503, "ERROR", `"the store failed"`, "no connection: card [redacted]",
			},
			{
				unknown(leaks("no table")), known,
				503, "ERROR", `"the order could not be looked up"`, "no table: card [redacted]",
			},
			{
				unknown(errors.Join(payneteasy.ErrOrderMismatch, leaks("not ours"))), known,
				409, "ERROR", `"not the same order"`, "not the same order not ours: card [redacted]",
			},
			{
				func() { journal.get = leaks("no row") }, func() { journal.get = nil },
				503, "ERROR", `"the journal failed"`, "the journal could not be read: no row: card [redacted]",
			},
			{
				func() { journal.update = leaks("no space") }, func() { journal.update = nil },
				503, "ERROR", `"the journal failed"`, "the journal could not be written: no space: card [redacted]",
			},
			{
				func() { r.gateway.Hide("payout-0001", true) }, func() { r.gateway.Hide("payout-0001", false) },
				503, "WARN", `"not confirmed"`, `reason="the gateway does not know the order"`,
			},
			{
				func() { r.gateway.RefuseConnections(true); client.CloseIdleConnections() },
				func() { r.gateway.RefuseConnections(false) },
				503, "WARN", `"the status could not be asked"`, `status \"payout-0001\": failed: `,
			},
			{
				func() { handle = leaks("books closed") }, func() { handle = nil },
				500, "WARN", `"the function failed"`, "books closed: card [redacted]",
			},
			{
				func() { store.end = leaks("gone") }, func() { store.end = nil },
				503, "ERROR", `"the store failed"`, "gone: card [redacted]",
			},
		} {
			r.log.Reset()
			test.fails()
			serving := handler
			if store.begin != nil || store.end != nil {
				serving = withoutJournal
			}
			require.Equal(t, test.code, served(serving, request()), test.says)
			test.repair()
			log := r.log.String()
			require.Equal(t, 1, strings.Count(log, "payneteasy callback"), log)
			require.Contains(t, log, "level="+test.level+` msg="payneteasy callback" outcome=`+test.says)
			require.Contains(t, log, test.reason)
			for _, secret := range []string{"1111", "DE89", "jane@", "Jane"} {
				require.NotContains(t, log, secret, test.says)
			}
		}
	})
}

// TestEndpointThatWasAsked checks that the log names the endpoint when the gateway does not know the order. A callback
// does not carry its endpoint. Without a journal and an Order function, the client asks at its own endpoint, which may
// be the wrong one.
func TestEndpointThatWasAsked(t *testing.T) {
	receiving(t, func(t *testing.T, r *receivingTest) {
		config := r.gateway.Config()
		config.Logger = r.logger()
		config.Endpoint = payneteasy.EndpointID(4711)
		client := newClient(t, config)
		require.Equal(t, http.StatusServiceUnavailable, calledBack(client.CallbackHandler(nil)))
		require.Contains(t, r.log.String(),
			"it was asked at the client's endpoint 4711: set CallbackHandler.Order if payouts have other endpoints")
		r.log.Reset()
		handler := client.CallbackHandler(nil)
		handler.Order = func(context.Context, *payneteasy.Callback) (payneteasy.OrderRef, error) {
			return payneteasy.OrderRef{Endpoint: payneteasy.EndpointID(payneteasytest.EndpointID)}, nil
		}
		require.Equal(t, http.StatusOK, calledBack(handler))
		require.NotContains(t, r.log.String(), "the client's")
	})
}
