package ecommpay

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestRegistration checks the request of the seed, and its likely answer.
func TestRegistration(t *testing.T) {
	t.Parallel()
	client := answering(t, func(path string, asked value) (int, string) {
		require.Equal(t, "/v2/payment/payout/registration", path)
		require.Equal(t, "BUoKPJMp5Pek1n4xIuXszMzVGo43lxmEawJ4N1NiLDJVyHBEFUZFeL9Fo6eZtQXnguM8nWLeLGcXYQu8FBpP/w==",
			asked.get("general", "signature").text)
		require.Equal(t, value{kind: number, text: "7000"}, asked.get("payment", "amount"))
		return 200, `{"status":"success","request_id":"1f6d3ac37444142f5bd27e7491faa360633fd5a2-fc98e73d475fa4cd6ee02fc6340c964f0267b3d8-05028801","project_id":91348,"payment_id":"cosmoshop_payout_1323"}`
	})
	registered, err := client.RegisterPayout(t.Context(), registration(t))
	require.NoError(t, err)
	require.Equal(t, "cosmoshop_payout_1323", registered.PaymentID)
	require.Equal(t, "1f6d3ac37444142f5bd27e7491faa360633fd5a2-fc98e73d475fa4cd6ee02fc6340c964f0267b3d8-05028801",
		registered.RequestID)
}

// TestNotSent lists what proves that nothing was sent.
func TestNotSent(t *testing.T) {
	t.Parallel()
	client := testClient(t, "http://127.0.0.1:1")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"no one listens":   func() error { _, err := client.RegisterPayout(t.Context(), registration(t)); return err },
		"an ended context": func() error { _, err := client.RegisterPayout(ended, registration(t)); return err },
		"nil":              func() error { _, err := client.RegisterPayout(t.Context(), nil); return err },
		"a nil context": func() error {
			_, err := client.RegisterPayout(nil, registration(t)) //nolint:staticcheck // on purpose
			return err
		},
		"nothing in it": func() error {
			_, err := client.RegisterPayout(
				t.Context(), &PayoutRegistration{})
			return err
		},
	} {
		err := call()
		require.ErrorIs(t, err, payneteasy.ErrNotSent, name)
		require.NotErrorIs(t, err, payneteasy.ErrOutcomeUnknown, name)
	}
	_, err := client.RegisterPayout(t.Context(), &PayoutRegistration{})
	require.EqualError(t, err,
		`ecommpay: payout/registration "": not sent: invalid request: general.payment_id is required; payment.amount is required;`+
			` customer.id is required; customer.email is required; customer.phone is required; customer.ip_address is not an IP address`)
}

// TestLimits checks the documented limits of a registration, and the rules that protect the signed link.
func TestLimits(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*PayoutRegistration){
		"general.payment_id has a semicolon": func(r *PayoutRegistration) {
			r.PaymentID = "a;mode:purchase"
		},
		"general.payment_id starts or ends with white space": func(r *PayoutRegistration) {
			r.PaymentID = " a"
		},
		"general.payment_id is longer than 255": func(r *PayoutRegistration) {
			r.PaymentID = strings.Repeat("ы", 256)
		},
		"customer.id has control characters": func(r *PayoutRegistration) {
			r.Customer.ID = "a\nb"
		},
		"customer.email has a semicolon": func(r *PayoutRegistration) {
			r.Customer.Email = "a@b.example;payment_amount:1"
		},
		"customer.email is not an e-mail address": func(r *PayoutRegistration) {
			r.Customer.Email = "a@b@c"
		},
		"customer.phone is not 4 to 24 digits": func(r *PayoutRegistration) {
			r.Customer.Phone = "+44991234567"
		},
		"customer.ip_address is not an IP address": func(r *PayoutRegistration) {
			r.Customer.IPAddress = "localhost"
		},
		"general.merchant_callback_url is not an absolute http": func(r *PayoutRegistration) {
			r.CallbackURL = "/callback"
		},
		"general.merchant_callback_url has a semicolon": func(r *PayoutRegistration) {
			r.CallbackURL = "https://a.example/;b"
		},
		"general.payment_id has control characters: utf": func(r *PayoutRegistration) {
			r.PaymentID = "\xff"
		},
	} {
		r := registration(t)
		change(r)
		faults := r.check()
		require.Len(t, faults, 1, field)
		field, _, _ = strings.Cut(field, ": utf")
		require.Contains(t, faults[0].Field+" "+faults[0].Rule, field)
	}
	for _, address := range []string{"a", "@b", "a@"} {
		r := registration(t)
		r.Customer.Email = address
		require.Len(t, r.check(), 1, address)
	}
	require.Empty(t, registration(t).check())
}

// TestConcurrentRegistration checks that two calls with one payment ID, in whatever case, are never sent at the same
// time.
func TestConcurrentRegistration(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	client := answering(t, func(string, value) (int, string) {
		calls.Add(1)
		close(arrived)
		<-release
		return 200, `{"status":"success","payment_id":"cosmoshop_payout_1323"}`
	})
	first := make(chan error, 1)
	go func() { _, err := client.RegisterPayout(context.Background(), registration(t)); first <- err }()
	<-arrived
	again := registration(t)
	again.PaymentID = strings.ToUpper(again.PaymentID)
	_, err := client.RegisterPayout(t.Context(), again)
	require.ErrorIs(t, err, payneteasy.ErrDuplicate)
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
	close(release)
	require.NoError(t, <-first)
	require.EqualValues(t, 1, calls.Load())
}
