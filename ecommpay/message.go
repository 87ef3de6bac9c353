package ecommpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// These limits bound a message. Documented messages have about 60 values, four levels deep.
const (
	maxMessage = 256 << 10 // bytes
	maxDepth   = 32
)

// ErrMalformed says that a message does not have the documented form. It may not be one JSON object, may be too large
// or too deep, or may have a duplicate name or text that is not UTF-8. The error shows no part of the message.
var ErrMalformed = errors.New("ecommpay: malformed message")

func malformed(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, a...)...)
}

// value is a JSON value as it was written. Numbers stay text, so that none is rounded.
type value struct {
	kind   kind
	text   string // of a scalar
	fields []field
	index  map[string]int // of an object with many fields, by name
}

type kind byte

const (
	null    kind = iota
	str          // a JSON string, decoded
	number       // as written
	boolean      // 1 or 0, as it is signed
	object
	array // its fields have no names
)

type field struct {
	name  string
	value value
}

func (v value) scalar() bool { return v.kind < object }

// get returns the value at a path through objects, or null.
func (v value) get(path ...string) value {
	for _, name := range path {
		next := value{}
		if v.kind == object {
			if i, _ := v.find(name); i >= 0 {
				next = v.fields[i].value
			}
		}
		v = next
	}
	return v
}

// smallObject is how many fields are searched one by one. Larger objects have an index.
const smallObject = 16

// find returns the index of a name in an object, or -1, and how many fields it looked at.
func (v value) find(name string) (at, visits int) {
	if v.index != nil {
		if i, ok := v.index[name]; ok {
			return i, 1
		}
		return -1, 1
	}
	for i := range v.fields {
		if v.fields[i].name == name {
			return i, i + 1
		}
	}
	return -1, len(v.fields)
}

// with returns an object with one more field.
func (v value) with(f field) value {
	v.fields = append(v.fields, f)
	switch {
	case v.index != nil:
		v.index[f.name] = len(v.fields) - 1
	case len(v.fields) > smallObject:
		v.index = make(map[string]int, 2*len(v.fields))
		for i := range v.fields {
			v.index[v.fields[i].name] = i
		}
	}
	return v
}

// messageReader reads a message. visits counts the values that it created and the fields that it looked at.
type messageReader struct {
	decoder *json.Decoder
	visits  int
}

// parseMessage reads one JSON object.
func parseMessage(raw []byte) (value, error) {
	return new(messageReader).message(raw)
}

func (p *messageReader) message(raw []byte) (value, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	switch {
	case len(raw) > maxMessage:
		return value{}, malformed("it is larger than 256 KiB")
	case !utf8.Valid(raw):
		return value{}, malformed("it is not UTF-8")
	case !json.Valid(raw):
		return value{}, malformed("it is not JSON")
	}
	p.decoder = json.NewDecoder(bytes.NewReader(raw))
	p.decoder.UseNumber()
	v, err := p.value(0)
	switch {
	case err != nil:
		return value{}, err
	case v.kind != object:
		return value{}, malformed("it is not an object")
	}
	return v, nil
}

func (p *messageReader) value(depth int) (value, error) {
	p.visits++
	token, err := p.decoder.Token()
	if err != nil {
		return value{}, malformed("it is not JSON")
	}
	switch token := token.(type) {
	case string:
		return value{kind: str, text: token}, nil
	case json.Number:
		return value{kind: number, text: token.String()}, nil
	case bool:
		if token {
			return value{kind: boolean, text: "1"}, nil
		}
		return value{kind: boolean, text: "0"}, nil
	case json.Delim:
		if depth == maxDepth {
			return value{}, malformed("it is deeper than %d levels", maxDepth)
		}
		return p.container(token, depth+1)
	}
	return value{}, nil
}

func (p *messageReader) container(open json.Delim, depth int) (value, error) {
	v := value{kind: array}
	if open == '{' {
		v.kind = object
	}
	for p.decoder.More() {
		var f field
		if v.kind == object {
			token, err := p.decoder.Token()
			name, isName := token.(string)
			if err != nil || !isName {
				return value{}, malformed("it is not JSON")
			}
			at, visits := v.find(name)
			if p.visits += visits; at >= 0 {
				return value{}, malformed("it has a duplicate name")
			}
			f.name = name
		}
		var err error
		if f.value, err = p.value(depth); err != nil {
			return value{}, err
		}
		if v.kind == object {
			v = v.with(f)
			continue
		}
		v.fields = append(v.fields, f)
	}
	if _, err := p.decoder.Token(); err != nil && !errors.Is(err, io.EOF) {
		return value{}, malformed("it is not JSON")
	}
	return v, nil
}
