package payneteasytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

type pair struct{ name, value string }

type fields []pair

// respond answers in the form format, or in JSON if the request accepts it.
func (x *exchange) respond(status int, f fields) {
	if x.json {
		x.reply = fakewire.Reply{Status: status, ContentType: "application/vnd.pay+json", Body: f.json()}
		return
	}
	x.reply = fakewire.Reply{Status: status, ContentType: fakewire.HTML, Body: f.form(x.lastLF)}
}

// form writes name=value pairs joined by LF and &, as in the documented example. The Content-Length of the example
// leaves no room for an LF after the last pair.
func (f fields) form(lastLF bool) []byte {
	var b bytes.Buffer
	for i, p := range f {
		if i > 0 {
			b.WriteString("\n&")
		}
		b.WriteString(p.name + "=" + url.QueryEscape(p.value))
	}
	if lastLF {
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// json writes order IDs as numbers, because the official client's tests contain them as numbers.
func (f fields) json() []byte {
	var b bytes.Buffer
	for i, p := range f {
		b.WriteByte("{,"[min(i, 1)])
		value, _ := json.Marshal(p.value) // a string cannot fail
		if p.name == "paynet-order-id" {
			value = []byte(p.value)
		}
		fmt.Fprintf(&b, "%q:%s", p.name, value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func accessDenied() fakewire.Reply {
	return fakewire.Reply{Status: http.StatusForbidden, ContentType: "text/html", Body: []byte(deniedPage)}
}

// deniedPage is the page from the documentation's example of a failed response.
const deniedPage = `<!DOCTYPE html>
<html>
<head>
    <meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>
    <title>403</title>
    <style type="text/css">
        body {
            font-family: Arial, sans-serif;
            font-size: 130%;
            background-color: #eee;
        }
        p {
            margin: 10em auto 0;
            width: 500px;
            border: 1px solid gray;
            text-align: center;
            vertical-align: middle;
            padding: 40px 20px;
            background-color: #fff;
            -webkit-border-radius: 20px;
            -moz-border-radius: 20px;
            border-radius: 20px;
        }
    </style>
</head>
<body>
<p>Access is denied</p>
</body>
</html>
`
