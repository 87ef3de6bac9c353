package bench

import (
	"maps"
	"net/url"
	"testing"

	"github.com/google/go-querystring/query"

	"github.com/payneteasy-go/payneteasy"
)

// BenchmarkEncode is the step before BenchmarkSign, from the request struct to names and values. It makes the SDK's
// calls of go-querystring on the same structs, without its validation. BenchmarkPayoutForm in the root package measures
// the SDK's own code.
func BenchmarkEncode(b *testing.B) {
	amount, err := payneteasy.ParseAmount("100.50", "EUR")
	if err != nil {
		b.Fatal(err)
	}
	short := &payneteasy.PayoutRequest{
		ClientOrderID: "PO-2026-000123",
		Amount:        amount,
		OrderDesc:     "Payout #123 (50% off) & more",
		CallbackURL:   "https://merchant.example/cb?x=1&y=2",
		MerchantData:  "eyJiYXRjaCI6IjIwMjYtMDktMDEiLCJzZXEiOjEyM30=",
		BankAccount:   &payneteasy.BankAccount{Number: "DE89370400440532013000", Name: "José Ångström"},
	}
	b.Run("params=8", func(b *testing.B) { benchmarkEncode(b, short, 8) })
	b.Run("params=40", func(b *testing.B) { benchmarkEncode(b, long(short), 40) })
}

// long fills the groups of a payout to a bank account until it has 40 parameters.
func long(short *payneteasy.PayoutRequest) *payneteasy.PayoutRequest {
	r := *short
	r.IPAddress, r.Purpose, r.RedirectURL = "203.0.113.77", "Payout #123", "https://merchant.example/back"
	r.BankAccount = &payneteasy.BankAccount{
		Number: "DE89370400440532013000", Name: "José Ångström",
		RoutingNumber: "15",
	}
	r.Bank = &payneteasy.Bank{
		Name: "Example & Sons Bank", Branch: "Frankfurt am Main", Code: "37040044", City: "Frankfurt am Main",
		Address1: "Große Gallusstraße 10-14", ZipCode: "60311", Province: "Hessen", Area: "Innenstadt",
		BIC: "COBADEFFXXX",
	}
	r.LegalPerson = &payneteasy.LegalPerson{Name: "Example GmbH", DocumentNumber: "HRB 12345"}
	r.Receiver = &payneteasy.Receiver{
		FirstName: "José", LastName: "Ångström", Birthday: "19800131", CountryCode: "DEU", State: "NW", City: "Köln",
		ZipCode: "50667", Address1: "100 Main Street, Apt. 7", Phone: "+4922112345678",
		Email:              "jose.angstrom@mail.example",
		IdentityDocumentID: "passport", IdentityDocumentNumber: "C01X00T47", INN: "500100732259",
	}
	r.Customer = &payneteasy.Customer{Level: "gold", ID: 1234567890, MerchantIdentifier: "customer-000123"}
	r.Extra = url.Values{"extra_1": {"white label"}}
	return &r
}

func benchmarkEncode(b *testing.B, r *payneteasy.PayoutRequest, want int) {
	b.ReportAllocs()
	var form url.Values
	for b.Loop() {
		form = url.Values{}
		parts := []any{
			r, r.BankAccount, r.Bank, r.Card, r.StoredCard, r.EWallet, r.CryptoWallet, r.LegalPerson,
			r.Receiver, r.Customer,
		}
		for _, part := range parts {
			values, err := query.Values(part)
			if err != nil {
				b.Fatal(err)
			}
			maps.Copy(form, values)
		}
		form.Set("amount", r.Amount.Decimal()) // go-querystring skips it, and the SDK sets it
		form.Set("currency", r.Amount.Currency())
		maps.Copy(form, r.Extra)
	}
	if len(form) != want {
		b.Fatalf("%d parameters", len(form))
	}
}
