package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
)

// handler returns the whole application.
func (s *shop) handler() http.Handler {
	callbacks := s.client.CallbackHandler(func(_ context.Context, news payneteasy.News, cb *ecommpay.Callback) error {
		if cb.Confirmed != nil { // otherwise it is about the registration, which Payout.Register waits for
			// This is ecommpay's answer to a question, not the callback's claim.
			s.learn(cb.PaymentID, news.Decision, problemOf(cb.Confirmed))
		}
		return nil
	})
	callbacks.Ref = s.storedRef

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.start)
	mux.HandleFunc("POST /payouts", s.create)
	mux.HandleFunc("GET /payouts/{id}", s.show)
	mux.HandleFunc("POST /payouts/{id}/again", s.tryAgain)
	mux.Handle("GET /static/", http.FileServerFS(staticFiles))
	mux.Handle("/callback", callbacks)

	csrf := http.NewCrossOriginProtection()
	csrf.AddInsecureBypassPattern("POST /callback")
	return secure(csrf.Handler(mux))
}

// storedRef returns what the merchant has stored about the payout of a callback.
func (s *shop) storedRef(_ context.Context, cb *ecommpay.Callback) (ecommpay.PayoutRef, error) {
	d, found := s.debt(debtOf(cb.PaymentID))
	if !found {
		return ecommpay.PayoutRef{}, ecommpay.ErrMismatch
	}
	return ecommpay.PayoutRef{PaymentID: cb.PaymentID, Amount: d.Amount}, nil
}

// debtID matches the result of rand.Text.
var debtID = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// startPage is the form with the values typed in and their faults.
type startPage struct {
	Debt   string // its ID: the same page sent twice is one debt
	Fields []field
}

type field struct{ Name, Label, Type, Autocomplete, Value, Fault string }

func newStartPage() startPage {
	return startPage{Debt: rand.Text(), Fields: []field{
		{Name: "recipient", Label: "Your name", Type: "text", Autocomplete: "name"},
		{Name: "email", Label: "Your e-mail address", Type: "email", Autocomplete: "email"},
		{Name: "phone", Label: "Your phone number, with the country code", Type: "tel", Autocomplete: "tel"},
		{Name: "amount", Label: "Amount in euros", Type: "text", Value: "10.42"},
	}}
}

func (s *shop) start(w http.ResponseWriter, _ *http.Request) {
	render(w, http.StatusOK, "start.html", newStartPage())
}

// sound reports whether a text may be in the signed link to Payment Page. It must not contain a semicolon, which joins
// the parameters there and is not escaped.
func sound(text string, limit int) bool {
	length := utf8.RuneCountInString(text)
	return length > 0 && length <= limit && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl) &&
		!strings.Contains(text, ";")
}

// read reads what was typed in, and reports whether all of it is valid.
func (p *startPage) read(r *http.Request) (to recipient, amount payneteasy.Amount, ok bool) {
	for i := range p.Fields {
		p.Fields[i].Value = strings.TrimSpace(r.PostFormValue(p.Fields[i].Name))
	}
	name, email, phone, sum := &p.Fields[0], &p.Fields[1], &p.Fields[2], &p.Fields[3]
	to = recipient{Name: name.Value, Email: email.Value, Phone: digits(phone.Value), IPAddress: remoteIP(r)}
	if !sound(to.Name, 100) {
		name.Fault = "Enter a name of at most 100 characters, without a semicolon."
	}
	before, after, found := strings.Cut(to.Email, "@")
	if !sound(to.Email, 255) || !found || before == "" || after == "" || strings.ContainsAny(after, "@") ||
		strings.ContainsFunc(to.Email, unicode.IsSpace) {
		email.Fault = "Enter an e-mail address, for example jane@example.com."
	}
	if len(to.Phone) < 4 || len(to.Phone) > 24 {
		phone.Fault = "Enter a phone number, for example +44 991 234567."
	}
	amount, err := payneteasy.ParseAmount(sum.Value, "EUR")
	if err != nil {
		sum.Fault = "Enter an amount in euros, for example 10.42."
	}
	return to, amount, name.Fault+email.Fault+phone.Fault+sum.Fault == ""
}

// digits removes the separators from a phone number. It returns "" if any other character is in it.
func digits(phone string) string {
	phone = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(strings.TrimPrefix(phone, "+"))
	if strings.Trim(phone, "0123456789") != "" {
		return ""
	}
	return phone
}

// remoteIP returns the recipient's address. Behind your own proxy, take it from a header that this proxy sets. Trust no
// other header.
func remoteIP(r *http.Request) string {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return address.Addr().Unmap().WithZone("").String()
}

func (s *shop) create(w http.ResponseWriter, r *http.Request) {
	page := newStartPage()
	if id := r.PostFormValue("debt"); debtID.MatchString(id) {
		page.Debt = id
	}
	to, amount, ok := page.read(r)
	if !ok {
		render(w, http.StatusUnprocessableEntity, "start.html", page)
		return
	}
	lead(w, r, s.pay(r.Context(), page.Debt, to, amount))
}

// tryAgain starts another payout for a debt whose payout was declined or never registered.
func (s *shop) tryAgain(w http.ResponseWriter, r *http.Request) {
	d, found := s.debt(r.PathValue("id"))
	if !found {
		render(w, http.StatusNotFound, "missing.html", nil)
		return
	}
	to := d.to
	to.IPAddress = remoteIP(r)
	s.again(r.Context(), d.ID, to)
	lead(w, r, s.registered(r.Context(), d.ID))
}

// lead redirects to Payment Page if it waits for the recipient, and to the result page otherwise.
func lead(w http.ResponseWriter, r *http.Request, d debt) {
	to := "/payouts/" + d.ID
	if d.State == stateWaiting {
		to = d.Link
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *shop) show(w http.ResponseWriter, r *http.Request) {
	d, found := s.debt(r.PathValue("id"))
	if !found {
		render(w, http.StatusNotFound, "missing.html", nil)
		return
	}
	render(w, http.StatusOK, "payout.html", d)
}
