package ecommpay

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// requireSigned checks that parameters are signed exactly as they are transmitted, and returns them.
func requireSigned(t *testing.T, query url.Values) url.Values {
	t.Helper()
	flat := map[string]string{}
	for name := range query {
		require.Len(t, query[name], 1)
		flat[name] = query.Get(name)
	}
	raw, err := json.Marshal(flat)
	require.NoError(t, err)
	require.NoError(t, signer(t, "secret").Verify(raw))
	return query
}

// TestPage checks that the link and the form have the registered values, signed as they are transmitted.
func TestPage(t *testing.T) {
	t.Parallel()
	client := testClient(t, "")
	page := &Page{
		AccountToken: payneteasy.NewSecret("959c664ad6045679"), LanguageCode: "en", Description: `Prize <b>"&'</b>`,
		SuccessURL: "https://shop.example/ok?a=1&b=2",
		Sender: &Sender{
			WalletID: "w", FirstName: "A", LastName: "B",
			Country: "CA", State: "ON", City: "Toronto", Address: "1 Street",
		},
		Recipient: &Recipient{
			FirstName: "Прос", LastName: "Джельц",
			Country: "CA", State: "QC", City: "Montréal", Address: "2 Rue",
		},
		MoneySend: true, VisaCanada: true, Extra: map[string]string{"recipient_day_of_birth": "01-02-1970"},
	}
	link, err := client.PaymentPageURL(registration(t), session(t), page)
	require.NoError(t, err)
	u, err := url.Parse(link)
	require.NoError(t, err)
	require.Equal(t, "https://paymentpage.ecommpay.com/payment", u.Scheme+"://"+u.Host+u.Path)
	query := requireSigned(t, u.Query())
	for name, want := range map[string]string{
		"mode": "payout", "project_id": "91348", "payment_id": "cosmoshop_payout_1323",
		"payment_currency": "EUR", "payment_amount": "7000",
		"customer_id": "16061314", "customer_email": "p.jeltz@mail.com", "uuid": session(t).UUID,
		"account_token":       "959c664ad6045679",
		"recipient_last_name": "Джельц", "recipient_day_of_birth": "01-02-1970",
		"merchant_success_url": "https://shop.example/ok?a=1&b=2",
	} {
		require.Equal(t, want, query.Get(name), name)
	}
	text, err := client.PaymentPageForm(registration(t), session(t), page)
	require.NoError(t, err)
	fields := url.Values{}
	for _, input := range regexp.MustCompile(`name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(text, -1) {
		fields.Set(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
	}
	require.Equal(t, query, requireSigned(t, fields))
	require.NotContains(t, text, "<b>")
	require.NotContains(t, fmt.Sprintf("%+v %#v", page, session(t)), "959c664ad6045679")
	require.NotContains(t, fmt.Sprintf("%+v %#v %s", *session(t), session(t), session(t)), "Lm3V9")
}

// TestPageVector checks that the minimum of the seed is signed as the vector says.
func TestPageVector(t *testing.T) {
	t.Parallel()
	for _, vector := range readVectors(t).Vectors {
		if vector.Name != "own_03_payment_page_payout" {
			continue
		}
		var want map[string]string
		require.NoError(t, json.Unmarshal([]byte(vector.JSON), &want))
		s := session(t)
		s.UUID = want["uuid"]
		link, err := testClient(t, "").PaymentPageURL(registration(t), s, nil)
		require.NoError(t, err)
		u, err := url.Parse(link)
		require.NoError(t, err)
		require.Equal(t, vector.Signature[0], u.Query().Get("signature"))
		return
	}
	t.Fatal("the vector is missing")
}

// TestRefusedPages checks values that differ from the registration, an expired session, and values that would let
// others change the link.
func TestRefusedPages(t *testing.T) {
	t.Parallel()
	client := testClient(t, "")
	other, err := payneteasy.AmountFromMinor(7001, "EUR")
	require.NoError(t, err)
	for want, change := range map[string]func(*PayoutRegistration, *Session){
		"another payment id":       func(_ *PayoutRegistration, s *Session) { s.PaymentID = "x" },
		"another customer":         func(_ *PayoutRegistration, s *Session) { s.CustomerID = "x" },
		"70.00 EUR was registered": func(r *PayoutRegistration, _ *Session) { r.Amount = other },
	} {
		r, s := registration(t), session(t)
		change(r, s)
		_, err := client.PaymentPageURL(r, s, nil)
		require.ErrorIs(t, err, ErrMismatch)
		require.ErrorContains(t, err, want)
	}
	for _, missing := range []func() (string, error){
		func() (string, error) { return client.PaymentPageURL(nil, session(t), nil) },
		func() (string, error) { return client.PaymentPageForm(registration(t), nil, nil) },
	} {
		_, err := missing()
		require.ErrorIs(t, err, ErrMismatch)
	}
	dead := session(t)
	dead.ExpiresAt = time.Now()
	_, err = client.PaymentPageURL(registration(t), dead, nil)
	require.ErrorIs(t, err, ErrPayoutExpired)
	require.EqualError(t, err,
		"ecommpay: the payout's link has expired, but the payout may have been paid: ask its status")

	collision := readVectors(t).Collision.A["customer_last_name"]
	for want, page := range map[string]*Page{
		"customer_last_name has a semicolon": {
			Extra: map[string]string{"customer_last_name": collision},
		},
		"payment_description has a semicolon": {Description: "a;b"},
		"recipient_last_name has a semicolon": {Recipient: &Recipient{LastName: collision}},
		"merchant_fail_url has a semicolon":   {FailURL: "https://a.example/;payment_amount:1"},
		"account_token has a semicolon":       {AccountToken: payneteasy.NewSecret("a;b")},
		"best_before must not be set": {
			Extra: map[string]string{"best_before": "2026-01-01"},
		},
		"frame_mode is not signed":                               {Extra: map[string]string{"frame_mode": "popup"}},
		"payment_amount is set by the registration":              {Extra: map[string]string{"payment_amount": "1"}},
		"language_code is set by the registration or by a field": {Extra: map[string]string{"language_code": "en"}},
		"signature is set by":                                    {Extra: map[string]string{"signature": "x"}},
		"Extra has a name that is not":                           {Extra: map[string]string{"payment_amount:x": "1"}},
		"customer_phone is empty":                                {Extra: map[string]string{"customer_phone": ""}},
		"sender_country is required with sender_state":           {Sender: &Sender{State: "ON"}},
		"recipient_state is required in CA and US":               {Recipient: &Recipient{Country: "US"}},
		"recipient_state is not the second part": {
			Recipient: &Recipient{Country: "CA", State: "CA-ON"},
		},
		"sender_country is not an ISO 3166-1":               {Sender: &Sender{Country: "ca"}},
		"sender_city is longer than 25":                     {Sender: &Sender{City: strings.Repeat("x", 26)}},
		"sender_wallet_id is required by MoneySend":         {MoneySend: true},
		"recipient_city is required by Visa Money Transfer": {VisaCanada: true},
		"merchant_return_url is not an absolute":            {ReturnURL: "javascript:alert(1)"},
		"language_code is not":                              {LanguageCode: "English"},
		"recipient_first_name has control characters":       {Recipient: &Recipient{FirstName: "a\u0000"}},
	} {
		_, err := client.PaymentPageURL(registration(t), session(t), page)
		var invalid *payneteasy.ValidationError
		require.ErrorAs(t, err, &invalid, want)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "999999")
	}
}

// TestLinkAsCallback checks that a signed link, which the receiver sees, is not accepted as a callback.
func TestLinkAsCallback(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"payment", "general", "operation"} {
		_, err := testClient(t, "").PaymentPageURL(registration(t), session(t),
			&Page{Extra: map[string]string{name: "status:success"}})
		require.ErrorContains(t, err, name+" is the name of an object in callbacks")
	}
}
