package bench

import (
	"encoding/json"
	"net/url"
	"os"
	"testing"
)

// payoutURL is the URL of the vectors' payout. No benchmark calls it.
const payoutURL = "https://api.gateway.example/v1/payouts"

// login is the consumer key of all signers.
const login = "merchant-4f7c2d90a1"

// form8 is the payout of 8 parameters from the vectors of the root module.
func form8(tb testing.TB) url.Values {
	tb.Helper()
	data, err := os.ReadFile("../../testdata/basestring.json")
	if err != nil {
		tb.Fatal(err)
	}
	var vectors struct {
		Cases []struct {
			Name string      `json:"name"`
			Form [][2]string `json:"form"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		tb.Fatal(err)
	}
	form := url.Values{}
	for _, c := range vectors.Cases {
		if c.Name != "payout-8" {
			continue
		}
		for _, pair := range c.Form {
			form.Add(pair[0], pair[1])
		}
	}
	if len(form) != 8 {
		tb.Fatalf("payout-8 has %d parameters", len(form))
	}
	return form
}

// form40 is form8 with 32 more of the documented parameters of a payout, filled with values of usual length.
func form40(tb testing.TB) url.Values {
	tb.Helper()
	form := form8(tb)
	for _, pair := range [][2]string{
		{"account_name", "José Ångström"},
		{"account_number", "DE89370400440532013000"},
		{"bank_address1", "Große Gallusstraße 10-14"},
		{"bank_area", "Innenstadt"},
		{"bank_bic", "COBADEFFXXX"},
		{"bank_branch", "Frankfurt am Main"},
		{"bank_city", "Frankfurt am Main"},
		{"bank_code", "37040044"},
		{"bank_name", "Example & Sons Bank"},
		{"bank_province", "Hessen"},
		{"bank_zip_code", "60311"},
		{"customer_id", "1234567890"},
		{"customer_level", "gold"},
		{"ipaddress", "203.0.113.77"},
		{"legal_person_document_number", "HRB 12345"},
		{"legal_person_name", "Example GmbH"},
		{"merchant_customer_identifier", "customer-000123"},
		{"purpose", "Payout #123 (50% off)"},
		{"receiver_address1", "100 Main Street, Apt. 7"},
		{"receiver_birthday", "19800131"},
		{"receiver_city", "Köln"},
		{"receiver_country_code", "DEU"},
		{"receiver_email", "jose.angstrom@mail.example"},
		{"receiver_first_name", "José"},
		{"receiver_identity_document_id", "passport"},
		{"receiver_identity_document_number", "C01X00T47"},
		{"receiver_inn", "500100732259"},
		{"receiver_last_name", "Ångström"},
		{"receiver_phone", "+4922112345678"},
		{"receiver_state", "NW"},
		{"receiver_zip_code", "50667"},
		{"routing_number", "15"},
	} {
		form.Set(pair[0], pair[1])
	}
	if len(form) != 40 {
		tb.Fatalf("the long form has %d parameters", len(form))
	}
	return form
}
