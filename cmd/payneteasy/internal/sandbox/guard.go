package sandbox

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"time"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/sandbox/web"
)

// policy lets a page load its own style and script, and nothing else. No other page may frame it.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// scripted are the paths for the page's own script only. Another site that keeps many of them open would keep the page
// from updates.
var scripted = map[string]bool{"/events": true, "/live": true}

// sameOrigin reports whether the request is from a page of this sandbox, as far as the browser says. A client that is
// no browser says nothing.
func sameOrigin(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "" || site == "same-origin" || site == "none"
}

// limit cuts a request whose body does not arrive. At the body's end, net/http removes the deadline, so replies may
// take any time.
func (s *Sandbox) limit(w http.ResponseWriter, r *http.Request) {
	if r.Body != nil && r.Body != http.NoBody {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.patience))
	}
}

// maxForm is more than any form of the page needs.
const maxForm = 256 << 10

// posted accepts a form of this page, and no other.
func (s *Sandbox) posted(do func(http.ResponseWriter, *http.Request, url.Values)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			s.refuse(w, http.StatusBadRequest, "The form cannot be read", "Nothing was done.")
			return
		}
		if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(s.token)) != 1 {
			s.refuse(w, http.StatusForbidden, "This form is not from this sandbox",
				"Nothing was done. If the sandbox was started again, load the page again.")
			return
		}
		do(w, r, r.PostForm)
	}
}

func asset(name, contentType string) http.HandlerFunc {
	content, err := web.Files.ReadFile(name)
	if err != nil {
		panic("sandbox: " + err.Error()) // it is embedded
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		secure(w.Header())
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(content)
	}
}
