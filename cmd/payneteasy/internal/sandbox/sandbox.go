// Package sandbox serves a fake gateway and a page for a person. The page shows what comes in, and lets the person play
// the gateway.
package sandbox

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// Config is the configuration of a sandbox. All fields except Called are required.
type Config struct {
	Gateway *payneteasytest.Gateway
	Hosts   []string // host names for the sandbox, such as "127.0.0.1:8085"; it shows the first
	Environ []string // lines for a shell that name this gateway and its merchant
	First   []string // commands to begin with
	OwnKey  bool     // signatures are verified with the merchant's own key
	Sign    func(SignRequest) (*Signed, error)
	Called  func(Call) // is called for every call, one at a time
}

// Sandbox is a fake gateway with a page. It keeps the last calls, and all orders until the sandbox ends.
type Sandbox struct {
	config    Config
	recorder  *recorder
	api       http.Handler
	pages     http.Handler
	foreign   *http.CrossOriginProtection
	hosts     map[string]http.Handler // the gateway's handler for each host
	token     string                  // of the page's forms
	listeners chan struct{}
	patience  time.Duration // with a request's body
}

// maxListeners is how many pages can receive updates at the same time.
const maxListeners = 32

// New makes a sandbox.
func New(config Config) *Sandbox {
	s := &Sandbox{
		config: config, hosts: map[string]http.Handler{}, token: rand.Text(),
		foreign:   http.NewCrossOriginProtection(),
		listeners: make(chan struct{}, maxListeners),
		patience:  15 * time.Second,
	}
	for i := range config.Hosts { // the first comes last, because links lead to the last one
		host := config.Hosts[len(config.Hosts)-1-i]
		s.hosts[strings.ToLower(host)] = config.Gateway.Handler("http://" + host)
	}
	s.recorder = newRecorder(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hosts[strings.ToLower(r.Host)].ServeHTTP(w, r)
	}), config.Called)
	s.api = s.recorder
	s.pages = s.routes()
	return s
}

// URL is the URL of the page.
func (s *Sandbox) URL() string { return "http://" + s.config.Hosts[0] + "/" }

// contextPath is the path of the gateway.
const contextPath = "/paynet/"

// ServeHTTP answers merchants, receivers and the person at the page.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.limit(w, r)
	api := strings.HasPrefix(r.URL.Path, contextPath)
	switch {
	case s.hosts[strings.ToLower(r.Host)] == nil:
		// A page of another site may let its own name resolve to this machine, and would then read everything here.
		s.refuse(w, http.StatusMisdirectedRequest, "This sandbox is "+s.URL(), "It answers to no other name.")
	case (!api || strings.HasPrefix(r.URL.Path, contextPath+"api/")) && s.foreign.Check(r) != nil,
		scripted[r.URL.Path] && !sameOrigin(r):
		s.refuse(w, http.StatusForbidden, "This came from a page of another site", "Nothing was done.")
	case api:
		s.api.ServeHTTP(w, r)
	default:
		s.pages.ServeHTTP(w, r)
	}
}

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("POST /orders", s.posted(s.decide))
	mux.HandleFunc("POST /faults", s.posted(s.setFaults))
	mux.HandleFunc("GET /sign", s.signForm)
	mux.HandleFunc("POST /sign", s.posted(s.sign))
	mux.HandleFunc("GET /style.css", asset("style.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /script.js", asset("script.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		s.refuse(w, http.StatusNotFound, "There is no such page", "The gateway's context path is /paynet.")
	})
	return mux
}
