package payneteasy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// ownIDs are merchants' IDs that look like account or card numbers, contain a secret of secretRequest, or look like a
// pattern.
var ownIDs = []string{
	"payout-0001", "salary-2026-11-0001", "5555555555554444", "2026113000000001", "ORD 2026-11-30 0001", "20261130",
	"p.*(20261130)+[7]$",
	"payout-737", "salary-" + account + "-01", "GB33BUKB20201555555555",
}

const (
	longOrderID = "20240102030405"
	longSerial  = "00000000-0000-0000-0000-000002e2c322"
)

// answering returns a client whose gateway, or a proxy before it, gives this answer. It also returns the client's log.
func answering(t *testing.T, a answer) (*payneteasy.Client, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	config := configFor(t, "http://localhost/paynet",
		&http.Client{Transport: inProcess{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", a.contentType)
			w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
			w.WriteHeader(a.status)
			_, _ = io.WriteString(w, a.body)
		})}})
	config.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.SkipLimits = true
	return newClient(t, config), log
}

// TestOwnIDsShowWhole checks that the merchant's own IDs are shown unmasked in errors and logs of payouts and
// questions. Secrets of the request are masked there.
func TestOwnIDsShowWhole(t *testing.T) {
	t.Parallel()
	for _, id := range ownIDs {
		said := "order " + id + " (" + longOrderID + ", " + longSerial + ") is in use"
		e := url.QueryEscape(said + " for " + cardNumber)
		ids := "\n&merchant-order-id=" + url.QueryEscape(id) + "\n&paynet-order-id=" + longOrderID +
			"\n&serial-number=" + longSerial + "\n"
		for place, a := range map[string]answer{
			"an error":           {200, form, "type=error" + ids + "&error-message=" + e + "\n", byLength},
			"a validation error": {200, form, "type=validation-error" + ids + "&error-message=" + e + "\n", byLength},
			"JSON": {
				400, js,
				fmt.Sprintf(`{"type":"error","paynet-order-id":"%s","serial-number":%q,"error-message":%q}`,
					longOrderID, longSerial, said+" for "+cardNumber), byLength,
			},
		} {
			client, log := answering(t, a)
			req := secretRequest(t)
			req.ClientOrderID = id
			_, err := client.Payout(t.Context(), req)
			requireSays(t, err, said+" for [redacted]", place)
			requireOwnHidden(t, shown(t, err)+log.String(), id, place)
			_, err = client.Status(t.Context(), payneteasy.OrderRef{ClientOrderID: id, OrderID: longOrderID})
			requireSays(t, err, said+" for [redacted]", "status: "+place)
			_, err = client.Status(t.Context(), payneteasy.OrderRef{ClientOrderID: id})
			requireSays(t, err, said+" for [redacted]", "status by client_orderid: "+place)
		}
		client, _ := answering(t,
			answer{
				502, "text/html", "<html><body><p>Order " + id + "</p> of " + cardNumber + "</body></html>",
				byLength,
			})
		req := secretRequest(t)
		req.ClientOrderID = id
		_, err := client.Payout(t.Context(), req)
		requireSays(t, err, "Order "+id+" of [redacted]", "a page")
	}
}

func requireSays(t *testing.T, err error, said, context string) {
	t.Helper()
	var failed *payneteasy.Error
	require.ErrorAs(t, err, &failed, context)
	require.Equal(t, said, failed.Message, context)
}

// requireOwnHidden is requireHidden except for secrets that are part of the ID.
func requireOwnHidden(t *testing.T, text, id, context string) {
	t.Helper()
	requireHidden(t, strings.ReplaceAll(strings.ReplaceAll(text, id, ""), url.QueryEscape(id), ""), id+" "+context)
}

// TestOwnIDsOfOtherErrors checks the same for errors of a transport, a status and a callback.
func TestOwnIDsOfOtherErrors(t *testing.T) {
	t.Parallel()
	for _, id := range ownIDs {
		config := configFor(t, "http://localhost/paynet",
			&http.Client{Transport: failing{errors.New("no answer for " + id + " of " + cardNumber)}})
		req := request(t)
		req.ClientOrderID = id
		_, err := newClient(t, config).Payout(t.Context(), req)
		require.ErrorContains(t, err, "no answer for "+id+" of [redacted]")

		client, log := answering(t,
			answer{200, form, "type=status-response\n&status=declined\n&merchant-order-id=" + url.QueryEscape(id) +
				"\n&paynet-order-id=" + longOrderID + "\n&amount=10.42\n&currency=USD\n&error-message=" +
				url.QueryEscape(longOrderID+": "+id) + "\n", byLength})
		status, err := client.Status(t.Context(), req.Ref())
		require.NoError(t, err)
		require.Equal(t, longOrderID+": "+id, status.ErrorMessage)
		require.Contains(t, log.String(), strings.Trim(strconv.Quote(id), `"`))

		cb, err := client.ParseCallback(
			callbackGET(
				callbackForm("status", "declined", "client_orderid", id, "merchant_order", id, "orderid", longOrderID,
					"error_message", "order "+id+"/"+longOrderID+" of "+cardNumber).Encode()))
		require.NoError(t, err)
		require.Equal(t, "order "+id+"/"+longOrderID+" of [redacted]", cb.ErrorMessage)
	}
}

// TestOwnIDIsTheCard checks that an ID with the request's card number is refused and never shown. An ID that looks like
// another card number, or is also in Extra, is a normal ID.
func TestOwnIDIsTheCard(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway.Config())
	pay := func(id string) (*payneteasy.PayoutRequest, error) {
		req := request(t)
		req.ClientOrderID, req.BankAccount = id, nil
		req.Card = &payneteasy.Card{
			Number: payneteasy.NewSecret(cardNumber), PrintedName: "J DOE", ExpireMonth: "12", ExpireYear: "2099",
			CVV2: payneteasy.NewSecret(cvv),
		}
		req.Extra = url.Values{"merchant_reference": {id}}
		_, err := client.Payout(t.Context(), req)
		return req, err
	}
	for _, id := range []string{
		cardNumber, "payout-" + cardNumber + "-1", "4444-4444-4444-4448", "4444 4444 4444 4448",
		"1" + cardNumber,
	} {
		_, err := pay(id)
		requireOneOutcome(t, err, payneteasy.DecisionNotSent)
		require.ErrorContains(t, err, "client_orderid contains the card's number")
		requireHidden(t, shown(t, err), id)
	}
	require.Empty(t, gateway.Orders())
	for _, id := range []string{"5555555555554444", "4444444444444"} {
		_, err := pay(id)
		require.NoError(t, err)
		gateway.FailOrder(id, payneteasytest.Page(http.StatusBadGateway, "order "+id+" of "+cardNumber))
		_, err = pay(id)
		require.ErrorContains(t, err, "order "+id+" of [redacted]")
	}
	req, _ := pay("salary-737-2026")
	debug, err := client.DebugPayout(req)
	require.NoError(t, err)
	require.Contains(t, debug.Body, "client_orderid=salary-737-2026&")
}
