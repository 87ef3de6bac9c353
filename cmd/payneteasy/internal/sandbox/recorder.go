package sandbox

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
)

// Call is a request of a merchant or a receiver, and its answer, without card data.
type Call struct {
	Number        int           `json:"number"`
	Time          time.Time     `json:"time"`
	Method        string        `json:"method"`
	URL           string        `json:"url"` // path and query
	Header        []Field       `json:"header"`
	Body          string        `json:"body"`
	ClientOrderID string        `json:"client_orderid,omitempty"`
	Status        int           `json:"http_status"` // 0 if there was no answer
	Cut           bool          `json:"cut"`         // the connection was cut, before or within the answer
	ReplyType     string        `json:"reply_type,omitempty"`
	Reply         string        `json:"reply"`
	Duration      time.Duration `json:"duration_ns"`
}

// Field is a header field.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Limits of what is stored.
const (
	maxCalls = 300
	maxRead  = 1 << 20 // of a body, until it is masked
	maxShown = 16 << 10
)

// recorder keeps the last calls. It stores only masked data.
type recorder struct {
	next   http.Handler
	called func(Call)

	telling  sync.Mutex // apart from mu, so that a paused terminal does not stop the page
	learning sync.Mutex // apart from mu, so that calls change the masker one after the other
	mu       sync.Mutex
	calls    []Call
	number   int
	changed  chan struct{} // closed by the next call
	masker   mask.Masker   // knows the cards that an earlier call had in an ID
}

func newRecorder(next http.Handler, called func(Call)) *recorder {
	if called == nil {
		called = func(Call) {}
	}
	return &recorder{next: next, called: called, changed: make(chan struct{}), masker: masker}
}

// ServeHTTP lets a panic pass, because a fault cuts the connection with it.
func (c *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	read := &reading{ReadCloser: r.Body}
	r.Body = read
	reply := &replying{ResponseWriter: w}
	finished := false
	defer func() { c.keep(c.call(r, read, reply, began, finished)) }()
	c.next.ServeHTTP(reply, r)
	finished = true
}

// keep adds a call to the stored ones.
func (c *recorder) keep(call Call) {
	c.telling.Lock()
	defer c.telling.Unlock()
	c.add(&call)
	c.called(call)
}

func (c *recorder) add(call *Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	call.Number = c.number
	c.calls = append(c.calls, *call)
	if len(c.calls) > maxCalls {
		c.calls = slices.Clone(c.calls[len(c.calls)-maxCalls:])
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// last returns the last calls, the newest first.
func (c *recorder) last(n int) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := slices.Clone(c.calls[max(0, len(c.calls)-n):])
	slices.Reverse(calls)
	return calls
}

func (c *recorder) change() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// call masks the request and the answer.
func (c *recorder) call(r *http.Request, read *reading, reply *replying, began time.Time, finished bool) Call {
	texts := append(r.Header.Values("Authorization"), r.URL.String(), read.body.String())
	message := c.knowing(texts...)
	call := Call{
		Time: began, Method: cut(message.Text(r.Method)), URL: target(r.URL, message),
		Status: reply.status, Cut: !finished || reply.hijacked,
		ReplyType: reply.Header().Get("Content-Type"), Duration: time.Since(began),
	}
	if reply.hijacked {
		call.ReplyType = ""
	} else if finished && call.Status == 0 {
		call.Status = http.StatusOK
	}
	for _, name := range []string{"Authorization", "Content-Type", "Content-Length", "Accept", "User-Agent"} {
		for _, value := range r.Header.Values(name) {
			if scheme, _, _ := strings.Cut(value, " "); name == "Authorization" && scheme != "OAuth" {
				value = mask.Redacted
			}
			call.Header = append(call.Header, Field{name, cut(message.Text(value))})
		}
	}
	call.Body, call.ClientOrderID = c.request(r, read, message)
	if call.ClientOrderID == mask.Redacted {
		c.remember(texts...)
	}
	message = message.Showing(call.ClientOrderID)
	if strings.HasPrefix(r.URL.Path, contextPath+"api/") && utf8.Valid(reply.body.Bytes()) {
		call.Reply = cut(message.Text(reply.body.String()))
	} else if n := reply.body.Len(); n > 0 { // a receiver's page may show the receiver's input
		call.Reply = fmt.Sprintf("(a page of %d bytes)", n)
	}
	return call
}

// knowing returns the masker of a message. It also knows the cards of earlier messages that had a card in an ID. It
// reads without the lock, because a message may be long.
func (c *recorder) knowing(texts ...string) mask.Masker {
	c.mu.Lock()
	known := c.masker
	c.mu.Unlock()
	return known.Knowing(texts...)
}

// remember stores the cards of a message that had one in an ID.
func (c *recorder) remember(texts ...string) {
	c.learning.Lock()
	defer c.learning.Unlock()
	known := c.knowing(texts...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.masker = known
}

// masker also hides accounts, because these are other people's requests.
var masker = mask.Masker{Accounts: true}

// target is path and query.
func target(u *url.URL, message mask.Masker) string {
	shown := url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	masked, _ := message.URL(shown.String())
	return cut(masked)
}

// request returns the text of a form, and its client_orderid. A body that is not a form cannot be masked, so only its
// size is shown.
func (c *recorder) request(r *http.Request, read *reading, message mask.Masker) (body, clientOrderID string) {
	if read.size == 0 {
		return "", ""
	}
	text := read.body.String()
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form, err := url.ParseQuery(text)
	if err != nil || media != "application/x-www-form-urlencoded" || read.size > maxRead || !utf8.ValidString(text) ||
		!mask.IsForm(text) {
		return fmt.Sprintf("(%d bytes that are not a form)", read.size), ""
	}
	masked, _ := message.Form(text)
	return cut(masked), cut(message.Value("client_orderid", form.Get("client_orderid")))
}

// cut shortens a text to the length that is shown.
func cut(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}

// reading records what is read of a body.
type reading struct {
	io.ReadCloser
	body bytes.Buffer
	size int
}

func (b *reading) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.size += n
	b.body.Write(p[:min(n, max(0, maxRead-b.body.Len()))])
	return n, err
}

// replying records the answer.
type replying struct {
	http.ResponseWriter
	status   int
	body     bytes.Buffer
	hijacked bool
}

// Unwrap gives http.ResponseController access to the writer's other methods.
func (a *replying) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *replying) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *replying) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	a.body.Write(p[:min(len(p), max(0, maxRead-a.body.Len()))])
	return a.ResponseWriter.Write(p)
}

// Hijack is how a fault cuts an answer without a length.
func (a *replying) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.hijacked = true
	return http.NewResponseController(a.ResponseWriter).Hijack()
}
