package ecommpaytest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakepage"
	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// pagePath is the path of Payment Page. Each path below it belongs to one payout.
const pagePath = "/payment"

// maxCodes is how many codes a receiver may enter.
const maxCodes = 3

// ServePlainPages serves Payment Page over plain HTTP, on another port of this machine, and changes PageURL in Config
// to that address. Use it for a demonstration in a browser, which does not trust the gateway's certificate. Call it
// once.
func (g *Gateway) ServePlainPages() error {
	plain, err := fakewire.ServePlain(g.ctx, func(w http.ResponseWriter, r *http.Request) {
		if !g.handlePage(w, r) {
			missing().Write(w)
		}
	})
	if err != nil {
		return fmt.Errorf("ecommpaytest: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.plain != nil {
		plain.Close()
		return errors.New("ecommpaytest: the gateway is closed, or ServePlainPages was called before")
	}
	g.plain = plain
	return nil
}

// handlePage answers requests of a receiver's browser, and reports whether this was one.
func (g *Gateway) handlePage(w http.ResponseWriter, r *http.Request) bool {
	path := r.URL.EscapedPath()
	token, inside := strings.CutPrefix(path, pagePath+"/")
	switch {
	case path == pagePath:
		g.open(r).Write(w)
	case inside:
		g.visited(r, token).Write(w)
	}
	return inside || path == pagePath
}

// visited answers the browser of a receiver whose payout was opened.
func (g *Gateway) visited(r *http.Request, token string) fakewire.Reply {
	var sent url.Values
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		form, refused := fakewire.ReadForm(r)
		if refused != 0 {
			return refuse(refused, http.StatusText(refused)+".")
		}
		sent = form
	default:
		return notAllowed()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.visitedBy(token)
	switch {
	case p == nil:
		return missing()
	case !g.awaits(p): // what arrives too late, or again, changes nothing
	case sent.Get("step") == "card":
		if filled, ok := g.enterCard(p, sent); !ok {
			return g.showCard(p, filled)
		}
	case sent.Get("step") == "again":
		p.visit.code = ""
	case sent.Get("step") == "code" && p.visit.code != "":
		if fault := g.enterCode(p, sent); fault != "" {
			return g.showCode(p, fault)
		}
	}
	if r.Method == http.MethodPost {
		return sandbox.SeeOther(p.address())
	}
	return g.show(p)
}

func (g *Gateway) visitedBy(token string) *payment {
	for _, p := range g.payments {
		if p.visit.token != "" && p.visit.token == token {
			return p
		}
	}
	return nil
}

// enterCard takes the card that the receiver has entered, or the card that they chose before, and sends them the code.
// The caller holds the lock.
func (g *Gateway) enterCard(p *payment, sent url.Values) (fakepage.Inputs, bool) {
	entered := card{number: g.chosen(p)}
	if entered.number == "" {
		filled := fillCard(sent)
		if filled.Invalid() {
			return filled, false
		}
		entered = card{number: compact(filled[0].Value), holder: filled[2].Value}
		entered.month, entered.year, _ = validThru(filled[1].Value, time.Now())
	}
	p.visit.card, p.visit.code = entered, sixDigits()
	return nil, true
}

// chosen returns the number of the card whose token Payment Page was opened with, or "". The caller holds the lock.
func (g *Gateway) chosen(p *payment) string { return g.cards[p.visit.asked.Get("account_token")] }

func sixDigits() string {
	n, err := rand.Int(rand.Reader, big.NewInt(900_000))
	if err != nil {
		panic("ecommpaytest: " + err.Error()) // it never fails
	}
	return number(100_000 + n.Int64())
}

// enterCode takes the code that a receiver has entered, or returns what is wrong with it. The caller holds the lock.
func (g *Gateway) enterCode(p *payment, sent url.Values) (fault string) {
	if compact(sent.Get("code")) == p.visit.code {
		g.confirm(p)
		return ""
	}
	p.visit.errors++
	left := maxCodes - p.visit.errors
	if left == 0 {
		g.conclude(p, wrongCodes)
		return ""
	}
	return fmt.Sprintf("This is not the code that was sent to you. Attempts left: %d", left)
}
