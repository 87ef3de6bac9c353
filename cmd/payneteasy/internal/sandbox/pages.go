package sandbox

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/sandbox/web"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

var (
	homePage  = parse("home.html", "live.html")
	signPage  = parse("sign.html")
	errorPage = parse("error.html")
)

func parse(names ...string) *template.Template {
	functions := template.FuncMap{"lines": lines, "clock": clock, "step": newStep}
	return template.Must(
		template.New("layout.html").Funcs(functions).ParseFS(web.Files, append(names, "layout.html")...))
}

// view is what a page shows.
type view struct {
	Title string
	Text  string
	Token string

	BaseURL string
	OwnKey  bool
	Setup   setup
	Faults  []namedFault
	Live    *live
	Builder *builder
}

// setup is what a merchant needs to know.
type setup struct {
	Login, ControlKey, Endpoint, Group string
	Environ, First                     []string
}

// live is the part of the page that changes.
type live struct {
	Token   string
	Doubles []string
	Pending []string
	Orders  []shownOrder
	Older   int
	Calls   []Call
}

// shownCalls is how many calls a page shows.
const shownCalls = 100

func (s *Sandbox) now() *live {
	orders, older := s.orders()
	doubles := s.config.Gateway.DoublePayouts()
	for i, double := range doubles {
		doubles[i] = strings.TrimPrefix(double, "payneteasytest: ")
	}
	return &live{
		Token: s.token, Doubles: s.withoutHidden(doubles), Pending: s.withoutHidden(s.config.Gateway.PendingFaults()),
		Orders: orders, Older: older, Calls: s.recorder.last(shownCalls),
	}
}

// baseURL is the gateway's base URL.
func (c Config) baseURL() string { return "http://" + c.Hosts[0] + "/paynet" }

func (c Config) payoutURL() string {
	return c.baseURL() + "/api/v4/payout/" + strconv.Itoa(payneteasytest.EndpointID)
}

func (s *Sandbox) home(w http.ResponseWriter, _ *http.Request) {
	s.show(w, http.StatusOK, homePage, view{
		Title: "Orders and calls", Faults: faults, Live: s.now(),
		Setup: setup{
			Login:      payneteasytest.Login,
			ControlKey: payneteasytest.ControlKey,
			Endpoint:   strconv.Itoa(payneteasytest.EndpointID),
			Group:      strconv.Itoa(payneteasytest.EndpointGroupID),
			Environ:    s.config.Environ,
			First:      s.config.First,
		},
	})
}

// live serves the part of the page that changes, for the page's script.
func (s *Sandbox) live(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, homePage, "changing", s.now())
}

// refuse serves a page that says what was not done.
func (s *Sandbox) refuse(w http.ResponseWriter, status int, title, text string) {
	s.show(w, status, errorPage, view{Title: title, Text: text})
}

// done redirects to the page, so that loading it again does not repeat the action.
func (s *Sandbox) done(w http.ResponseWriter, r *http.Request, location string) {
	secure(w.Header())
	http.Redirect(w, r, location, http.StatusSeeOther)
}

func (s *Sandbox) show(w http.ResponseWriter, status int, page *template.Template, v view) {
	v.Token, v.BaseURL, v.OwnKey = s.token, s.config.baseURL(), s.config.OwnKey
	s.render(w, status, page, "layout.html", v)
}

func (s *Sandbox) render(w http.ResponseWriter, status int, page *template.Template, name string, data any) {
	var body bytes.Buffer
	if err := page.ExecuteTemplate(&body, name, data); err != nil {
		panic("sandbox: " + err.Error()) // a mistake in a template
	}
	secure(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// times says how often a message came.
func times(n int) string {
	if n < 2 {
		return ""
	}
	return " × " + strconv.Itoa(n)
}

// lines puts each parameter of a form on its own line, decoded where possible.
func lines(body string) string {
	pieces := strings.Split(body, "&")
	for i, piece := range pieces {
		plain, err := url.QueryUnescape(piece)
		if err == nil && !strings.ContainsFunc(plain, func(r rune) bool { return !unicode.IsPrint(r) }) {
			pieces[i] = plain
		}
	}
	return strings.Join(pieces, "\n")
}

// step is a step of a signature.
type step struct{ ID, Title, Hint, Text string }

func newStep(id, title, hint, text string) step { return step{id, title, hint, text} }
