package ecommpay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestRegistration is the seed's request, and its likely answer.
func TestRegistration(t *testing.T) {
	t.Parallel()
	client := answering(t, func(path string, asked value) (int, string) {
		require.Equal(t, "/v2/payment/payout/registration", path)
		require.Equal(t, "BUoKPJMp5Pek1n4xIuXszMzVGo43lxmEawJ4N1NiLDJVyHBEFUZFeL9Fo6eZtQXnguM8nWLeLGcXYQu8FBpP/w==", asked.get("general", "signature").text)
		require.Equal(t, value{kind: number, text: "7000"}, asked.get("payment", "amount"))
		return 200, `{"status":"success","request_id":"1f6d3ac37444142f5bd27e7491faa360633fd5a2-fc98e73d475fa4cd6ee02fc6340c964f0267b3d8-05028801","project_id":91348,"payment_id":"cosmoshop_payout_1323"}`
	})
	registered, err := client.RegisterPayout(t.Context(), registration(t))
	require.NoError(t, err)
	require.Equal(t, "cosmoshop_payout_1323", registered.PaymentID)
	require.Equal(t, "1f6d3ac37444142f5bd27e7491faa360633fd5a2-fc98e73d475fa4cd6ee02fc6340c964f0267b3d8-05028801", registered.RequestID)
}

// TestOutcomes of a registration, by the reply.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	const ours = `,"project_id":91348,"payment_id":"cosmoshop_payout_1323"}`
	for _, test := range []struct {
		status   int
		body     string
		decision payneteasy.Decision // of the error
		is       error
	}{
		{200, `{"status":"success","request_id":"1"` + ours, "", nil},
		{200, `{"status":"SUCCESS"` + ours, "", nil},
		{200, `{"status":"success","code":"0","payment_id":"COSMOSHOP_payout_1323"}`, "", nil},
		{200, signed(t, `{"status":"success"`+ours), "", nil},

		{400, `{"status":"error","code":"3261","message":"Invalid signature"` + ours, payneteasy.DecisionRefused, ErrInvalidSignature},
		{400, `{"status":"error","code":3262,"message":"Empty signature"}`, payneteasy.DecisionRefused, ErrInvalidSignature},
		{403, `{"status":"error","code":"403","message":"Forbidden"}`, payneteasy.DecisionRefused, ErrIPNotAllowed},
		{200, `{"status":"error","code":"403","message":"Forbidden"}`, payneteasy.DecisionRefused, ErrIPNotAllowed},
		{200, `{"status":"error","code":"317","message":"Disabled"}`, payneteasy.DecisionRefused, ErrPayoutsDisabled},
		{400, `{"code":"2004","message":"Required field is missing"}`, payneteasy.DecisionRefused, nil},
		{422, `{"status":"error","errors":[{"code":"2003","message":"Invalid JSON","field":"payment"}]}`, payneteasy.DecisionRefused, nil},

		{400, `{"status":"error","code":"3041","message":"Payment ID already exists"}`, payneteasy.DecisionUnknown, ErrPaymentExists},
		{400, `{"status":"error","code":"501","message":"Internal"}`, payneteasy.DecisionUnknown, nil},
		{200, `{"status":"error","code":"601","message":"Try again"}`, payneteasy.DecisionUnknown, nil},
		{403, `<html>Forbidden</html>`, payneteasy.DecisionUnknown, ErrIPNotAllowed},
		{400, `{"status":"error","message":"no code"}`, payneteasy.DecisionUnknown, nil},
		{200, `{"status":"success"}`, payneteasy.DecisionUnknown, nil},
		{200, `{"status":"success","payment_id":"another"}`, payneteasy.DecisionUnknown, ErrMismatch},
		{200, `{"status":"success","payment_id":"cosmoshop_payout_1323","project_id":1}`, payneteasy.DecisionUnknown, ErrMismatch},
		{200, `{"status":"success","code":"3261"` + ours, payneteasy.DecisionUnknown, ErrInvalidSignature},
		{200, `{"status":"success","signature":"x"` + ours, payneteasy.DecisionUnknown, ErrForged},
		{200, `{"status":"success","payment_id":"cosmoshop_payout_1323","payment_id":"x"}`, payneteasy.DecisionUnknown, ErrMalformed},
		{201, `{"status":"success"` + ours, payneteasy.DecisionUnknown, nil},
		{200, `{"status":"pending"` + ours, payneteasy.DecisionUnknown, nil},
		{200, ``, payneteasy.DecisionUnknown, nil},
		{200, `[]`, payneteasy.DecisionUnknown, ErrMalformed},
		{500, `{"status":"error","code":"2004","message":"x"}`, payneteasy.DecisionUnknown, nil},
		{502, `<html>Bad gateway</html>`, payneteasy.DecisionUnknown, nil},
		{429, `{"status":"error","code":"2004","message":"x"}`, payneteasy.DecisionUnknown, nil},
		{302, ``, payneteasy.DecisionUnknown, nil},
		{0, ``, payneteasy.DecisionUnknown, nil},
	} {
		var calls atomic.Int32
		client := answering(t, func(string, value) (int, string) { calls.Add(1); return test.status, test.body })
		_, err := client.RegisterPayout(t.Context(), registration(t))
		require.Equal(t, test.decision, payneteasy.DecisionOf(err), "%d %s: %v", test.status, test.body, err)
		require.Equal(t, test.decision != "", errors.Is(err, payneteasy.ErrOutcomeUnknown), "it may be registered: %v", err)
		require.NotErrorIs(t, err, payneteasy.ErrRejected)
		require.EqualValues(t, 1, calls.Load())
		for _, sentinel := range []error{ErrInvalidSignature, ErrIPNotAllowed, ErrPayoutsDisabled, ErrPaymentExists, ErrMismatch, ErrForged, ErrMalformed, ErrPaymentNotFound, ErrPayoutExpired} {
			want := sentinel == test.is                                                                                                                                                     //nolint:errorlint // the very one
			require.Equal(t, want || sentinel == ErrMalformed && test.status != 0 && strings.HasPrefix(test.body, "<"), errors.Is(err, sentinel), "%d %s: %v", test.status, test.body, err) //nolint:errorlint // the very one
		}
	}
}

// TestNotSent: what proves that nothing left.
func TestNotSent(t *testing.T) {
	t.Parallel()
	client := testClient(t, "http://127.0.0.1:1")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"nobody listens":   func() error { _, err := client.RegisterPayout(t.Context(), registration(t)); return err },
		"an ended context": func() error { _, err := client.RegisterPayout(ended, registration(t)); return err },
		"nil":              func() error { _, err := client.RegisterPayout(t.Context(), nil); return err },
		"a nil context":    func() error { _, err := client.RegisterPayout(nil, registration(t)); return err }, //nolint:staticcheck // on purpose
		"nothing in it":    func() error { _, err := client.RegisterPayout(t.Context(), &PayoutRegistration{}); return err },
	} {
		err := call()
		require.ErrorIs(t, err, payneteasy.ErrNotSent, name)
		require.NotErrorIs(t, err, payneteasy.ErrOutcomeUnknown, name)
	}
	_, err := client.RegisterPayout(t.Context(), &PayoutRegistration{})
	require.EqualError(t, err, `ecommpay: payout/registration "": not sent: invalid request: general.payment_id is required; payment.amount is required;`+
		` customer.id is required; customer.email is required; customer.phone is required; customer.ip_address is not an IP address`)
}

// TestLimits of a registration: the documented, and what protects the signed link.
func TestLimits(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*PayoutRegistration){
		"general.payment_id has a semicolon":                         func(r *PayoutRegistration) { r.PaymentID = "a;mode:purchase" },
		"general.payment_id has blanks":                              func(r *PayoutRegistration) { r.PaymentID = " a" },
		"general.payment_id is longer than 255":                      func(r *PayoutRegistration) { r.PaymentID = strings.Repeat("ы", 256) },
		"customer.id has characters that cannot be seen":             func(r *PayoutRegistration) { r.Customer.ID = "a\nb" },
		"customer.email has a semicolon":                             func(r *PayoutRegistration) { r.Customer.Email = "a@b.example;payment_amount:1" },
		"customer.email is not an e-mail address":                    func(r *PayoutRegistration) { r.Customer.Email = "a@b@c" },
		"customer.phone is not 4 to 24 digits":                       func(r *PayoutRegistration) { r.Customer.Phone = "+44991234567" },
		"customer.ip_address is not an IP address":                   func(r *PayoutRegistration) { r.Customer.IPAddress = "localhost" },
		"general.merchant_callback_url is not an absolute http":      func(r *PayoutRegistration) { r.CallbackURL = "/callback" },
		"general.merchant_callback_url has a semicolon":              func(r *PayoutRegistration) { r.CallbackURL = "https://a.example/;b" },
		"general.payment_id has characters that cannot be seen: utf": func(r *PayoutRegistration) { r.PaymentID = "\xff" },
	} {
		r := registration(t)
		change(r)
		faults := r.check()
		require.Len(t, faults, 1, field)
		field, _, _ = strings.Cut(field, ": utf")
		require.Contains(t, faults[0].String(), field)
	}
	require.Empty(t, registration(t).check())
}

// TestOneAtATime: two calls with one payment id, whatever its case, never leave at the same time.
func TestOneAtATime(t *testing.T) {
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

// TestErrorsShowNoPersonalData: what the platform echoes of the request is masked.
func TestErrorsShowNoPersonalData(t *testing.T) {
	t.Parallel()
	client := answering(t, func(string, value) (int, string) {
		return 400, `{"status":"error","code":"2426","message":"p.jeltz@mail.com and 44991234567 of cosmoshop_payout_1323, card 4242 4242 4242 4242"}`
	})
	_, err := client.RegisterPayout(t.Context(), registration(t))
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", registration(t)), fmt.Sprintf("%v %#v", client, client)} {
		for _, secret := range []string{"p.jeltz", "44991234567", "4242 4242", `"secret"`} {
			require.NotContains(t, text, secret)
		}
	}
	require.ErrorContains(t, err, "of cosmoshop_payout_1323")
}

// TestDamagedKeys: keys and addresses are refused by name, with the name of the character, and are not shown.
func TestDamagedKeys(t *testing.T) {
	t.Parallel()
	fields := map[string]func(c *Config, value string){
		"SecretKey":        func(c *Config, value string) { c.SecretKey = payneteasy.NewSecret(value) },
		"OldSecretKeys[0]": func(c *Config, value string) { c.OldSecretKeys = []payneteasy.Secret{payneteasy.NewSecret(value)} },
		"BaseURL":          func(c *Config, value string) { c.BaseURL = value },
		"PageURL":          func(c *Config, value string) { c.PageURL = value },
	}
	for field, set := range fields {
		for value, says := range map[string]string{
			"https://my\u00adkey": "has U+00AD (soft hyphen) at character 11: copy it again without it",
			"https://mykey\u200b": "has U+200B (zero width space) at character 14: copy it again without it",
			"\ufeffhttps://mykey": "has U+FEFF (zero width no-break space, a byte order mark) at character 1: copy it again without it",
			"https://my\tkey":     "has U+0009 (tab) at character 11: copy it again without it",
			"https://mykey\r\n":   "has U+000D (line break, CR) at character 14: copy it again without it",
			" https://mykey":      "begins with U+0020 (space): copy it again without it",
			"\u2018https://mykey": "begins with U+2018 (left single quotation mark): remove the quotes around it",
			"\"https://mykey\"":   "begins with U+0022 (quotation mark) and ends with U+0022 (quotation mark): remove the quotes around it",
			"https://my\xe9key":   "is not UTF-8 at character 11: copy it again, or save it as UTF-8",
		} {
			config := Config{ProjectID: 1, SecretKey: payneteasy.NewSecret("k")}
			set(&config, value)
			_, err := NewClient(config)
			require.EqualError(t, err, "payneteasy: invalid configuration: "+field+" "+says)
			if field == "SecretKey" {
				_, err = NewSigner(payneteasy.NewSecret(value))
				require.EqualError(t, err, "ecommpay: the secret key "+says)
			}
		}
	}
	for _, value := range []string{"a b", `say "yes" now`, "ключ", "<&>=?#%+"} {
		_, err := NewClient(Config{ProjectID: 1, SecretKey: payneteasy.NewSecret(value)})
		require.NoError(t, err)
	}
}

// TestConfig names every fault at once.
func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := NewClient(Config{
		BaseURL: "http://api.ecommpay.com", PageURL: "https://a.example/?x=1", Timeout: -1, OldSecretKeys: []payneteasy.Secret{payneteasy.NewSecret("x\n")},
		Wait: WaitOptions{MinInterval: 2, MaxInterval: 1}, HTTPClient: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}},
	})
	require.EqualError(t, err, "payneteasy: invalid configuration: ProjectID is required: a positive number; SecretKey is empty: with an empty key anybody can sign;"+
		" OldSecretKeys[0] has U+000A (line break, LF) at character 2: copy it again without it; BaseURL is not https; PageURL has a query, a fragment or a user; Timeout is negative;"+
		" HTTPClient does not verify TLS certificates (InsecureSkipVerify); Wait.MinInterval is above MaxInterval")
	client, err := NewClient(Config{ProjectID: 1, SecretKey: payneteasy.NewSecret("k")})
	require.NoError(t, err)
	require.Equal(t, "ecommpay.Client(https://api.ecommpay.com, project 1)", client.String())
}
