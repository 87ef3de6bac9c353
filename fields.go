package payneteasy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"regexp"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Fields are all the fields of a reply or a callback, in their original order and spelling. Printing them shows only
// their names, because a white label may put anything into them.
type Fields struct {
	list  func() []field        // functions, so that no printer reaches the values
	index func() map[string]run // by name
}

type field struct {
	name, value string
	complete    bool // the value was decoded, and cannot have been cut
	nested      bool // a JSON object or array, kept as text
}

// run is the fields with one name.
type run struct {
	first field
	count int
}

func newFields(list []field) Fields {
	index := make(map[string]run, len(list))
	for _, field := range list {
		named := index[field.name]
		if named.count == 0 {
			named.first = field
		}
		named.count++
		index[field.name] = named
	}
	return Fields{list: func() []field { return list }, index: func() map[string]run { return index }}
}

// all is for a pass over every field. To look for a name, use find.
//
//go:noinline
func (f Fields) all() []field {
	if f.list == nil {
		return nil
	}
	return f.list()
}

// find returns the first field with that name, and how many fields have it.
//
//go:noinline
func (f Fields) find(name string) (first field, count int) {
	if f.index == nil {
		return field{}, 0
	}
	named := f.index()[name]
	return named.first, named.count
}

// Get returns the first value with that name, or "".
func (f Fields) Get(name string) string {
	first, _ := f.find(name)
	return first.value
}

// lookup returns the first value with that name and whether there is one.
func (f Fields) lookup(name string) (value string, ok bool) {
	first, count := f.find(name)
	return first.value, count > 0
}

// All yields each name and value.
func (f Fields) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, field := range f.all() {
			if !yield(field.name, field.value) {
				return
			}
		}
	}
}

// A name with three digits may be a card's code (CVV). No documented name has three.
var (
	plainName   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
	threeDigits = regexp.MustCompile(`[0-9](?:[_-]?[0-9]){2}`)
)

// Format writes the names, for package fmt. A name that does not look like one becomes a question mark.
func (f Fields) Format(state fmt.State, _ rune) { masking.Print(state, f.names()) }

// MarshalText returns what Format writes, so that encoders write no value either.
func (f Fields) MarshalText() ([]byte, error) { return []byte(f.names()), nil }

func (f Fields) names() string {
	names := make([]string, 0, len(f.all()))
	for name := range f.All() {
		if !plainName.MatchString(name) || threeDigits.MatchString(name) {
			name = "?"
		}
		names = append(names, name)
	}
	return "fields(" + strings.Join(names, " ") + ")"
}

// count returns how many fields have that name.
func (f Fields) count(name string) int {
	_, count := f.find(name)
	return count
}

// sound returns the value of the only field with that name, if it cannot have been cut.
func (f Fields) sound(name string) (value string, ok bool) {
	first, count := f.find(name)
	return first.value, count == 1 && first.complete
}

// duplicate returns the first name that several fields have, or "".
func (f Fields) duplicate() string {
	if f.index == nil || len(f.index()) == len(f.all()) {
		return ""
	}
	for name := range f.All() {
		if f.count(name) > 1 {
			return name
		}
	}
	return ""
}

var (
	errEmptyReply = errors.New("the reply is empty")
	errHTMLReply  = errors.New("the reply is an HTML page, not the gateway's format")
	errNoFields   = errors.New("the reply is not in the gateway's format")
)

// decodeReply reads a reply's body by its content type. whole says whether the body's end is proved.
func decodeReply(contentType string, body []byte, whole bool) (fields Fields, isJSON bool, err error) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	trimmed := bytes.TrimSpace(body)
	typed := isJSONType(contentType)
	if typed || bytes.HasPrefix(trimmed, []byte("{")) { // some gateways send JSON as text
		fields, err = decodeJSON(trimmed, whole)
		return fields, typed, err
	}
	switch {
	case len(trimmed) == 0:
		return Fields{}, false, errEmptyReply
	case trimmed[0] == '<':
		return Fields{}, false, errHTMLReply
	case trimmed[0] == '[' || !bytes.Contains(trimmed, []byte("=")):
		return Fields{}, false, errNoFields
	}
	return decodeForm(string(body), whole), false, nil
}

// mediaType returns a content type without its parameters. A repeated or broken parameter does not change the format.
func mediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	media, _, _ = strings.Cut(media, ",")
	return strings.ToLower(strings.TrimSpace(media))
}

func isJSONType(contentType string) bool {
	media := mediaType(contentType)
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// decodeForm reads the gateway's own form format. It is name=value pairs joined by &. LF follows each value, but may be
// missing after the last one.
func decodeForm(body string, whole bool) Fields {
	var list []field
	for pair := range formPairs(body) {
		if pair.name != "" {
			complete := (whole || pair.ended) && pair.named && pair.intact
			list = append(list, field{name: pair.name, value: pair.value, complete: complete})
		}
	}
	return newFields(list)
}

// unescape decodes s. It returns s unchanged if it cannot be decoded.
func unescape(s string) (decoded string, ok bool) {
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s, false
	}
	return decoded, true
}

// decodeJSON reads one JSON object. Numbers keep their spelling, so that long IDs stay exact. null is empty, and nested
// values stay JSON text. A duplicated name is kept twice.
func decodeJSON(body []byte, whole bool) (Fields, error) {
	if len(body) == 0 {
		return Fields{}, errEmptyReply
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return Fields{}, errors.New("the reply is not a JSON object")
	}
	list, err := decodeMembers(decoder, whole, int64(len(body)))
	return newFields(list), err
}

// decodeMembers reads what follows the brace of an object, up to the end of the body. A number at the very end may have
// been cut.
func decodeMembers(decoder *json.Decoder, whole bool, end int64) (list []field, err error) {
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return list, brokenJSON(err)
		}
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return list, brokenJSON(err)
		}
		name, _ := token.(string) // a key in an object is always a string
		complete := whole && decoder.InputOffset() < end
		list = append(list,
			field{name: name, value: jsonText(raw), complete: complete, nested: raw[0] == '{' || raw[0] == '['})
	}
	if _, err := decoder.Token(); err != nil {
		return list, brokenJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return list, errors.New("the reply has more data after its JSON object")
	}
	return list, nil
}

func brokenJSON(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return errorf("the reply is incomplete or invalid JSON at byte %d", syntax.Offset)
	}
	return errors.New("the reply is incomplete or invalid JSON")
}

func jsonText(raw json.RawMessage) string {
	var text string
	if string(raw) == "null" {
		return ""
	}
	if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return strings.Trim(text, "\r\n")
	}
	return string(raw)
}

// encodeForm encodes a form without a signature, by RFC 3986 and sorted by name.
func encodeForm(form url.Values) []byte {
	p := params(nil).addForm(form)
	return p.join(nil, p.byName(nil), true)
}

// isOrderID reports whether s is an order ID of the gateway, which is decimal digits, not all of them zero.
func isOrderID(s string) bool {
	return isDigits(s) && len(s) <= 20 && strings.Trim(s, "0") != ""
}

// spelling returns a name in which hyphens and underscores are the same, because the gateway uses both.
func spelling(name string) string { return strings.ReplaceAll(name, "_", "-") }

// formPair is a parameter as it was received, and decoded if that is possible.
type formPair struct {
	name, value string
	named       bool // the name was decoded
	intact      bool // the value was decoded, and no raw line break is in it
	ended       bool // LF follows the value
}

// formPairs reads an encoded form of a reply or a callback. A raw LF or CRLF may follow each value. The form is split
// before anything is decoded, because a value may hold an encoded & or =.
func formPairs(form string) iter.Seq[formPair] {
	return func(yield func(formPair) bool) {
		for more := true; more; {
			var raw string
			raw, form, more = strings.Cut(form, "&")
			p := formPair{ended: strings.HasSuffix(raw, "\n")}
			if raw = strings.Trim(raw, "\r\n"); raw == "" {
				continue
			}
			name, value, _ := strings.Cut(raw, "=")
			p.name, p.named = unescape(name)
			p.value, p.intact = unescape(value)
			p.intact = p.intact && !strings.ContainsAny(value, "\r\n") // within a value they would be encoded
			if !yield(p) {
				return
			}
		}
	}
}

// isCallbackParameter reports whether a name is a documented parameter, with hyphens or underscores (ConnPay docs,
// "Merchant callback parameters" and "Final redirect").
func isCallbackParameter(name string) bool {
	switch spelling(name) {
	case "status", "merchant-order", "client-orderid", "orderid", "type", "amount", "control", "descriptor",
		"error-code", "error-message", "name", "email", "approval-code", "last-four-digits", "bin", "card-type",
		"gate-partial-reversal", "gate-partial-capture", "reason-code", "processor-rrn", "comment", "rapida-balance",
		"merchantdata", "currency", "processor-tx-id", "phone", "card-holder-name":
		return true
	}
	return false
}
