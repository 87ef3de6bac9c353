package ecommpaytest

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// requiredOfPage lists the parameters without which Payment Page does not open for a payout.
var requiredOfPage = strings.Fields(
	"project_id payment_id uuid payment_amount payment_currency customer_id customer_email")

// limits holds the limits of optional parameters, in characters.
var limits = map[string]int{
	"sender_wallet_id": 64, "sender_first_name": 255, "sender_last_name": 255,
	"sender_country": 2, "sender_city": 25, "sender_address": 99, "sender_zip": 255,

	"recipient_first_name": 255, "recipient_last_name": 255,
	"recipient_country": 2, "recipient_city": 25, "recipient_address": 99,

	"language_code": 2, "payment_description": 255, "uuid": 64,
}

// links lists the parameters with links from the result page back to the merchant.
var links = strings.Fields("merchant_success_url merchant_fail_url merchant_return_url")

// open answers a receiver who arrives at Payment Page, with a redirect to the page of the payout, or with a fault.
func (g *Gateway) open(r *http.Request) fakewire.Reply {
	var asked url.Values
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil || !fakewire.Once(query) {
			return refuse(http.StatusBadRequest, "The link is malformed.")
		}
		asked = query
	case http.MethodPost:
		form, refused := fakewire.ReadForm(r)
		if refused != 0 || r.URL.RawQuery != "" {
			return refuse(max(refused, http.StatusBadRequest), "The form that led here is malformed.")
		}
		asked = form
	default:
		return notAllowed()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if wrong := g.unsound(asked); wrong != "" {
		return refuse(http.StatusBadRequest, wrong)
	}
	p := g.find(asked.Get("payment_id"))
	switch {
	case p == nil, p.UUID == "", p.UUID != asked.Get("uuid"):
		return refuse(http.StatusNotFound, "There is no payout with this payment_id and uuid.")
	case p.differs(asked) != "":
		return refuse(http.StatusBadRequest, p.differs(asked)+" differs from what was registered.")
	}
	p.visit.asked, p.Description = asked, asked.Get("payment_description")
	if p.visit.token == "" {
		p.visit.token = rand.Text()
	}
	return sandbox.SeeOther(p.address())
}

// address is the path where the receiver confirms.
func (p *payment) address() string { return pagePath + "/" + p.visit.token }

// unsound returns what is wrong with the parameters themselves, or "". The caller holds the lock.
func (g *Gateway) unsound(asked url.Values) string {
	switch {
	case asked.Get("signature") == "":
		return "The link is not signed."
	case asked.Get("signature") != checksum(signedParameters(asked)):
		return "The signature is invalid."
	case asked.Has("best_before"):
		return "best_before must not be given with mode=payout: the time ends with the uuid."
	case asked.Get("mode") != "payout":
		return "This sandbox supports only mode=payout."
	}
	for _, name := range requiredOfPage {
		if asked.Get(name) == "" {
			return "The parameter " + name + " is required."
		}
	}
	if asked.Get("project_id") != number(ProjectID) {
		return "There is no such project_id."
	}
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		if utf8.RuneCountInString(asked.Get(name)) > limits[name] {
			return "The parameter " + name + " is too long."
		}
	}
	for _, name := range links {
		if asked.Has(name) && !webAddress(asked.Get(name)) {
			return "The parameter " + name + " is not the address of a page."
		}
	}
	if token := asked.Get("account_token"); token != "" && g.cards[token] == "" {
		return "There is no card with this account_token."
	}
	return ""
}

// signedParameters returns the transmitted parameters as a flat message. Names that begin with _ are versions of
// plugins, and are not signed.
func signedParameters(asked url.Values) map[string]any {
	message := map[string]any{}
	for name, values := range asked {
		if !strings.HasPrefix(name, "_") {
			message[name] = values[0]
		}
	}
	return message
}

// differs returns the first parameter that differs from what was registered, or "".
func (p *payment) differs(asked url.Values) string {
	for _, parameter := range [][2]string{
		{"payment_amount", number(p.Amount)},
		{"payment_currency", p.Currency},
		{"customer_id", p.CustomerID},
		{"customer_email", p.CustomerEmail},
	} {
		if asked.Get(parameter[0]) != parameter[1] {
			return parameter[0]
		}
	}
	return ""
}
