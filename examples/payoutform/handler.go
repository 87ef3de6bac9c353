package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy"
)

// handler returns the whole application.
func (s *shop) handler() http.Handler {
	callbacks := s.client.CallbackHandler(func(_ context.Context, news payneteasy.News, cb *payneteasy.Callback) error {
		reason := "" // the gateway's answer to a question, not the callback's claim
		if cb.Confirmed != nil {
			reason = cb.Confirmed.ErrorMessage
		}
		s.learn(cb.ClientOrderID, news.Decision, reason)
		return nil
	})
	callbacks.Order = s.storedOrder

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.start)
	mux.HandleFunc("POST /payouts", s.create)
	mux.HandleFunc("GET /payouts/{id}", s.show)
	mux.Handle("GET /static/", http.FileServerFS(staticFiles))
	mux.Handle("/callback", callbacks)
	mux.Handle("/return", s.client.RedirectHandler(s.returned))

	csrf := http.NewCrossOriginProtection()
	csrf.AddInsecureBypassPattern("POST /return") // it comes from the gateway's page, and changes nothing
	csrf.AddInsecureBypassPattern("POST /callback")
	return secure(csrf.Handler(mux))
}

// storedOrder returns what the merchant has stored about the order of a callback.
func (s *shop) storedOrder(_ context.Context, cb *payneteasy.Callback) (payneteasy.OrderRef, error) {
	d, found := s.debt(cb.ClientOrderID)
	if !found {
		return payneteasy.OrderRef{}, errors.New("no such order")
	}
	order := payneteasy.OrderRef{ClientOrderID: d.ID, OrderID: d.entry.OrderID(), Amount: d.Amount}
	if order.OrderID == "" {
		order.OrderID = cb.OrderID // the reply with the order ID was lost
	}
	return order, nil
}

// returned returns the page for a receiver's browser that comes back from the gateway. It believes only that the
// browser came back.
func (s *shop) returned(_ *http.Request, claimed *payneteasy.Redirect) string {
	if d, found := s.debt(claimed.ClientOrderID); !found {
		return "/"
	} else if !d.Returned {
		s.change(d.ID, func(d *debt) { d.Returned = true })
	}
	s.client.Wake(claimed.ClientOrderID)
	return "/payouts/" + claimed.ClientOrderID
}

// debtID matches the result of rand.Text.
var debtID = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// startPage is the form with the values typed in and their faults.
type startPage struct {
	Debt                      string // its ID: the same page sent twice is one debt
	Recipient, RecipientFault string
	Amount, AmountFault       string
}

func (s *shop) start(w http.ResponseWriter, _ *http.Request) {
	render(w, http.StatusOK, "start.html", startPage{Debt: rand.Text(), Amount: "10.42"})
}

func (s *shop) create(w http.ResponseWriter, r *http.Request) {
	page := startPage{
		Debt: r.PostFormValue("debt"), Recipient: strings.TrimSpace(r.PostFormValue("recipient")),
		Amount: strings.TrimSpace(r.PostFormValue("amount")),
	}
	if length := utf8.RuneCountInString(page.Recipient); length == 0 || length > 100 ||
		!utf8.ValidString(page.Recipient) || strings.ContainsFunc(page.Recipient, unicode.IsControl) {
		page.RecipientFault = "Enter a name of at most 100 characters."
	}
	amount, err := payneteasy.ParseAmount(page.Amount, "USD")
	if err != nil {
		page.AmountFault = "Enter an amount in US dollars, for example 10.42."
	}
	if !debtID.MatchString(page.Debt) {
		page.Debt = rand.Text()
	}
	if page.RecipientFault != "" || page.AmountFault != "" {
		render(w, http.StatusUnprocessableEntity, "start.html", page)
		return
	}
	d := s.pay(r.Context(), page.Debt, page.Recipient, amount)
	to := "/payouts/" + d.ID
	if d.State == stateForm && !d.Returned {
		to = d.FormURL // the SDK has checked that it is https, or on this machine
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
