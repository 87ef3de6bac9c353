package ecommpay

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCallbackKinds checks callbacks with a valid signature that are not about a payout of ours. They are answered 200,
// told to no one, and logged. Without a valid signature they are refused.
func TestCallbackKinds(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a token":                      `{"project_id":91348,"token":"c8175453","token_created_at":"2024-04-24T13:30:00+0000","request":{"action":"create","status":"success","id":"1"},"customer":{"id":"1"}}`,
		"a recurring payment":          `{"project_id":91348,"recurring":{"id":1001,"status":"active","currency":"EUR","amount":1000},"customer":{"id":"1"}}`,
		"a recurring one of a payment": `{"project_id":91348,"payment":{"id":"order-1"},"recurring":{"id":1001,"status":"cancelled"}}`,
		"redirect data":                `{"project_id":91348,"payment":{"id":"order-1"},"redirect_data":{"method":"GET","body":[],"encrypted":[],"url":"https://a.example/"}}`,
		"redirect data, by general":    `{"general":{"project_id":91348,"payment_id":"order-1"},"redirect_data":{"url":"https://a.example/"}}`,
		"redirect data of a payment":   `{"project_id":91348,"payment":{"id":"order-1","type":"purchase","status":"awaiting redirect result"},"redirect_data":{"url":"https://a.example/"}}`,
		"a 3-D Secure page":            `{"project_id":91348,"payment":{"id":"order-1","type":"purchase","status":"awaiting 3ds result"},"acs":{"pa_req":"x"}}`,
		"an invoice":                   `{"project_id":91348,"invoice":{"id":7,"status":"sent"}}`,
		"a purchase":                   `{"project_id":91348,"payment":{"id":"order-1","type":"purchase","status":"success"},"operation":{"id":1,"type":"sale","status":"success"}}`,
		"a purchase, by its operation": `{"project_id":91348,"payment":{"id":"order-1","status":"success"},"operation":{"id":1,"type":"sale","status":"success"}}`,
		"a recurring operation":        `{"project_id":91348,"payment":{"id":"order-1","status":"decline"},"operation":{"id":1,"type":"recurring","status":"decline"}}`,
		"a verified card":              `{"project_id":91348,"payment":{"id":"order-1","type":"card_verify","status":"success"},"operation":{"id":1,"type":"account verification","status":"success"}}`,
		"a purchase that is refunded":  `{"project_id":91348,"payment":{"id":"order-1","status":"refunded"},"operation":{"id":1,"type":"refund","status":"success"}}`,
		"a purchase without any type":  `{"project_id":91348,"payment":{"id":"order-1","status":"success"}}`,
		"an id that is not ours": `{"project_id":91348,"payment":{"id":"` + strings.Repeat("p", 256) +
			`","status":"success"}}`,
		"an id with a semicolon":    `{"project_id":91348,"payment":{"id":"a;b","status":"success"}}`,
		"a token with a uuid":       `{"project_id":91348,"uuid":"u-1","token":"c8175453"}`,
		"an invoice with a uuid":    `{"project_id":91348,"uuid":"u-1","invoice":{"id":7}}`,
		"redirect data with a uuid": `{"project_id":91348,"uuid":"u-1","redirect_data":{"url":"https://a.example/"}}`,
		"a purchase with a uuid":    `{"project_id":91348,"uuid":"u-1","payment":{"id":"order-1","type":"purchase"}}`,
		"a token of a payout":       `{"project_id":91348,"token":"c8175453","operation":{"id":1,"type":"payout"}}`,
		"redirect data of a payout": `{"project_id":91348,"payment":{"id":"order-1","type":"payout"},"redirect_data":{"url":"https://a.example/"}}`,
		"a 3-D Secure page of one":  `{"project_id":91348,"payment":{"id":"order-1","type":"payout"},"acs":{"pa_req":"x"}}`,
		"a payment that is null":    `{"payment":null}`,
		"a payment that is a text":  `{"payment":"text"}`,
		"an id that is an object":   `{"payment":{"id":{"a":1},"status":"success"}}`,
		"an empty payment":          `{"payment":{"id":null,"status":null},"operation":null}`,
		"nothing":                   `{}`,
	} {
		handler, log, got := logged(t, func() string {
			return signed(t, `{"project_id":91348,"payment":{"id":"order-1","type":"purchase","status":"success"}}`)
		})
		handler.Ref = nil
		require.Equal(t, http.StatusOK, served(handler, signed(t, text)), name)
		require.Empty(t, *got, name)
		require.Equal(t, 1, strings.Count(log.String(), `msg="ecommpay callback"`), "%s: %s", name, log)
		require.Contains(t, log.String(), "http_status=200", name)
		require.NotContains(t, log.String(), "c8175453")

		cb, err := handler.client.ParseCallback(
			httptest.NewRequest(http.MethodPost, "/", strings.NewReader(signed(t, text))))
		if refused, ok := errors.AsType[*CallbackError](err); ok {
			require.ErrorIs(t, err, ErrNoPayment, name)
			require.Equal(t, http.StatusOK, refused.HTTPStatus, name)
		} else {
			require.Equal(t, "order-1", cb.PaymentID, name)
		}

		for _, forged := range []string{text, strings.Replace(signed(t, text), `"signature":"`, `"signature":"A`, 1)} {
			log.Reset()
			require.Equal(t, http.StatusForbidden, served(handler, forged), name)
			require.Contains(t, log.String(),
				`level=WARN msg="ecommpay callback" outcome=forged http_status=403 reason=`, name)
		}
		require.Empty(t, *got, name)
	}
}

// TestPurchaseCallbacks checks that callbacks about purchases at the same URL are answered, and told to no one.
func TestPurchaseCallbacks(t *testing.T) {
	t.Parallel()
	purchase := signed(t,
		`{"payment":{"id":"order-1","type":"purchase","status":"success","sum":{"amount":7000,"currency":"EUR"}}}`)
	handler, got := told(t, func() string { return purchase })
	require.Equal(t, http.StatusOK, served(handler, purchase))
	require.Empty(t, *got)
}
