package browsertest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// ecommpaySite is ecommpay's fake with one registered payout.
type ecommpaySite struct {
	t       *testing.T
	gateway *ecommpaytest.Gateway
	signer  *ecommpay.Signer
}

func newEcommpaySite(t *testing.T) *ecommpaySite {
	signer, err := ecommpay.NewSigner(payneteasy.NewSecret(ecommpaytest.SecretKey))
	require.NoError(t, err)
	s := &ecommpaySite{t: t, gateway: ecommpaytest.NewGateway(t), signer: signer}
	require.NoError(t, s.gateway.ServePlainPages())
	general := map[string]any{"project_id": ecommpaytest.ProjectID, "payment_id": "a"}
	message := map[string]any{
		"general": general,
		"customer": map[string]any{
			"id": "1", "email": "p.jeltz@mail.com", "phone": "44991234567",
			"ip_address": "93.47.230.225",
		},
		"payment": map[string]any{"amount": 7000, "currency": "EUR"},
	}
	general["signature"] = s.sign(message)
	body, err := json.Marshal(message)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.gateway.URL()+
		"/v2/payment/payout/registration", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.gateway.HTTPClient().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	s.gateway.WaitCallbacks()
	return s
}

func (s *ecommpaySite) sign(message any) string {
	body, err := json.Marshal(message)
	require.NoError(s.t, err)
	signature, err := s.signer.Sign(body)
	require.NoError(s.t, err)
	return signature
}

// link leads to Payment Page.
func (s *ecommpaySite) link(extra ...string) string {
	flat := map[string]string{
		"mode": "payout", "project_id": "91348", "payment_id": "a", "uuid": s.gateway.Payments()[0].UUID,
		"payment_currency": "EUR",
		"payment_amount":   "7000", "customer_id": "1", "customer_email": "p.jeltz@mail.com",
		"merchant_return_url": s.gateway.URL(),
	}
	for i := 0; i < len(extra); i += 2 {
		flat[extra[i]] = extra[i+1]
	}
	query := url.Values{"signature": {s.sign(flat)}}
	for name, value := range flat {
		query.Set(name, value)
	}
	return s.gateway.Config().PageURL + "?" + query.Encode()
}

// enter fills in a card.
func (s *ecommpaySite) enter(b *tab, number string) {
	b.open(s.link())
	b.see("Receive 70.00 EUR")
	b.fill("number", number, "expiry", "12/39", "holder", "P JELTZ")
	b.press("Send me the code")
}

// confirm also fills in the code of the email.
func (s *ecommpaySite) confirm(b *tab, number, heading string) {
	s.enter(b, number)
	b.see("Confirm 70.00 EUR")
	b.fill("code", s.gateway.EmailCode("a"))
	b.press("Receive 70.00 EUR")
	b.see(heading)
}

var paymentPages = map[string]func(s *ecommpaySite, b *tab){
	"ecommpay-card": func(s *ecommpaySite, b *tab) {
		b.open(s.link())
		b.see("Receive 70.00 EUR")
		b.appears("//strong[@id='left' and text()!='30:00']") // the script counts down
	},
	"ecommpay-card-faults": func(s *ecommpaySite, b *tab) {
		s.enter(b, "4242")
		b.see("Please check what you have entered")
	},
	"ecommpay-card-chosen": func(s *ecommpaySite, b *tab) {
		b.open(s.link("account_token", s.gateway.Token(ecommpaytest.CardApproved)))
		b.appears("//dd[text()='424242******4242']")
	},
	"ecommpay-code": func(s *ecommpaySite, b *tab) {
		s.enter(b, ecommpaytest.CardApproved)
		b.see("Confirm 70.00 EUR")
	},
	"ecommpay-code-faults": func(s *ecommpaySite, b *tab) {
		s.enter(b, ecommpaytest.CardApproved)
		b.fill("code", "1")
		b.press("Receive 70.00 EUR")
		b.see("Please check what you have entered")
	},
	"ecommpay-wait": func(s *ecommpaySite, b *tab) {
		s.gateway.SetStepTime(0)
		s.confirm(b, ecommpaytest.CardApproved, "Please wait")
	},
	"ecommpay-success":  func(s *ecommpaySite, b *tab) { s.confirm(b, ecommpaytest.CardApproved, "Payout successful") },
	"ecommpay-declined": func(s *ecommpaySite, b *tab) { s.confirm(b, ecommpaytest.CardLimit, "Payout declined") },
	"ecommpay-expired": func(s *ecommpaySite, b *tab) {
		s.enter(b, ecommpaytest.CardApproved)
		b.see("Confirm 70.00 EUR")
		require.True(s.t, s.gateway.Expire("a"))
		b.fill("code", "1")
		b.press("Receive 70.00 EUR")
		b.see("The time is over")
	},
	"ecommpay-refused": func(s *ecommpaySite, b *tab) {
		b.open(s.link("best_before", time.Now().Format(time.RFC3339)))
		b.see("This payout cannot be opened")
	},
}

// TestPaymentPage inspects each page of ecommpay's fake as TestPages does.
func TestPaymentPage(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	for name, reach := range paymentPages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newTab(t), newEcommpaySite(t)
			reach(s, b)
			b.inspect(name, axe)
		})
	}
}
