package payneteasytest

import (
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// linkPath is where receivers go.
var linkPath = regexp.MustCompile(`^` + basePath + `/(?:form|confirm)/([A-Za-z0-9]+)$`)

// pages is where receivers' browsers go.
type pages struct {
	url    string
	server *http.Server // nil for the gateway's own
	served chan struct{}
}

func (p pages) close() {
	if p.server != nil {
		_ = p.server.Close()
		<-p.served
	}
}

// ServePlainPages serves receivers' pages over plain HTTP, on another port of this machine, and lets all links lead
// there: for a demonstration in a browser, which does not trust the gateway's certificate. Call it once.
func (g *Gateway) ServePlainPages() error {
	var config net.ListenConfig
	listener, err := config.Listen(g.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("payneteasytest: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.pages.server != nil {
		_ = listener.Close()
		return errors.New("payneteasytest: closed, or called before")
	}
	g.pages = pages{
		url: "http://" + listener.Addr().String() + basePath, served: make(chan struct{}),
		server: &http.Server{Handler: http.HandlerFunc(g.handlePlain), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)},
	}
	go func(p pages) {
		defer close(p.served)
		_ = p.server.Serve(listener) // always an error: that it was closed
	}(g.pages)
	return nil
}

func (g *Gateway) handlePlain(w http.ResponseWriter, r *http.Request) {
	if !g.handlePage(w, r) {
		missing().write(w)
	}
}

// handlePage answers a receiver's browser, and nobody else.
func (g *Gateway) handlePage(w http.ResponseWriter, r *http.Request) bool {
	link := linkPath.FindStringSubmatch(r.URL.EscapedPath())
	if link == nil {
		return false
	}
	g.visit(r, link[1]).write(w)
	g.reportDoubles()
	return true
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
			return refuse(refused, http.StatusText(refused))
		}
		return g.posted(token, sent)
	}
	answer := refuse(http.StatusMethodNotAllowed, "Method not allowed")
	answer.header.Set("Allow", "GET, HEAD, POST")
	return answer
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
