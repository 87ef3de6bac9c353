package ecommpaytest

import (
	"embed"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/fakepage"
	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

//go:embed pages
var pageFiles embed.FS

// countDown shows the time that is left. Without scripts the page says until when it is valid.
const countDown = `(function () {
	var left = document.getElementById("left"), end = Date.now() + 1000 * left.getAttribute("data-left");
	(function tick() {
		var s = Math.max(0, Math.ceil((end - Date.now()) / 1000));
		left.textContent = Math.floor(s / 60) + ":" + ("0" + s % 60).slice(-2);
		if (s > 0) setTimeout(tick, 1000);
	})();
})();`

var sandbox = fakepage.New(countDown)

var (
	cardPage    = parsePage("card")
	codePage    = parsePage("code")
	waitPage    = parsePage("wait")
	resultPage  = parsePage("result")
	refusedPage = parsePage("refused")
)

func parsePage(name string) *template.Template {
	return fakepage.Parse(pageFiles, "pages/payout.html", "pages/"+name+".html")
}

// view is the content of a page.
type view struct {
	page   *template.Template
	status int
	again  int    // the page reloads after this many seconds, unless 0
	at     string // the address to reload

	Title       string
	Text        string
	PaymentID   string
	Amount      string
	Description string
	Card        string // masked
	Email       string
	Code        string // of the e-mail
	Chosen      bool   // the receiver chose the card before
	Fields      fakepage.Inputs
	Left        *left
	Script      template.JS
	Links       []link
}

// left is the remaining time.
type left struct {
	Seconds       int
	Clock         string // "29:58"
	Until, Stated string // for people, and for machines
}

// link leads back to the merchant.
type link struct{ URL, Text string }

// viewOf returns the view of a payment. The caller holds the lock.
func (g *Gateway) viewOf(p *payment, page *template.Template, title string) view {
	v := view{
		page: page, status: http.StatusOK, at: p.address(), Title: title, PaymentID: p.PaymentID, Amount: p.amount(),
		Description: p.Description, Card: p.Card, Email: p.CustomerEmail,
	}
	if p.Status == statusAwaiting {
		seconds := math.MaxInt32 - 1
		if rest := (time.Until(p.ExpiresAt) + time.Second - 1) / time.Second; rest < math.MaxInt32-1 {
			seconds = int(rest)
		}
		until := p.ExpiresAt.UTC()
		v.Left = &left{
			Seconds: seconds, Clock: fmt.Sprintf("%d:%02d", seconds/60, seconds%60),
			Until: until.Format("15:04:05 UTC"), Stated: until.Format(time.RFC3339),
		}
		v.Script, v.again = countDown, seconds+1
	}
	return v
}

// amount returns the amount for people.
func (p *payment) amount() string {
	if amount, err := payneteasy.AmountFromMinor(p.Amount, p.Currency); err == nil {
		return amount.String()
	}
	return number(p.Amount) + " minor units of " + p.Currency
}

// show returns the page of a payment in its current state. The caller holds the lock.
func (g *Gateway) show(p *payment) fakewire.Reply {
	switch {
	case p.Status == statusAwaiting && p.visit.code == "":
		return g.showCard(p, cardForm(url.Values{}))
	case p.Status == statusAwaiting:
		return g.showCode(p, "")
	case p.Status == statusProcessing, p.Status == statusClarification:
		v := g.viewOf(p, waitPage, "Please wait")
		v.again = 1
		return v.render()
	}
	return g.showResult(p)
}

// showCard asks for the card. The caller holds the lock.
func (g *Gateway) showCard(p *payment, fields fakepage.Inputs) fakewire.Reply {
	v := g.viewOf(p, cardPage, "Receive "+p.amount())
	v.Fields = fields
	if chosen := g.chosen(p); chosen != "" {
		v.Card, v.Chosen, v.Fields = masked(chosen), true, nil
	}
	return v.checked().render()
}

// showCode asks for the code. The caller holds the lock.
func (g *Gateway) showCode(p *payment, fault string) fakewire.Reply {
	v := g.viewOf(p, codePage, "Confirm "+p.amount())
	v.Card, v.Chosen, v.Code, v.Fields = masked(p.visit.card.number), g.chosen(p) != "", p.visit.code, codeForm(fault)
	return v.checked().render()
}

// checked changes the status and the title of the page if something was entered wrongly.
func (v view) checked() view {
	if v.Fields.Invalid() {
		v.status, v.Title = http.StatusUnprocessableEntity, "Please check what you have entered"
	}
	return v
}

// showResult returns the last page. The caller holds the lock.
func (g *Gateway) showResult(p *payment) fakewire.Reply {
	v := g.viewOf(p, resultPage, "Payout declined")
	last := p.operations[len(p.operations)-1]
	to := "merchant_fail_url"
	switch {
	case p.Status == statusSuccess:
		v.Title, v.Text, to = "Payout successful", "The payout is on its way to your card.", "merchant_success_url"
	case p.Status == statusReversed:
		v.Title, v.Text = "Payout taken back", "It was paid and later taken back."
	case last.result == uuidExpired:
		v.status, v.Title, v.Text = http.StatusGone, "The time is over",
			"The payout was not confirmed in time, and nothing was paid. Ask for another payout."
	case p.Status == statusError:
		v.Title, v.Text = "Payout failed", "Nothing was paid: "+last.message+" (code "+last.code+")."
	default:
		v.Text = "Nothing was paid: " + last.message + " (code " + last.code + ")."
	}
	if back := p.visit.asked.Get(to); back != "" {
		v.Links = append(v.Links, link{back, "Continue"})
	}
	if back := p.visit.asked.Get("merchant_return_url"); back != "" {
		v.Links = append(v.Links, link{back, "Back to the merchant"})
	}
	return v.render()
}

func (v view) render() fakewire.Reply {
	answer := sandbox.Render(v.status, v.page, v, "'self'")
	if v.again > 0 {
		answer.Header.Set("Refresh", fmt.Sprintf("%d; url=%s", v.again, v.at))
	}
	return answer
}

// refuse returns the page for an invalid request.
func refuse(status int, text string) fakewire.Reply {
	return view{page: refusedPage, status: status, Title: "This payout cannot be opened", Text: text}.render()
}

func missing() fakewire.Reply { return refuse(http.StatusNotFound, "There is no such page.") }

func notAllowed() fakewire.Reply {
	answer := refuse(http.StatusMethodNotAllowed, "Method not allowed.")
	answer.Header.Set("Allow", "GET, HEAD, POST")
	return answer
}
