package interop

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unsigned is a request to be signed.
type unsigned struct {
	method, url, login string
	form               url.Values
}

// signed is a request as it is on the wire.
type signed struct {
	ID            string `json:"id"`
	Login         string `json:"login"`
	Method        string `json:"method"`
	URL           string `json:"url"`
	Authorization string `json:"authorization"`
	Body          string `json:"body"`
}

// newSigned takes the URL from net/http, which writes it to the connection.
func newSigned(id string, u unsigned, body, authorization string) (signed, error) {
	request, err := http.NewRequest(u.method, u.url, nil)
	if err != nil {
		return signed{}, err
	}
	return signed{
		ID: id, Login: u.login, Method: u.method, Authorization: authorization, Body: body,
		URL: request.URL.Scheme + "://" + request.Host + request.URL.RequestURI(),
	}, nil
}

// generator makes random requests. The same seed makes the same requests.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func (g generator) request() unsigned {
	u := unsigned{
		method: pick(g, "POST", "POST", "POST", "PUT", "post"),
		login:  pick(g, "TestMerchant", "Merchant-"+printable(g.text(8))+"-x"),
		url:    g.url(),
		form:   url.Values{},
	}
	for range g.IntN(15) {
		name := g.text(12)
		if strings.HasPrefix(name, "oauth_") {
			continue
		}
		for range 1 + g.IntN(2)*g.IntN(3) { // often once
			u.form.Add(name, g.text(40))
		}
	}
	maps.Copy(u.form, g.special())
	return u
}

// special are parameters that random text rarely contains.
func (g generator) special() url.Values {
	form := url.Values{}
	switch g.IntN(5) {
	case 0: // every ASCII byte in a name and in a value
		for c := range 128 {
			form.Add("n"+string(rune(c)), "v"+string(rune(c)))
		}
	case 1: // names and values that sort differently before and after they are encoded
		for _, name := range []string{"a", "a!", "a-", "a~", "aé", "A", "a.b", "a b"} {
			form[name] = []string{"~", "!", "é", "", "z", "10", "9", "!"}
		}
	case 2: // a duplicate, an empty name, empty values
		form[""] = []string{"", "x"}
		form["empty"] = []string{"", ""}
		form["same"] = []string{"1", "1", "1"}
	case 3: // text that looks encoded, and separators
		form["%41+b=c&d"] = []string{"%2525", "a+b", "=&;", "%zz", "%e9"}
	case 4:
		if g.IntN(3) == 0 {
			form["not UTF-8"] = []string{"\xff\xfe", "a\xc3"}
		}
	}
	return form
}

func (g generator) url() string {
	scheme := pick(g, "https", "https", "http")
	host := pick(
		g, "gate.example.com", "Gate.Example.COM", "xn--mnchen-3ya.example",
		"localhost", "127.0.0.1", "[::1]", "[2001:DB8::1]",
	)
	port := pick(g, "", "", ":443", ":80", ":8443", ":8085", ":")
	path := pick(
		g, "", "/", "/paynet/api/v4/payout/39915", "/paynet/api/v4/payout/group/1144",
		"//double//slash/", "/a/../b/./c", "/p%20q/%7Euser/%c3%bc", "/%2F%2f", "/x;y=1;z", "/a:b@c!$&'()*+,=",
		"/with space", "/ü/日本", `/"quoted"/<a>|b^c`,
		"/"+url.PathEscape(g.text(20)),
	)
	query := pick(
		g, "", "", "?", "?q=1", "?a=%20b&a=a&a=", "?a+b=c+d&e%2bf=g%2Bh", "?bare&=noname&&x=&=",
		"?%c3%bc=%E2%82%ac~%7e", `?raw="|"[]`, "?raw=ü", "?not=%ff%FE", "?amount=10.42&client_orderid=1",
		"?"+url.Values{g.text(9): {g.text(20), g.text(20)}}.Encode(),
	)
	return scheme + "://" + host + port + path + query
}

// text is up to n characters, of ASCII with its control characters, of printable ASCII, and of all of Unicode.
func (g generator) text(n int) string {
	var b strings.Builder
	for range g.IntN(n + 1) {
		switch c := rune(g.IntN(utf8.MaxRune + 1)); {
		case g.IntN(5) == 0:
			b.WriteByte(byte(g.IntN(128)))
		case g.IntN(2) == 0 || !utf8.ValidRune(c):
			b.WriteByte(byte(' ' + g.IntN('~'-' ')))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// printable makes a text valid as a login, which must not contain unseen characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, text)
}

func pick(g generator, from ...string) string { return from[g.IntN(len(from))] }

// tampered are copies of a request. Each differs by one byte and in its meaning.
func (g generator) tampered(s signed) []signed {
	var all []signed
	add := func(what string, change func(*signed) bool) {
		wrong := s
		wrong.ID = fmt.Sprintf("%s: %s", s.ID, what)
		if change(&wrong) {
			all = append(all, wrong)
		}
	}
	add("body", func(w *signed) bool { return g.wrong(&w.Body, 0, len(w.Body)) })
	add("URL", func(w *signed) bool {
		start := strings.Index(w.URL, "://") + len("://")
		start += strings.IndexByte(w.URL[start:], '/') + 1
		return g.wrong(&w.URL, start, len(w.URL))
	})
	add("host", func(w *signed) bool {
		start := strings.Index(w.URL, "://") + len("://")
		return g.wrong(&w.URL, start, start+1)
	})
	for _, name := range []string{
		"oauth_consumer_key", "oauth_nonce", "oauth_signature",
		"oauth_signature_method", "oauth_timestamp", "oauth_version",
	} {
		add(name, func(w *signed) bool {
			start := strings.Index(w.Authorization, name+`="`) + len(name+`="`)
			end := start + strings.IndexByte(w.Authorization[start:], '"')
			if name == "oauth_signature" {
				end -= len("x%3D%3D") // part of the last letter has no meaning
			}
			return g.wrong(&w.Authorization, start, end)
		})
	}
	add("another parameter", func(w *signed) bool {
		w.Body += "&n=1"
		return true
	})
	return all
}

// wrong replaces one byte between start and end by another digit. Unlike a letter, a digit always changes the meaning
// of an escape.
func (g generator) wrong(text *string, start, end int) bool {
	if start >= end {
		return false
	}
	at := start + g.IntN(end-start)
	digit := byte('0' + g.IntN(10))
	if digit == (*text)[at] {
		digit = '0' + (digit-'0'+1)%10
	}
	*text = (*text)[:at] + string(digit) + (*text)[at+1:]
	return true
}
