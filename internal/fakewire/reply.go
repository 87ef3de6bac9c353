package fakewire

import (
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
)

// Reply is a reply on the wire.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
	Header      http.Header // further headers
}

// HTML is the Content-Type of proxies' pages.
const HTML = "text/html;charset=utf-8"

// Page is an HTML page like those of proxies.
func Page(status int, text string) Reply {
	body := fmt.Sprintf("<!DOCTYPE html>\n<html>\n<head><title>%d</title></head>\n<body><h1>%s</h1></body>\n</html>\n",
		status, html.EscapeString(text))
	return Reply{Status: status, ContentType: HTML, Body: []byte(body)}
}

// Write sends the reply.
func (r Reply) Write(w http.ResponseWriter) {
	r.head(w, true)
	_, _ = w.Write(r.Body) // a lost client is no fault here
}

func (r Reply) head(w http.ResponseWriter, length bool) {
	maps.Copy(w.Header(), r.Header)
	w.Header().Set("Content-Type", r.ContentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if length {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	w.WriteHeader(r.Status)
}

// writeUnending answers over HTTP/1.1 without a length. The body ends with the connection.
func (r Reply) writeUnending(w http.ResponseWriter, body []byte) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(errors.Join(http.ErrAbortHandler, err))
	}
	_, _ = fmt.Fprintf(buffered, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nConnection: close\r\n\r\n%s", r.Status,
		http.StatusText(r.Status), r.ContentType, body)
	_ = buffered.Flush()
	_ = conn.Close()
}

// ReadForm reads the form that a browser has posted, with each name once. Otherwise it returns the HTTP status of the
// refusal.
func ReadForm(r *http.Request) (sent url.Values, refused int) {
	const enough = 64 << 10
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/x-www-form-urlencoded" {
		return nil, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, enough+1))
	if len(body) > enough {
		return nil, http.StatusRequestEntityTooLarge
	}
	sent, parseErr := url.ParseQuery(string(body))
	if err != nil || parseErr != nil || !Once(sent) {
		return nil, http.StatusBadRequest
	}
	return sent, 0
}

// Once reports whether each name has one value.
func Once(values url.Values) bool {
	for _, all := range values {
		if len(all) != 1 {
			return false
		}
	}
	return true
}
