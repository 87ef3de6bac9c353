package ecommpay

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestErrorPersonalData checks that data of the request is masked when the platform echoes it.
func TestErrorPersonalData(t *testing.T) {
	t.Parallel()
	client := answering(t, func(string, value) (int, string) {
		return 400, `{"status":"error","code":"2426","message":"p.jeltz@mail.com and 44991234567 of cosmoshop_payout_1323, card 4242 4242 4242 4242"}`
	})
	_, err := client.RegisterPayout(t.Context(), registration(t))
	for _, text := range []string{
		err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", registration(t)),
		fmt.Sprintf("%v %#v", client, client),
	} {
		for _, secret := range []string{"p.jeltz", "44991234567", "4242 4242", `"secret"`} {
			require.NotContains(t, text, secret)
		}
	}
	require.ErrorContains(t, err, "of cosmoshop_payout_1323")
}

// TestPersonalData checks that neither the platform's words nor ours leak the receiver's data.
func TestPersonalData(t *testing.T) {
	t.Parallel()
	r := registration(t)
	for name, text := range map[string]string{
		"customer %+v": fmt.Sprintf("%+v", r.Customer), "customer %#v": fmt.Sprintf("%#v", r.Customer),
		"registration %+v": fmt.Sprintf("%+v %#v", r, *r),
		"payload %+v":      fmt.Sprintf("%+v", struct{ R *PayoutRegistration }{r}),
	} {
		require.NotContains(t, text, "jeltz", name)
	}
	client := answering(t, func(path string, asked value) (int, string) {
		if strings.HasSuffix(path, "status") {
			return 200, signed(t,
				`{"payment":{"id":"cosmoshop_payout_1323","type":"payout","status":"decline"},"errors":[{"code":"2426","message":"Invalid email p.jeltz@mail.com, card 4242 4242 4242 4242, phone 44991234567"}]}`)
		}
		return 200, `{"status":"success","payment_id":"` + asked.get("general", "payment_id").text + `"}`
	})
	_, err := client.NewPayout(r).Register(t.Context(), nil)
	require.NotContains(t, err.Error(), "jeltz")
	require.NotContains(t, err.Error(), "4242 4242 4242")
	var waited *WaitError
	require.True(t, errors.As(err, &waited))
	for _, what := range []any{waited.Last, client, client.config, client.signer} {
		raw, err := json.Marshal(what)
		require.NoError(t, err)
		require.NotContains(t, string(raw), "jeltz")
		require.NotContains(t, string(raw)+fmt.Sprintf("%+v %#v", what, what), `secret"`)
	}

	client = answering(t, func(string, value) (int, string) {
		return 400, `{"code":"2004","message":"bad j\u00fcrgen@mail.com"` // cut
	})
	r.Customer.Email = "jürgen@mail.com"
	_, err = client.RegisterPayout(t.Context(), r)
	require.NotContains(t, err.Error(), "rgen@mail")
}

// TestPrintedText checks that a value prints as one text with every verb. It may be a value, a pointer, or part of
// another value. Break seen red: Session.Format with a pointer receiver only.
func TestPrintedText(t *testing.T) {
	t.Parallel()
	client, err := NewClient(Config{ProjectID: 1, SecretKey: payneteasy.NewSecret("k")})
	require.NoError(t, err)
	r, page := registration(t), session(t)
	page.ExpiresAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	payment := Payment{PaymentID: "p", Status: StatusSuccess}
	cb := Callback{Payment: payment, Confirmed: &Status{Payment: Payment{Status: StatusDecline}}}
	for want, values := range map[string][]any{
		"ecommpay.Client(https://api.ecommpay.com, project 1)":                  {client},
		"ecommpay.Config(https://api.ecommpay.com, project 1)":                  {client.config, &client.config},
		`ecommpay.Customer("16061314")`:                                         {r.Customer, &r.Customer},
		`ecommpay.PayoutRegistration("cosmoshop_payout_1323", 70.00 EUR)`:       {r, *r},
		`ecommpay.Payout("cosmoshop_payout_1323", 70.00 EUR)`:                   {client.NewPayout(r)},
		`ecommpay.Session("cosmoshop_payout_1323", until 2026-03-01T12:00:00Z)`: {page, *page},
		`ecommpay.Payment("p": success)`:                                        {payment, &payment},
		`ecommpay.Callback("p": success, confirmed decline)`:                    {cb, &cb},
	} {
		for _, value := range values {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				require.Equal(t, want, fmt.Sprintf(verb, value), "%s of %T", verb, value)
			}
			require.Equal(t, "["+want+"]", fmt.Sprintf("%+v", []any{value}))
		}
	}
}
