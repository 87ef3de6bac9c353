package payneteasytest

import (
	"cmp"
	"embed"
	"html/template"
	"net/http"

	"github.com/payneteasy-go/payneteasy/internal/fakepage"
	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

//go:embed pages
var pageFiles embed.FS

// sendBack sends the receiver's browser back to the merchant. Without scripts the receiver presses the button.
const sendBack = "document.forms[0].submit()"

var sandbox = fakepage.New(sendBack)

var (
	formPage    = parsePage("form")
	confirmPage = parsePage("confirm")
	waitPage    = parsePage("wait")
	resultPage  = parsePage("result")
	missingPage = parsePage("missing")
)

func parsePage(name string) *template.Template {
	return fakepage.Parse(pageFiles, "pages/order.html", "pages/"+name+".html")
}

// view is what a page shows.
type view struct {
	page   *template.Template
	status int
	looks  string // the address that the page loads by itself after a second, or nothing

	Title       string
	Text        string
	Merchant    string
	Order       Order
	Description string
	Account     string
	Name        string
	Deadline    string
	Fields      fakepage.Inputs
	Return      *wayBack
}

// wayBack is the receiver's way back to the merchant.
type wayBack struct {
	URL    string
	Fields []fakepage.Input
	Script template.JS // if empty, the receiver presses the button
}

// show returns the page of an order in its present state. It sends a browser back by itself only once. After that, the
// link and the browser's back button show the outcome. The caller holds the lock.
func (g *Gateway) show(o *order, sends bool) *view {
	v := &view{
		status: http.StatusOK, Merchant: Login, Order: o.Order, Description: o.receiver.request.Get("order_desc"),
		Account: masked(o.Account), Name: cmp.Or(o.receiver.name, receiverName(o.receiver.request)),
		Deadline: o.receiver.deadline.UTC().Format("15:04 UTC on 2 January 2006"),
	}
	amount := o.Amount + " " + o.Currency
	switch {
	case o.now().asks == asksAccount:
		v.page, v.Title, v.Name = formPage, "Receive "+amount, ""
		v.Fields = form(o.receiver.request.Get("account_number"), receiverName(o.receiver.request))
	case o.now().asks == asksConfirmation:
		v.page, v.Title = confirmPage, "Confirm "+amount
	case !o.now().final():
		v.page, v.Title, v.looks = waitPage, "Please wait", g.link(o)
	default:
		v.page = resultPage
		v.result(o, sends)
	}
	return v
}

// result fills in the page of a final order.
func (v *view) result(o *order, sends bool) {
	switch {
	case o.receiver.expired:
		v.status, v.Title = http.StatusGone, "This link has expired"
		v.Text = "Nothing was paid. Ask " + v.Merchant + " for a new link."
	case o.TransactionType != payoutType:
		v.Title, v.Text = "Payout taken back", "It was paid, and later taken back ("+o.TransactionType+")."
	case o.Status == "approved":
		v.Title, v.Text = "Payout approved", "The payout is on its way to you."
	case o.Status == "error":
		v.Title, v.Text = "The outcome is not known", "Something went wrong: "+o.now().ErrorMessage+". Ask "+
			v.Merchant+" about it."
	default:
		v.Title, v.Text = "Payout declined", "Nothing was paid: "+o.now().ErrorMessage+"."
	}
	target := o.returnURL()
	if target == "" {
		return
	}
	v.Return = &wayBack{URL: target}
	for _, p := range o.returned() {
		v.Return.Fields = append(v.Return.Fields, fakepage.Input{Name: p.name, Value: p.value})
	}
	if sends && !o.receiver.returned {
		o.receiver.returned = true
		v.Return.Script = sendBack
	}
}

// masked shows only the end of an account number, as banks do.
func masked(account string) string {
	runes := []rune(account)
	if len(runes) <= 4 {
		return account
	}
	return "account ending in " + string(runes[len(runes)-4:])
}

func (v *view) render() fakewire.Reply {
	target := "'self'"
	if v.Return != nil {
		target = "http: https:" // the merchant's page, and every page to which it redirects
	}
	answer := sandbox.Render(v.status, v.page, v, target)
	if v.looks != "" {
		// Without an address, a browser whose URL has a fragment (from a fault's link) would only move within the page.
		answer.Header.Set("Refresh", "1; url="+v.looks)
	}
	return answer
}

// refuse returns the page for an invalid request.
func refuse(status int, title string) fakewire.Reply {
	v := view{page: missingPage, status: status, Title: title}
	return v.render()
}

func missing() fakewire.Reply { return refuse(http.StatusNotFound, "There is no such page") }
