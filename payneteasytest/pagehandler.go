package payneteasytest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// linkPath is the path of receivers' links.
var linkPath = regexp.MustCompile(`^` + basePath + `/(?:form|confirm)/([A-Za-z0-9]+)$`)

// ServePlainPages serves receivers' pages over plain HTTP, on another port of this machine. All links lead there from
// now on. Use it for a demonstration in a browser, because a browser does not trust the gateway's certificate. Call it
// once.
func (g *Gateway) ServePlainPages() error {
	plain, err := fakewire.ServePlain(g.ctx, g.handlePlain)
	if err != nil {
		return fmt.Errorf("payneteasytest: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.plain != nil {
		plain.Close()
		return errors.New("payneteasytest: the gateway is closed, or ServePlainPages was called before")
	}
	g.plain, g.pages = plain, plain.URL()+basePath
	return nil
}

func (g *Gateway) handlePlain(w http.ResponseWriter, r *http.Request) {
	if !g.handlePage(w, r) {
		missing().Write(w)
	}
}

// handlePage answers a receiver's browser. It returns false for all other requests.
func (g *Gateway) handlePage(w http.ResponseWriter, r *http.Request) bool {
	link := linkPath.FindStringSubmatch(r.URL.EscapedPath())
	if link == nil {
		return false
	}
	g.visit(r, link[1]).Write(w)
	g.reportDoubles()
	return true
}

// visit answers a receiver's browser.
func (g *Gateway) visit(r *http.Request, token string) fakewire.Reply {
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
		sent, refused := fakewire.ReadForm(r)
		if refused != 0 {
			return refuse(refused, http.StatusText(refused))
		}
		return g.posted(token, sent)
	}
	answer := refuse(http.StatusMethodNotAllowed, "Method not allowed")
	answer.Header.Set("Allow", "GET, HEAD, POST")
	return answer
}

// posted takes the receiver's input. Input that the order does not wait for, because it is a repeat or too late,
// changes nothing. The answer then is the state of the order.
func (g *Gateway) posted(token string, sent url.Values) fakewire.Reply {
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
	return sandbox.SeeOther(g.link(o))
}
