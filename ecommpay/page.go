package ecommpay

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// Page holds the optional parameters of a payout's page (Payment Page, "Parameters"; limits are likely). The zero value
// sets none of them.
type Page struct {
	// AccountToken is account_token, a card that the receiver has chosen before (Payment.AccountToken).
	AccountToken payneteasy.Secret

	// Some card programs require Sender and Recipient. See MoneySend and VisaCanada.
	Sender    *Sender
	Recipient *Recipient

	// MoneySend checks that all fields are set that Mastercard MoneySend requires for a sender who is a natural person.
	// These are the names of both, the sender's wallet and the sender's address. Without them such a payout is
	// declined.
	MoneySend bool

	// VisaCanada checks that the fields for Visa Money Transfer to a card issued in Canada are set. These are the
	// recipient's address. Without them the receiver is asked on another page.
	VisaCanada bool

	LanguageCode string // language_code, ISO 639-1: "en"; the browser decides when empty
	Description  string // payment_description, at most 255 characters; the receiver sees it

	// These are the addresses to which the receiver can continue from the page. What arrives there proves nothing.
	SuccessURL string // merchant_success_url
	FailURL    string // merchant_fail_url
	ReturnURL  string // merchant_return_url

	// Extra holds further parameters of the page, by the vendor's names, such as recipient_day_of_birth. best_before is
	// refused, because the page would show an error.
	Extra map[string]string
}

// Sender is the person or company that pays, for card programs that require it.
type Sender struct {
	WalletID  string // sender_wallet_id, at most 64 characters
	FirstName string // sender_first_name, at most 255
	LastName  string // sender_last_name, at most 255
	Country   string // sender_country, ISO 3166-1 alpha-2
	State     string // sender_state, the second part of the ISO 3166-2 code: "ON" of CA-ON
	City      string // sender_city, at most 25
	Address   string // sender_address, at most 99
	Zip       string // sender_zip, at most 255
}

// Recipient is the person who is paid.
type Recipient struct {
	FirstName string // recipient_first_name, at most 255 characters
	LastName  string // recipient_last_name, at most 255
	Country   string // recipient_country, ISO 3166-1 alpha-2
	State     string // recipient_state, the second part of the ISO 3166-2 code; required in CA and US
	City      string // recipient_city, at most 25
	Address   string // recipient_address, at most 99
}

// PaymentPageURL returns the address for the receiver's browser. It is Payment Page in payout mode, with the registered
// values, and signed. Anyone who has it can choose the card that is paid. Show it only to the receiver, and keep it out
// of logs.
//
// registration and session must belong to the same payout (ErrMismatch), and the session must not have expired
// (ErrPayoutExpired). Faults of page are a *payneteasy.ValidationError. page may be nil.
func (c *Client) PaymentPageURL(registration *PayoutRegistration, session *Session, page *Page) (string, error) {
	parameters, err := c.pageParameters(registration, session, page)
	if err != nil {
		return "", err
	}
	query := url.Values{}
	for name, value := range parameters {
		query.Set(name, value)
	}
	return c.config.PageURL + "?" + query.Encode(), nil
}

// PaymentPageForm is like PaymentPageURL, but returns an HTML form that submits itself by POST. Use it for values that
// are too long for a URL, or must not appear in one. The page likely accepts this, but it is not documented. Put the
// form into a page of yours unchanged. If scripts are not allowed, the receiver presses its button.
func (c *Client) PaymentPageForm(registration *PayoutRegistration, session *Session, page *Page) (string, error) {
	parameters, err := c.pageParameters(registration, session, page)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<form id=\"ecommpay\" method=\"post\" action=\"%s\" accept-charset=\"utf-8\">\n",
		html.EscapeString(c.config.PageURL))
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		fmt.Fprintf(&b, "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n", html.EscapeString(name),
			html.EscapeString(parameters[name]))
	}
	b.WriteString("<button>Continue</button>\n</form>\n" +
		"<script>document.getElementById(\"ecommpay\").submit()</script>\n")
	return b.String(), nil
}

// pageParameters returns the parameters of the page exactly as they are sent, with the signature.
func (c *Client) pageParameters(
	registration *PayoutRegistration, session *Session, page *Page,
) (map[string]string, error) {
	if registration == nil || session == nil {
		return nil, fmt.Errorf("%w: the registration or the session is nil", ErrMismatch)
	}
	if page == nil {
		page = &Page{}
	}
	faults := faults(registration.check())
	faults.page(session, page)
	if len(faults) > 0 {
		return nil, &pageError{&payneteasy.ValidationError{Faults: faults}}
	}
	switch {
	case !sameID(session.PaymentID, registration.PaymentID):
		return nil, fmt.Errorf("%w: the session belongs to another payment id", ErrMismatch)
	case session.CustomerID != "" && session.CustomerID != registration.Customer.ID:
		return nil, fmt.Errorf("%w: the session belongs to another customer", ErrMismatch)
	case !session.Amount.IsZero() && session.Amount != registration.Amount:
		return nil, fmt.Errorf("%w: %s was registered, not %s", ErrMismatch, session.Amount, registration.Amount)
	case !time.Now().Before(session.ExpiresAt):
		return nil, ErrPayoutExpired
	}
	parameters := page.parameters()
	maps.Copy(parameters, map[string]string{
		"mode":             "payout",
		"project_id":       strconv.FormatInt(c.config.ProjectID, 10),
		"payment_id":       registration.PaymentID,
		"uuid":             session.UUID,
		"payment_amount":   strconv.FormatInt(registration.Amount.Minor(), 10),
		"payment_currency": registration.Amount.Currency(),
		"customer_id":      registration.Customer.ID,
		"customer_email":   registration.Customer.Email,
	})
	message, err := json.Marshal(parameters)
	if err == nil {
		parameters["signature"], err = c.signer.Sign(message)
	}
	return parameters, err
}

// pageError adds to a *payneteasy.ValidationError what it is about.
type pageError struct{ invalid *payneteasy.ValidationError }

func (e *pageError) Error() string { return "ecommpay: payment page: " + trimPackage(e.invalid) }

// Unwrap returns the *payneteasy.ValidationError.
func (e *pageError) Unwrap() error { return e.invalid }

// parameters returns the parameters that the page sets itself.
func (p *Page) parameters() map[string]string {
	to := map[string]string{}
	maps.Copy(to, p.Extra)
	for _, parameter := range p.list() {
		if parameter.value != "" {
			to[parameter.name] = parameter.value
		}
	}
	return to
}

type pageParameter struct {
	name, value string
	limit       int
}

// list returns the optional parameters with their limits.
func (p *Page) list() []pageParameter {
	sender, recipient := p.Sender, p.Recipient
	if sender == nil {
		sender = &Sender{}
	}
	if recipient == nil {
		recipient = &Recipient{}
	}
	return []pageParameter{
		{"account_token", p.AccountToken.Reveal(), 255},
		{"sender_wallet_id", sender.WalletID, 64},
		{"sender_first_name", sender.FirstName, 255},
		{"sender_last_name", sender.LastName, 255},
		{"sender_country", sender.Country, 2},
		{"sender_state", sender.State, 3},
		{"sender_city", sender.City, 25},
		{"sender_address", sender.Address, 99},
		{"sender_zip", sender.Zip, 255},
		{"recipient_first_name", recipient.FirstName, 255},
		{"recipient_last_name", recipient.LastName, 255},
		{"recipient_country", recipient.Country, 2},
		{"recipient_state", recipient.State, 3},
		{"recipient_city", recipient.City, 25},
		{"recipient_address", recipient.Address, 99},
		{"language_code", p.LanguageCode, 2},
		{"payment_description", p.Description, 255},
		{"merchant_success_url", p.SuccessURL, 2048},
		{"merchant_fail_url", p.FailURL, 2048},
		{"merchant_return_url", p.ReturnURL, 2048},
	}
}
