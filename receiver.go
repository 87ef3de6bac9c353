package payneteasy

import (
	"maps"
	"net/url"

	"github.com/google/go-querystring/query"
)

// BankAccount is the account to pay to. Number decides in the sandbox: 1234567890 is approved, 0987654321 declined,
// 1987654321 ends in PROCESSOR_INTERNAL_ERROR.
type BankAccount struct {
	Number        string `url:"account_number,omitempty"` // at most 32, blanks at the ends refused
	Name          string `url:"account_name,omitempty"`   // at most 128
	RoutingNumber string `url:"routing_number,omitempty"` // branch of a bank in China, at most 16
}

// Bank is the receiver's bank.
type Bank struct {
	Name     string `url:"bank_name,omitempty"`     // at most 255
	Branch   string `url:"bank_branch,omitempty"`   // at most 255
	Code     string `url:"bank_code,omitempty"`     // at most 32
	City     string `url:"bank_city,omitempty"`     // at most 128
	Address1 string `url:"bank_address1,omitempty"` // at most 255
	ZipCode  string `url:"bank_zip_code,omitempty"` // at most 255
	Province string `url:"bank_province,omitempty"` // at most 255
	Area     string `url:"bank_area,omitempty"`     // at most 255
	BIC      string `url:"bank_bic,omitempty"`      // at most 128
}

// Card is a card to pay to. In a payment to a card within the system the gateway counts it as a source card, with all
// limits and fraud checks of one.
type Card struct {
	Number      Secret `url:"credit_card_number,omitempty"` // digits, at most 20
	PrintedName string `url:"card_printed_name,omitempty"`  // at most 128
	ExpireMonth string `url:"expire_month,omitempty"`       // "1" or "01" to "12"
	ExpireYear  string `url:"expire_year,omitempty"`        // four digits
	CVV2        Secret `url:"cvv2,omitempty"`               // three or four digits
}

// StoredCard is a card by the token under which the gateway stored it (/api/v4/create-card-ref). One of the two
// parameters, and no Card.
type StoredCard struct {
	CardRecurringPaymentID Secret `url:"card_recurring_payment_id,omitempty"` // RPI, a number
	RecurringPaymentID     Secret `url:"recurring-payment-id,omitempty"`      // a number; the hyphens are the API's
}

// EWallet is an electronic wallet.
type EWallet struct {
	Type   string `url:"ewallet_type,omitempty"`   // at most 64
	Wallet string `url:"ewallet_wallet,omitempty"` // its id, at most 128, blanks at the ends refused
}

// CryptoWallet is a wallet of a cryptocurrency. The amount is in a currency of ISO 4217 nevertheless.
type CryptoWallet struct {
	Address string `url:"crypto_wallet_address,omitempty"` // at most 64, blanks at the ends refused
}

// LegalPerson is a receiver that is a company.
type LegalPerson struct {
	Name           string `url:"legal_person_name,omitempty"`            // at most 128
	DocumentNumber string `url:"legal_person_document_number,omitempty"` // at most 128
}

// Receiver is who gets the money. The documentation calls phone, ZIP code and birthday numeric; real ones hold a plus
// sign or letters, so they are text here.
type Receiver struct {
	FirstName              string `url:"receiver_first_name,omitempty"`               // at most 128
	LastName               string `url:"receiver_last_name,omitempty"`                // at most 128
	Birthday               string `url:"receiver_birthday,omitempty"`                 // at most 30; YYYYMMDD is likely
	CountryCode            string `url:"receiver_country_code,omitempty"`             // at most 3
	State                  string `url:"receiver_state,omitempty"`                    // at most 4; USA, Canada, Australia
	City                   string `url:"receiver_city,omitempty"`                     // at most 128
	ZipCode                string `url:"receiver_zip_code,omitempty"`                 // at most 32
	Address1               string `url:"receiver_address1,omitempty"`                 // at most 256
	Phone                  string `url:"receiver_phone,omitempty"`                    // at most 128
	Email                  string `url:"receiver_email,omitempty"`                    // at most 128
	IdentityDocumentID     string `url:"receiver_identity_document_id,omitempty"`     // at most 128
	IdentityDocumentNumber string `url:"receiver_identity_document_number,omitempty"` // at most 128
	INN                    string `url:"receiver_inn,omitempty"`                      // Russian taxpayer number, at most 128
}

// Customer is the receiver in a customer management system (CMS). ID is required if the transaction goes through the
// platform's own (PNE), MerchantIdentifier if through the merchant's (CRM).
type Customer struct {
	Level              string `url:"customer_level,omitempty"`               // at most 32
	ID                 int64  `url:"customer_id,omitempty"`                  // at most 10 digits
	MerchantIdentifier string `url:"merchant_customer_identifier,omitempty"` // at most 64
}

// form encodes the request to its parameters: documented names, no empty values, groups flat. Blanks at the ends are
// removed as the gateway would remove them, except where they are refused.
func (r PayoutRequest) form() (url.Values, error) {
	form := url.Values{}
	parts := []any{r, r.BankAccount, r.Bank, r.Card, r.StoredCard, r.EWallet, r.CryptoWallet, r.LegalPerson, r.Receiver, r.Customer}
	for _, part := range parts {
		values, err := query.Values(part) // nil pointers give nothing
		if err != nil {
			return nil, errorf("encode: %w", err)
		}
		maps.Copy(form, values)
	}
	for name, values := range r.Extra {
		if _, typed := form[name]; typed {
			continue // validation names it
		}
		form[name] = append([]string(nil), values...)
	}
	for name, values := range form {
		if payoutParameters[name].exact {
			continue
		}
		for i, value := range values {
			values[i] = trimBlanks(value)
		}
		if len(values) == 1 && values[0] == "" {
			delete(form, name)
		}
	}
	return form, nil
}
