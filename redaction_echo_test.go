package payneteasy_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// These are secrets in a request that must never be shown.
const (
	cardNumber = "4444444444444448"
	cvv        = "737"
	account    = "12345678"
	wallet     = "jane+o'k@pay.example"
	iban       = "MT84MALTXXX"
)

// requireHidden searches a text for every secret in every form, also without the separators between digits.
func requireHidden(t *testing.T, text, context string) {
	t.Helper()
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-_\u00a0", r) {
			return -1
		}
		return r
	}, text)
	for _, secret := range []string{cardNumber, account, wallet, iban} {
		for _, form := range []string{
			secret, url.QueryEscape(secret), html.EscapeString(secret), hex.EncodeToString([]byte(secret)),
			base64.StdEncoding.EncodeToString([]byte(secret)),
		} {
			require.NotContains(t, strings.ToLower(text), strings.ToLower(form), context)
			require.NotContains(t, strings.ToLower(digits), strings.ToLower(form), context)
		}
	}
	require.NotRegexp(t, `(?i)cvv[_ ]?737|=737`, text, context)
}

// timeless removes times and durations from a record, because they contain random digits.
func timeless(_ []string, a slog.Attr) slog.Attr {
	if kind := a.Value.Kind(); kind == slog.KindTime || kind == slog.KindDuration {
		return slog.Attr{}
	}
	return a
}

// TestEchoesAreMasked checks replies of a gateway, or of a proxy before it, that repeat parts of a request. No error
// and no log shows them, in any place and spelling.
func TestEchoesAreMasked(t *testing.T) {
	t.Parallel()
	said := []string{
		cardNumber, "4444  4444  4444  4448", "4444\u00a04444\u00a04444\u00a04448", "4444.4444.4444.4448",
		"4444-4444-4444-4448",
		"bad CVV737 or cvv_737", "acct 1234 5678", account, strings.ToUpper(wallet), url.QueryEscape(wallet),
		html.EscapeString(wallet), wallet, iban,
		base64.StdEncoding.EncodeToString([]byte(cardNumber)), hex.EncodeToString([]byte(cardNumber)),
	}
	var a answer
	var log bytes.Buffer
	config := configFor(t, "http://localhost/paynet",
		&http.Client{Transport: inProcess{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", a.contentType)
			w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
			w.WriteHeader(a.status)
			_, _ = io.WriteString(w, a.body)
		})}})
	config.Logger = slog.New(
		slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: timeless}))
	config.SkipLimits = true // card and account in one request
	client := newClient(t, config)
	for _, text := range said {
		e := url.QueryEscape(text)
		for place, said := range map[string]answer{
			"error-message":   {200, form, "type=error\n&paynet-order-id=7\n&error-message=" + e + "\n", byLength},
			"error-code":      {200, form, "type=error\n&paynet-order-id=7\n&error-code=" + e + "\n", byLength},
			"serial-number":   {200, form, "type=error\n&paynet-order-id=7\n&serial-number=" + e + "\n", byLength},
			"type":            {200, form, "type=" + e + "\n&paynet-order-id=7\n", byLength},
			"paynet-order-id": {200, form, "type=error\n&paynet-order-id=" + e + "\n", byLength},
			"a field's name":  {200, form, "type=error\n&" + e + "=1\n&" + e + "=2\n", byLength},
			"a page":          {404, "text/html", "<html><td>" + text + "</td></html>", byLength},
			"a page's cells": {400, "text/html", "<html><td>" + strings.ReplaceAll(text, " ", "</td><td>") +
				"</td></html>", byLength},
			"JSON":        {400, js, fmt.Sprintf(`{"error-message":%q,"paynet-order-id":7}`, text), byLength},
			"a rejection": {200, form, "type=error\n&error-message=" + e + "\n", byLength},
		} {
			a = said
			log.Reset()
			_, err := client.Payout(t.Context(), secretRequest(t))
			requireHidden(t, shown(t, err)+log.String(), place+": "+text)
			// For a question only card numbers are masked, because it knows no secrets.
			if strings.Trim(text, "0123456789 .-\u00a0") == "" && (place != "paynet-order-id" || text != account) {
				log.Reset()
				_, err = client.Status(t.Context(), ref())
				requireHidden(t, shown(t, err)+log.String(), "status, "+place+": "+text)
			}
		}
	}
}

// TestEncodingEchoIsMasked checks a header that repeats secrets of the request.
func TestEncodingEchoIsMasked(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	config := configFor(t, "http://localhost/paynet",
		&http.Client{Transport: inProcess{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "card "+cardNumber+" account "+account)
		})}})
	config.SkipLimits, config.Logger = true,
		slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: timeless}))
	client := newClient(t, config)
	_, err := client.Payout(t.Context(), secretRequest(t))
	requireOneOutcome(t, err, payneteasy.DecisionUnknown)
	require.ErrorContains(t, err, "the reply is compressed (Content-Encoding: ")
	requireHidden(t, shown(t, err)+log.String(), "Content-Encoding")
}

// shown returns an error as every printer writes it.
func shown(t testing.TB, err error) string {
	require.Error(t, err)
	var failed *payneteasy.Error
	require.ErrorAs(t, err, &failed)
	require.NotContains(t, err.Error(), "\n", "one line")
	encoded, jsonErr := json.Marshal(failed)
	require.NoError(t, jsonErr)
	return fmt.Sprintf("%v %+v %#v %q %v %s", err, err, *failed, err, errors.Unwrap(err), encoded)
}

// TestTransportEchoesAreMasked checks errors of a transport, which may quote anything. For example, net/http quotes
// broken replies.
func TestTransportEchoesAreMasked(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"malformed HTTP status code \"" + account + "\"", "missing colon: \"credit_card_number=" + cardNumber +
			"&cvv2=737\"", "wallet " + wallet,
	} {
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: failing{errors.New(text)}})
		config.SkipLimits = true
		_, err := newClient(t, config).Payout(t.Context(), secretRequest(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		requireHidden(t, shown(t, err), text)
	}
	config := configFor(t, "http://localhost/paynet",
		&http.Client{Transport: failing{errors.New("dial 127.0.0.1:41301: refused")}})
	_, err := newClient(t, config).Payout(t.Context(), request(t))
	require.ErrorContains(t, err, "127.0.0.1:41301", "an address is not a secret")
}

// TestConcurrentFailures checks concurrent calls with the context of an errgroup. net/http returns the first failure
// for every other call then.
func TestConcurrentFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testConcurrentFailures) // the retries of a question take time
}

func testConcurrentFailures(t *testing.T) {
	for _, foreign := range []error{
		&payneteasy.Error{Decision: payneteasy.DecisionRejected, HTTPStatus: 403},
		&payneteasy.Error{Decision: payneteasy.DecisionNotSent},
		payneteasy.ErrRejected, payneteasy.ErrNotSent, fmt.Errorf("breaker: %w", payneteasy.ErrNotSent),
		&payneteasy.ValidationError{},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		client := newClient(t,
			configFor(t, "http://localhost/paynet", &http.Client{Transport: cancelling{cancel, foreign}}))
		_, err := client.Payout(ctx, request(t))
		requireOneOutcome(t, err, payneteasy.DecisionUnknown)
		require.NotErrorIs(t, err, payneteasy.ErrAccessDenied)
		var invalid *payneteasy.ValidationError
		require.NotErrorAs(t, err, &invalid)

		client = newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: failing{foreign}}))
		for _, ask := range []func() error{
			func() error { _, err := client.Status(t.Context(), ref()); return err },
			func() error {
				_, err := client.Wait(t.Context(), client.NewEntry(ref()),
					&payneteasy.WaitOptions{MaxWait: 1, MinInterval: 1, MaxInterval: 1})
				return err
			},
		} {
			err := ask()
			require.ErrorContains(t, err, "payneteasy: ")
			for _, sentinel := range []error{
				payneteasy.ErrNotSent, payneteasy.ErrRejected,
				payneteasy.ErrOutcomeUnknown,
			} {
				require.NotErrorIs(t, err, sentinel)
			}
		}
	}
}

// TestDebugSignature checks that the signature in the debug output is made over the masked text. Otherwise a reader
// could guess the secrets until the signature matches.
func TestDebugSignature(t *testing.T) {
	t.Parallel()
	config := payneteasytest.NewGateway(t).Config()
	config.SkipLimits = true
	config.Nonce = func() string { return "b5E31Tw6SVjauE29uOf2jOLnuUSXmVdE" } // a random nonce may begin with the CVV
	config.Clock = func() time.Time { return time.Unix(1677831012, 0) }
	client := newClient(t, config)
	req := secretRequest(t)
	req.OrderDesc, req.Purpose = "to account "+account, "card 4444 4444 4444 4448"
	d, err := client.DebugPayout(req)
	require.NoError(t, err)
	for _, hidden := range []string{account, url.QueryEscape(wallet), iban} {
		require.NotContains(t, fmt.Sprintf("%+v", d), hidden)
	}
	signature, err := hex.DecodeString(d.SignatureHex)
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(d.BaseString))
	require.NoError(t,
		rsa.VerifyPKCS1v15(config.PrivateKey.Public().(*rsa.PublicKey), crypto.SHA256, digest[:], signature))
	require.Contains(t, d.OAuthHeader, url.QueryEscape(d.SignatureBase64))
	requireHidden(t, fmt.Sprintf("%+v", d), "debug")
}

// TestLoggedRequestHidesTheAccount checks that a logged request shows no account.
func TestLoggedRequestHidesTheAccount(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	req := secretRequest(t)
	options := &slog.HandlerOptions{ReplaceAttr: timeless}
	for _, logger := range []*slog.Logger{
		slog.New(slog.NewJSONHandler(&out, options)),
		slog.New(slog.NewTextHandler(&out, options)),
	} {
		logger.Info("paying", slog.Any("request", req), slog.Any("value", *req), slog.Any("ref", req.Ref()))
	}
	requireHidden(t, out.String(), "log")
	require.Contains(t, out.String(), "payout-0001")
}

// TestLoggerThatPanics checks that the result of a call is not lost if the logger panics.
func TestLoggerThatPanics(t *testing.T) {
	t.Parallel()
	config := payneteasytest.NewGateway(t).Config()
	config.Logger = slog.New(panicking{})
	payout, err := newClient(t, config).Payout(t.Context(), request(t))
	require.NoError(t, err)
	require.NotEmpty(t, payout.OrderID)
}

type panicking struct{ slog.Handler }

func (panicking) Enabled(context.Context, slog.Level) bool { return true }

func (panicking) Handle(context.Context, slog.Record) error { panic("full") }

// TestNilsDoNotPanic checks that a missing argument is an error.
func TestNilsDoNotPanic(t *testing.T) {
	t.Parallel()
	config := payneteasytest.NewGateway(t).Config()
	client := newClient(t, config)
	var none context.Context
	_, err := client.Payout(none, request(t))
	requireOneOutcome(t, err, payneteasy.DecisionNotSent)
	_, err = client.Status(none, ref())
	require.ErrorContains(t, err, "the context is nil")
	_, err = client.Wait(none, client.NewEntry(ref()), nil)
	require.ErrorContains(t, err, "the context is nil")
	withJournal := config
	withJournal.Journal = &payneteasytest.MemoryJournal{}
	_, err = newClient(t, withJournal).Settle(none, client.NewEntry(ref()),
		payneteasy.Settlement{Decision: payneteasy.DecisionPaid, Reason: "x"})
	require.ErrorContains(t, err, "the context is nil")
	_, err = newClient(t, withJournal).AdoptElsewhere(none,
		payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "7"})
	require.ErrorContains(t, err, "the context is nil")
	withJournal.Journal = (*filejournal.Journal)(nil)
	_, err = payneteasy.NewClient(withJournal)
	require.ErrorContains(t, err, "Journal is a nil pointer")
	_, _, err = new(payneteasy.Signer).Sign(http.MethodPost, "https://a.example/", nil)
	require.ErrorContains(t, err, "not made by NewSigner")
	require.Equal(t, "payneteasy: wait", (&payneteasy.WaitError{}).Error())
	config.HTTPClient.Transport = (*http.Transport)(nil)
	_, err = newClient(t, config).Payout(t.Context(), request(t))
	requireOneOutcome(t, err, payneteasy.DecisionNotSent) // the default transport does not trust the certificate
}
