// Package site is what the examples' web applications have in common: the layout of their pages, style and script, the
// headers of every answer, and the events by which a result page updates itself. Copy it with the merchant.
package site

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

var (
	//go:embed pages
	pages embed.FS
	//go:embed static
	static embed.FS
)

// Pages are an application's templates, and the layout.
type Pages struct{ templates *template.Template }

// Parse reads the templates pages/*.html. They may use "head" with a title, "foot" and "missing.html".
func Parse(files fs.FS) Pages {
	return Pages{template.Must(template.Must(template.ParseFS(pages, "pages/*.html")).ParseFS(files, "pages/*.html"))}
}

// Static serves style.css and payout.js below /static/.
func Static() http.Handler { return http.FileServerFS(static) }

// Secure sets what every page asks of a browser.
func Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// Render answers with a page.
func (p Pages) Render(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := p.templates.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // the browser may have gone
}

// Events are server-sent events: the template "result", each time that it changes, until it is final, the browser goes, or
// ended is closed. look gives its data, whether that is final, and what is closed when it changes.
func (p Pages) Events(w http.ResponseWriter, r *http.Request, ended <-chan struct{}, look func() (data any, final bool, changed <-chan struct{})) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	for {
		_ = out.SetWriteDeadline(time.Now().Add(time.Minute))
		data, final, changed := look()
		var page bytes.Buffer
		if err := p.templates.ExecuteTemplate(&page, "result", data); err != nil {
			return
		}
		name := "result"
		if final {
			name = "final"
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, strings.ReplaceAll(page.String(), "\n", "\ndata: ")); err != nil {
			return
		}
		if err := out.Flush(); err != nil || final {
			return
		}
		select {
		case <-changed:
		case <-time.After(30 * time.Second): // a sign of life, for proxies on the way
		case <-r.Context().Done():
			return
		case <-ended:
			return
		}
	}
}
