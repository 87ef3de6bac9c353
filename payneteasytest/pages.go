package payneteasytest

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// linkPath is where receivers go.
var linkPath = regexp.MustCompile(`^` + basePath + `/(?:form|confirm)/([A-Za-z0-9]+)$`)

//go:embed pages
var pageFiles embed.FS

//go:embed pages/style.css
var style string

// sendBack sends the receiver's browser back to the merchant; without scripts he presses the button.
const sendBack = "document.forms[0].submit()"

// The Content-Security-Policy names the only style and the only script by their hashes.
var (
	styleSource  = source(style)
	scriptSource = source(sendBack)
)

func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var (
	formPage    = parsePage("form")
	confirmPage = parsePage("confirm")
	waitPage    = parsePage("wait")
	resultPage  = parsePage("result")
	missingPage = parsePage("missing")
)

func parsePage(name string) *template.Template {
	return template.Must(template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html"))
}

// view is what a page shows.
type view struct {
	page   *template.Template
	status int
	looks  bool // the page is loaded again by itself

	Title       string
	Text        string
	Style       template.CSS
	Merchant    string
	Order       Order
	Description string
	Account     string
	Name        string
	Deadline    string
	Fields      inputs
	Return      *wayBack
}

// wayBack is the receiver's way back to the merchant.
type wayBack struct {
	URL    string
	Fields []input
	Script template.JS // empty: he presses the button
}

// input is one field of a form.
type input struct {
	Name, Label, Hint, Value, Wrong, Autocomplete string
	Length                                        int
}

type inputs []input

// Invalid reports whether something was filled in wrongly.
func (all inputs) Invalid() bool {
	for _, i := range all {
		if i.Wrong != "" {
			return true
		}
	}
	return false
}

// visit answers a receiver's browser.
func (g *Gateway) visit(r *http.Request, token string) reply {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		g.mu.Lock()
		defer g.mu.Unlock()
		o := g.visited(token)
		if o == nil {
			return missing()
		}
		return g.show(o, r.Method == http.MethodGet).render()
	case http.MethodPost:
		sent, refused := readPosted(r)
		if refused != 0 {
			return refuse(refused)
		}
		return g.posted(token, sent)
	}
	answer := refuse(http.StatusMethodNotAllowed)
	answer.header.Set("Allow", "GET, HEAD, POST")
	return answer
}

func missing() reply {
	v := view{page: missingPage, status: http.StatusNotFound, Title: "There is no such page"}
	return v.render()
}

func refuse(status int) reply {
	v := view{page: missingPage, status: status, Title: http.StatusText(status)}
	return v.render()
}

// readPosted reads a form, or says with which HTTP status it is refused.
func readPosted(r *http.Request) (sent url.Values, refused int) {
	const enough = 64 << 10
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/x-www-form-urlencoded" {
		return nil, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, enough+1))
	if len(body) > enough {
		return nil, http.StatusRequestEntityTooLarge
	}
	sent, parseErr := url.ParseQuery(string(body))
	if err != nil || parseErr != nil {
		return nil, http.StatusBadRequest
	}
	for _, values := range sent {
		if len(values) != 1 {
			return nil, http.StatusBadRequest
		}
	}
	return sent, 0
}

// posted takes what a receiver has filled in. What is not awaited, because it came before or too late, changes nothing:
// the answer is the state of the order.
func (g *Gateway) posted(token string, sent url.Values) reply {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.visited(token)
	if o == nil {
		return missing()
	}
	switch decision := sent.Get("decision"); {
	case o.now().asks == asksAccount && !sent.Has("decision"):
		filled := fill(sent.Get("account_number"), sent.Get("account_name"))
		if filled.Invalid() {
			v := g.show(o, false)
			v.status, v.Title, v.Fields = http.StatusUnprocessableEntity, "Please check what you have entered", filled
			return v.render()
		}
		g.submit(o, filled[0].Value, filled[1].Value)
	case decision == "confirm", decision == "refuse":
		g.confirm(o, decision == "confirm")
	}
	answer := reply{status: http.StatusSeeOther, contentType: pageType, header: pageHeader("'self'")}
	answer.header.Set("Location", g.link(o)) // loading it again sends nothing again
	return answer
}

// form are the fields of the payout form.
func form(account, name string) inputs {
	return inputs{
		{
			Name: "account_number", Label: "Account number", Value: account, Length: 32, Autocomplete: "off",
			Hint: "In this sandbox 1234567890 is approved, 0987654321 is declined, 1987654321 ends in an error.",
		},
		{
			Name: "account_name", Label: "Name of the account’s holder", Value: name, Length: 128, Autocomplete: "name",
			Hint: "As the bank knows it.",
		},
	}
}

var accountNumber = regexp.MustCompile(`^[\p{L}\p{N}-]+$`)

// fill checks what a receiver has entered. Blanks in an account number are for the eye.
func fill(account, name string) inputs {
	account = strings.ToValidUTF8(strings.Join(strings.Fields(account), ""), "�")
	name = strings.ToValidUTF8(strings.TrimSpace(name), "�")
	all := form(account, name)
	switch number := &all[0]; {
	case account == "":
		number.Wrong = "Enter the account number"
	case utf8.RuneCountInString(account) > number.Length:
		number.Wrong = "The account number is longer than 32 characters"
	case !accountNumber.MatchString(account):
		number.Wrong = "The account number may have letters, digits and hyphens only"
	}
	switch holder := &all[1]; {
	case name == "":
		holder.Wrong = "Enter the name of the account’s holder"
	case utf8.RuneCountInString(name) > holder.Length:
		holder.Wrong = "The name is longer than 128 characters"
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		holder.Wrong = "The name has a character in it that cannot be shown"
	}
	return all
}

// show is the page of an order as it is now. A browser is sent back by itself only once: afterwards the link, or the
// browser's way back, shows what became of the order. The caller holds the lock.
func (g *Gateway) show(o *order, sends bool) view {
	v := view{
		status: http.StatusOK, Merchant: Login, Order: o.Order, Description: o.receiver.request.Get("order_desc"),
		Account: masked(o.Account), Name: o.receiver.name, Deadline: o.receiver.deadline.UTC().Format("15:04 UTC on 2 January 2006"),
	}
	amount := o.Amount + " " + o.Currency
	switch {
	case o.now().asks == asksAccount:
		v.page, v.Title = formPage, "Receive "+amount
		v.Fields = form(o.receiver.request.Get("account_number"), receiverName(o.receiver.request))
	case o.now().asks == asksConfirmation:
		v.page, v.Title = confirmPage, "Confirm "+amount
	case !o.now().final():
		v.page, v.Title, v.looks = waitPage, "Please wait", true
	default:
		v.page = resultPage
		v.result(o, sends)
	}
	return v
}

// result is the page of an order that is final.
func (v *view) result(o *order, sends bool) {
	switch {
	case o.receiver.expired:
		v.status, v.Title = http.StatusGone, "This link has expired"
		v.Text = "Nothing was paid. Ask " + v.Merchant + " for a new link."
	case o.TransactionType != "payout":
		v.Title, v.Text = "Payout taken back", "It was paid, and taken back since ("+o.TransactionType+")."
	case o.Status == "approved":
		v.Title, v.Text = "Payout approved", "The payout is on its way to you."
	case o.Status == "error":
		v.Title, v.Text = "Payout failed", "Something went wrong: "+o.now().ErrorMessage+". Ask "+v.Merchant+" about it."
	default:
		v.Title, v.Text = "Payout declined", "Nothing was paid: "+o.now().ErrorMessage+"."
	}
	target := o.returnURL()
	if target == "" {
		return
	}
	v.Return = &wayBack{URL: target}
	for _, p := range o.returned() {
		v.Return.Fields = append(v.Return.Fields, input{Name: p.name, Value: p.value})
	}
	if sends && !o.receiver.returned {
		o.receiver.returned = true
		v.Return.Script = sendBack
	}
}

// masked shows the end of an account number, as banks do.
func masked(account string) string {
	runes := []rune(account)
	if len(runes) <= 4 {
		return account
	}
	return "account ending in " + string(runes[len(runes)-4:])
}

const pageType = "text/html; charset=utf-8"

func (v view) render() reply {
	v.Style = template.CSS(style) //nolint:gosec // this package's own
	target := "'self'"
	if v.Return != nil {
		target = "http: https:" // the merchant's page, and wherever that leads
	}
	answer := reply{status: v.status, contentType: pageType, header: pageHeader(target)}
	if v.looks {
		answer.header.Set("Refresh", "1")
	}
	var page bytes.Buffer
	if err := v.page.Execute(&page, v); err != nil {
		panic("payneteasytest: " + err.Error()) // a mistake in a template
	}
	answer.body = page.Bytes()
	return answer
}

// pageHeader keeps a page from being kept, framed, and from loading anything.
func pageHeader(formTarget string) http.Header {
	return http.Header{
		"Content-Security-Policy": {"default-src 'none'; style-src " + styleSource + "; script-src " + scriptSource +
			"; form-action " + formTarget + "; base-uri 'none'; frame-ancestors 'none'"},
		"Cache-Control":   {"no-store"},
		"Referrer-Policy": {"no-referrer"},
	}
}
