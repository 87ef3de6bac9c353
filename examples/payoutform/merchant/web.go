package merchant

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy"
)

var (
	//go:embed pages
	pages embed.FS
	//go:embed static
	static embed.FS

	templates = template.Must(template.ParseFS(pages, "pages/*.html"))
)

// Handler is the whole application.
func (s *Shop) Handler() http.Handler {
	callbacks := s.client.CallbackHandler(func(_ context.Context, cb *payneteasy.Callback) error {
		s.learn(cb.Confirmed, cb.Contradicts) // what the gateway says when asked, not what the callback claims
		return nil
	})
	callbacks.Order = s.storedOrder

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.start)
	mux.HandleFunc("POST /payouts", s.create)
	mux.HandleFunc("GET /payouts/{id}", s.show)
	mux.HandleFunc("GET /payouts/{id}/events", s.events)
	mux.Handle("GET /static/", http.FileServerFS(static))
	mux.Handle("/callback", callbacks)
	mux.Handle("/return", s.client.RedirectHandler(s.returned))

	csrf := http.NewCrossOriginProtection()
	csrf.AddInsecureBypassPattern("POST /return") // comes from the gateway's page, and changes nothing
	csrf.AddInsecureBypassPattern("POST /callback")
	return secure(csrf.Handler(mux))
}

// secure sets what every page of this application asks of a browser.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// storedOrder is what the merchant has stored of the order that a callback speaks of.
func (s *Shop) storedOrder(_ context.Context, cb *payneteasy.Callback) (payneteasy.OrderRef, error) {
	d, found := s.debt(cb.ClientOrderID)
	if !found {
		return payneteasy.OrderRef{}, errors.New("no such order")
	}
	order := d.order
	if order.OrderID == "" {
		order.OrderID = cb.OrderID // the answer that had it was lost
	}
	return order, nil
}

// returned is where the receiver's browser goes when it comes back from the gateway. That it came is all that is believed.
func (s *Shop) returned(_ *http.Request, claimed *payneteasy.Redirect) string {
	if d, found := s.debt(claimed.ClientOrderID); !found {
		return "/"
	} else if !d.Returned {
		s.change(d.ID, func(d *debt) { d.Returned = true })
	}
	s.client.Wake(claimed.ClientOrderID)
	return "/payouts/" + claimed.ClientOrderID
}

// debtID is what rand.Text makes.
var debtID = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// startPage is the form with what was typed in, and what is wrong with it.
type startPage struct {
	Debt                      string // its id: the page sent twice is one debt
	Recipient, RecipientFault string
	Amount, AmountFault       string
}

func (s *Shop) start(w http.ResponseWriter, _ *http.Request) {
	render(w, http.StatusOK, "start.html", startPage{Debt: rand.Text(), Amount: "10.42"})
}

func (s *Shop) create(w http.ResponseWriter, r *http.Request) {
	page := startPage{Debt: r.PostFormValue("debt"), Recipient: strings.TrimSpace(r.PostFormValue("recipient")), Amount: strings.TrimSpace(r.PostFormValue("amount"))}
	if length := utf8.RuneCountInString(page.Recipient); length == 0 || length > 100 || !utf8.ValidString(page.Recipient) || strings.ContainsFunc(page.Recipient, unicode.IsControl) {
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
		to = d.FormURL // checked by the SDK: https, or this machine
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *Shop) show(w http.ResponseWriter, r *http.Request) {
	d, found := s.debt(r.PathValue("id"))
	if !found {
		render(w, http.StatusNotFound, "missing.html", nil)
		return
	}
	render(w, http.StatusOK, "payout.html", d)
}

// events are server-sent events: the result, each time that it changes, until it is final.
func (s *Shop) events(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if _, found := s.debt(id); !found {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	for {
		_ = out.SetWriteDeadline(time.Now().Add(time.Minute))
		d, _ := s.debt(id)
		var page bytes.Buffer
		if err := templates.ExecuteTemplate(&page, "result", d); err != nil {
			return
		}
		name := "result"
		if !d.State.Open() {
			name = "final"
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, strings.ReplaceAll(page.String(), "\n", "\ndata: ")); err != nil {
			return
		}
		if err := out.Flush(); err != nil || name == "final" {
			return
		}
		select {
		case <-d.changed:
		case <-time.After(30 * time.Second): // a sign of life, for proxies on the way
		case <-r.Context().Done():
			return
		case <-s.waiting.Done():
			return
		}
	}
}

func render(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // the browser may have gone
}
