// Package fakepage lays out the pages that the fake gateways of this module show to receivers' browsers. The pages load
// nothing. Only the styles and scripts run whose hashes the policy names.
package fakepage

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for layout and style
	"encoding/base64"
	"html/template"
	"io/fs"
	"net/http"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

var (
	//go:embed layout.html
	layout string
	//go:embed style.css
	style string
)

const contentType = "text/html; charset=utf-8"

// Pages are pages of one kind.
type Pages struct{ policy string }

// New takes the inline script that may run.
func New(script string) Pages {
	return Pages{policy: "default-src 'none'; style-src " + source(style) + "; script-src " + source(script)}
}

func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Parse makes a page of the layout and of files that define "main". Its data has a Title.
func Parse(files fs.FS, names ...string) *template.Template {
	page := template.Must(template.New("layout").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(style) }, //nolint:gosec // this package's own
	}).Parse(layout))
	return template.Must(page.ParseFS(files, names...))
}

// Render answers with a page. Its forms may lead to formTarget, a source of a Content-Security-Policy.
func (p Pages) Render(status int, page *template.Template, data any, formTarget string) fakewire.Reply {
	var body bytes.Buffer
	if err := page.Execute(&body, data); err != nil {
		panic("fakepage: " + err.Error()) // a mistake in a template
	}
	return fakewire.Reply{Status: status, ContentType: contentType, Header: p.header(formTarget), Body: body.Bytes()}
}

// SeeOther sends a browser that has posted something to the page with the result. Loading that page again posts
// nothing.
func (p Pages) SeeOther(location string) fakewire.Reply {
	answer := fakewire.Reply{Status: http.StatusSeeOther, ContentType: contentType, Header: p.header("'self'")}
	answer.Header.Set("Location", location)
	return answer
}

// header forbids to cache a page, to frame it, and to load anything.
func (p Pages) header(formTarget string) http.Header {
	return http.Header{
		"Content-Security-Policy": {p.policy + "; form-action " + formTarget +
			"; base-uri 'none'; frame-ancestors 'none'"},
		"Cache-Control":   {"no-store"},
		"Referrer-Policy": {"no-referrer"},
	}
}
