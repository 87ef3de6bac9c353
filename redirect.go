package payneteasy

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/webhook"
)

// Redirect is what the receiver's browser brings back to redirect_url (ConnPay docs, "Final redirect"): claims only,
// and less to be trusted than a callback, since it passes through the receiver's hands, may come twice, late, or never.
// Show a page by it; book by a status or by a callback.
//
// It prints as ids and status only.
type Redirect struct {
	Status        StatusCode // status
	ClientOrderID string     // client_orderid, or merchant_order
	OrderID       string     // orderid: decimal digits
	ErrorMessage  string     // error_message; long runs of digits are masked. Escape it in a page
	Fields        Fields     // all of it but control
}

// Format writes ids and claimed status, for package fmt.
func (d Redirect) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("payneteasy.Redirect(%q order %s: %s)", d.ClientOrderID, d.OrderID,
		word(string(d.Status))))
}

// LogValue is what Format writes, as a group for package log/slog.
func (d Redirect) LogValue() slog.Value {
	return slog.GroupValue(slog.String("client_orderid", d.ClientOrderID), slog.String("order_id", d.OrderID),
		slog.String("claimed", word(string(d.Status))))
}

// ParseRedirect reads the browser's POST to redirect_url and verifies its control, by the rules and with the errors of
// ParseCallback. A right control makes it no more than a claim: see Redirect.
func (c *Client) ParseRedirect(r *http.Request) (*Redirect, error) {
	n, err := c.readNotice("redirect", r)
	if err != nil {
		return nil, err
	}
	mask := masking.Masker{IDs: []string{n.clientOrderID, n.orderID}, Question: true}
	d := &Redirect{
		Status: StatusCode(mask.Text(n.status)), ClientOrderID: n.clientOrderID, OrderID: n.orderID,
		ErrorMessage: mask.Text(n.get("error_message")), Fields: n.fields,
	}
	if d.ErrorMessage == "null" { // as the gateway writes that there is none
		d.ErrorMessage = ""
	}
	return d, nil
}

var (
	redirectSent   = webhook.NewOutcome("sent on", http.StatusSeeOther, slog.LevelDebug)
	redirectNoPage = webhook.NewOutcome("no page", http.StatusBadRequest, slog.LevelError).
			Because("the page function returned neither a path nor an http or https URL")
)

// RedirectHandler serves redirect_url: it sends the browser on, by 303, to the page that page names for the order. A
// GET carries the session's cookie, and the gateway's POST from another site does not (SameSite=Lax). Which orders a
// visitor may see must be decided there, by that session.
//
// The answer is 303 to what page returns, 400 if that is neither a path ("/…") nor an http or https URL, and the
// CallbackError's if the redirect was not taken. The URL should be one of the merchant's own: nothing of claimed
// belongs into it but, escaped, an id. Config.Logger gets one record a redirect.
func (c *Client) RedirectHandler(page func(r *http.Request, claimed *Redirect) string) http.Handler {
	if page == nil {
		panic("payneteasy: RedirectHandler: page is nil")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const message = "payneteasy redirect"
		began := time.Now()
		claimed, err := c.ParseRedirect(r)
		if err != nil {
			outcome := refusedOutcome(err)
			c.logEnd(r.Context(), message, webhook.End{Outcome: outcome, Began: began})
			webhook.Answer(w, outcome.Code)
			return
		}
		location, outcome := page(r, claimed), redirectSent
		if isOwnOrHTTP(location) {
			w.Header().Set("Location", location)
		} else {
			outcome = redirectNoPage
		}
		c.logEnd(r.Context(), message, webhook.End{Outcome: outcome, Began: began}, slog.Any("redirect", claimed))
		webhook.Answer(w, outcome.Code)
	})
}

// isOwnOrHTTP reports whether a location is a path of this site, or an http or https URL.
func isOwnOrHTTP(location string) bool {
	u, err := url.Parse(location)
	switch {
	case err != nil, strings.ContainsFunc(location, notInURL):
		return false
	case u.Scheme != "":
		return (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
	}
	return strings.HasPrefix(location, "/") && !strings.HasPrefix(location, "//")
}
