package mask

import (
	"regexp"
	"strings"
)

// field is a name with a value, in a text.
type field struct {
	piece
	kind  kind
	value string
}

// fields are the fields of a text with a known kind.
type fields struct{ secret, ids []field } // cards and accounts; ids

// A name is the text before one of these signs, in forms such as a=b, "a":"b", a: b, <a>b</a>. A value that must be
// hidden continues until something ends it. A blank does not end it, and neither does a comma before a digit.
var (
	namePattern  = regexp.MustCompile(`([\pL\pN_.\-\[\]]+)["'\]\\\s]*[=:>][\s\[({\\]*`)
	valuePattern = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|(?:[^&;,"'<>{}\r\n]|, ?\p{Nd})*)`)
)

// An ID's value ends with its quote, or at the first sign or blank, because a card's number may follow a blank. Several
// IDs are a list in brackets.
var (
	idSign   = regexp.MustCompile(`^(?:\\*["']|\])?(?:[ \t]*(?:=>|:)[ \t]*|[ \t]+=[ \t]+|=|(>))(\[\s*)?`)
	idValue  = regexp.MustCompile(`^(?:` + quotedValue + `|([^\s&;,"'<>{}()\[\]\\|?#=]+))`)
	nextItem = regexp.MustCompile(`^\s*,\s*`)
)

// quotedValue is a value between quotes, even if the quotes are escaped themselves.
const quotedValue = `\\*"((?:[^"\\\r\n]|\\u[0-9a-fA-F]{4}|\\/)*)\\*"|\\*'([^'\\\r\n]*)\\*'`

// maxID is the part of a text that is searched for one ID, in bytes.
const maxID = 256

// read finds the fields of a text. It reads each byte only a few times, because anyone may send a megabyte.
func (d *decoded) read() *fields {
	if d.fields != nil {
		return d.fields
	}
	d.fields = new(fields)
	var inside nesting
	read := map[kind]int{} // how far the values that are hidden have been read
	for at := 0; at < len(d.text); {
		m := namePattern.FindStringSubmatchIndex(d.text[at:])
		if m == nil {
			break
		}
		begin, end, from := at+m[2], at+m[3], at+m[1]
		name := d.text[begin:end]
		inside.follow(d.text, begin, end)
		at = end // a value may hold another name
		switch kind := kindOf(name); {
		case kind == card || kind == account:
			if from >= read[kind] {
				f, to := d.secretAt(kind, from)
				d.fields.secret, read[kind] = append(d.fields.secret, f), to
			}
		case kind == id, inside.inString && name == "id" && isIDName(inside.object()+".id"):
			d.fields.ids = append(d.fields.ids, d.idsAt(begin, end)...)
		}
	}
	return d.fields
}

// secretAt returns a field that must be hidden, and where it ends with its quotes.
func (d *decoded) secretAt(kind kind, from int) (f field, end int) {
	to := from + len(valuePattern.FindString(d.text[from:]))
	end = to
	value := d.text[from:to]
	for _, quote := range []string{`"`, `'`} {
		if strings.HasPrefix(value, quote) {
			value, from = value[1:], from+1
			if strings.HasSuffix(value, quote) {
				value, to = value[:len(value)-1], to-1
			}
		}
	}
	return d.field(kind, from, to), end
}

// idsAt returns the values of a field of IDs whose name ends there. There is one value, or those of a list.
func (d *decoded) idsAt(begin, end int) (ids []field) {
	window := func(at int) string { return d.text[at:min(at+maxID, len(d.text))] }
	sign := idSign.FindStringSubmatch(window(end))
	if sign == nil || sign[1] != "" && !strings.HasSuffix(d.text[:begin], "<") {
		return nil // the text after a closing tag is not a value
	}
	for at := end + len(sign[0]); ; {
		m := idValue.FindStringSubmatchIndex(window(at))
		if m == nil {
			return ids
		}
		for i := 2; i < len(m); i += 2 {
			if m[i] >= 0 {
				ids = append(ids, d.field(id, at+m[i], at+m[i+1]))
			}
		}
		at += m[1]
		next := nextItem.FindString(window(at))
		if sign[2] == "" || next == "" {
			return ids
		}
		at += len(next)
	}
}

func (d *decoded) field(kind kind, from, to int) field {
	return field{piece{from: d.at[from], to: d.at[to]}, kind, d.text[from:to]}
}

// nesting follows the brackets of JSON, to tell which object a field is in.
type nesting struct {
	at       int
	name     string   // of the last field, until its value ends
	objects  []string // the open objects, by the names of their fields
	inString bool
}

// follow reads on to the next name.
func (n *nesting) follow(text string, begin, end int) {
	for ; n.at < begin; n.at++ {
		sign := text[n.at]
		if sign == '"' && (n.at == 0 || text[n.at-1] != '\\') {
			n.inString = !n.inString
		}
		if n.inString {
			continue
		}
		switch sign {
		case '{', '[':
			if n.name == "" { // an item of a list
				n.name = n.object()
			}
			n.objects, n.name = append(n.objects, n.name), ""
		case '}', ']':
			n.objects, n.name = n.objects[:max(len(n.objects)-1, 0)], ""
		case ',':
			n.name = ""
		}
	}
	if n.at = end; n.inString && len(text[begin:end]) <= maxName { // in "name": the quote opens before the name
		n.name = text[begin:end]
	}
}

// maxName is the longest name, in bytes.
const maxName = 100

// object returns the name of the innermost open object.
func (n *nesting) object() string {
	if len(n.objects) == 0 {
		return ""
	}
	return n.objects[len(n.objects)-1]
}
