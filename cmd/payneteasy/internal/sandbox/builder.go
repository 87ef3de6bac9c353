package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// SignRequest is a request that the request builder signs with the test key.
type SignRequest struct {
	Method, URL string
	Parameters  [][2]string // name and value, plain
	Nonce       string      // a random one if empty
	Timestamp   *int64      // now if nil
}

// Signed holds each step of a signature. Card data is hidden in all steps. If something is hidden, there is no curl
// command.
type Signed struct {
	Parameters           []SignedParameter
	NormalizedParameters string
	BaseString           string
	Authorization        string
	SignatureBase64      string
	SignatureHex         string
	Body                 string
	Curl                 string
	Hidden               []string
}

// SignedParameter is a signed parameter, and where it comes from.
type SignedParameter struct{ Name, Value, From string }

// builder is the form of the request builder with its input.
type builder struct {
	Method, URL, Parameters, Nonce, Timestamp string

	Wrong  string
	Result *Signed
}

const firstParameters = `client_orderid=payout-0001
amount=10.42
currency=USD
account_number=1234567890`

func (s *Sandbox) signForm(w http.ResponseWriter, _ *http.Request) {
	s.show(w, http.StatusOK, signPage, view{Title: "Request builder", Builder: &builder{
		Method: http.MethodPost, URL: s.config.payoutURL(), Parameters: firstParameters,
	}})
}

func (s *Sandbox) sign(w http.ResponseWriter, _ *http.Request, form url.Values) {
	b := &builder{
		Method:    strings.TrimSpace(form.Get("method")),
		Nonce:     form.Get("nonce"),
		Timestamp: strings.TrimSpace(form.Get("timestamp")),
	}
	request, err := b.read(form)
	b.enter(request)
	if err == nil {
		b.Result, err = s.config.Sign(request)
	}
	status := http.StatusOK
	if err != nil {
		status = http.StatusUnprocessableEntity
		b.Wrong = terminal.Message(err)
	}
	s.show(w, status, signPage, view{Title: "Request builder", Builder: b})
}

// read parses the form. Its errors show no input.
func (b *builder) read(form url.Values) (SignRequest, error) {
	r := SignRequest{Method: b.Method, URL: strings.TrimSpace(form.Get("url")), Nonce: b.Nonce}
	var wrong error
	for line := range strings.Lines(form.Get("parameters")) {
		line = strings.TrimRight(line, "\r\n")
		name, value, isPair := strings.Cut(line, "=")
		switch {
		case line == "":
		case !isPair:
			wrong = errors.New("a line of the parameters has no =: write NAME=VALUE")
		default:
			r.Parameters = append(r.Parameters, [2]string{name, value})
		}
	}
	if b.Timestamp != "" {
		seconds, err := strconv.ParseInt(b.Timestamp, 10, 64)
		if err != nil {
			b.Timestamp = ""
			wrong = errors.New("the timestamp must be a number of seconds since 1970")
		}
		r.Timestamp = &seconds
	}
	return r, wrong
}

// own hides only cards, because the person has just entered the data, and it is not stored.
var own mask.Masker

// enter fills in the form again with its input, without cards.
func (b *builder) enter(request SignRequest) {
	var pairs, text []string
	for _, p := range request.Parameters {
		pairs = append(pairs, url.QueryEscape(p[0])+"="+url.QueryEscape(p[1]))
	}
	message := own.Knowing(request.URL, strings.Join(pairs, "&"))
	b.URL, _ = message.URL(request.URL)
	for _, p := range request.Parameters {
		name, value, _ := message.Parameter(p[0], p[1])
		text = append(text, name+"="+value)
	}
	b.Parameters = strings.Join(text, "\n")
}
