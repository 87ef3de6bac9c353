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

// Redirect is what the receiver's browser brings back to redirect_url (ConnPay docs, "Final redirect"). It holds only
// claims. Trust it less than a callback, because it passes through the receiver's hands. It may come twice, late, or
// never. Use it to choose the page that you show. Book by a status or by a callback.
//
// It prints only its IDs and its status.
type Redirect struct {
	Status        StatusCode // status
	ClientOrderID string     // client_orderid, or merchant_order
	OrderID       string     // orderid, decimal digits
	ErrorMessage  string     // error_message, with long runs of digits masked. Escape it in a page
	Fields        Fields     // all parameters except control
}

// Format writes the IDs and the claimed status, for package fmt.
func (d Redirect) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("payneteasy.Redirect(%q order %s: %s)", d.ClientOrderID, d.OrderID,
		word(string(d.Status))))
}

// LogValue returns what Format writes, as a group for package log/slog.
func (d Redirect) LogValue() slog.Value {
	return slog.GroupValue(slog.String("client_orderid", d.ClientOrderID), slog.String("order_id", d.OrderID),
		slog.String("claimed", word(string(d.Status))))
}

// ParseRedirect reads the browser's POST to redirect_url and verifies its control. Its rules and errors are those of
// ParseCallback. Even with a valid control a redirect is only a claim. See Redirect.
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
	if d.ErrorMessage == "null" { // the gateway writes this when there is none
		d.ErrorMessage = ""
	}
	return d, nil
}

var (
	redirectSent   = webhook.NewOutcome("sent on", http.StatusSeeOther, slog.LevelDebug)
	redirectNoPage = webhook.NewOutcome("no page", http.StatusBadRequest, slog.LevelError).
			Because("the page function returned neither a path nor an http or https URL")
)

// RedirectHandler serves redirect_url. It sends the browser on, by 303, to the page that the function page returns for
// the order. The browser's GET carries the session's cookie. The gateway's POST from another site does not
// (SameSite=Lax). Decide at that page, by its session, which orders a visitor may see.
//
// The answer is 303 to what page returns. It is 400 if that is neither a path ("/…") nor an http or https URL. If the
// redirect is refused, it is the HTTPStatus of the CallbackError. The URL should be one of your own. Do not put any
// value from claimed into it except an escaped ID. Config.Logger gets one record for each redirect.
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
