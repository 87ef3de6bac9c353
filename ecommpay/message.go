package ecommpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// What a message may be. Documented ones have about 60 values, four levels deep.
const (
	maxMessage = 256 << 10 // bytes
	maxDepth   = 32
)

// ErrMalformed says that a message is not what is documented: not one JSON object, too large or too deep, with a name twice
// or text that is not UTF-8. Nothing of it is shown.
var ErrMalformed = errors.New("ecommpay: malformed message")

func malformed(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, a...)...)
}

// value is a JSON value as it was written: numbers are not numbers here, so that none is rounded.
type value struct {
	kind   kind
	text   string // of a scalar
	fields []field
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

// get is the value of a path through objects, or null.
func (v value) get(path ...string) value {
	for _, name := range path {
		next := value{}
		if v.kind == object {
			for _, f := range v.fields {
				if f.name == name {
					next = f.value
				}
			}
		}
		v = next
	}
	return v
}

// parseMessage reads one JSON object.
func parseMessage(raw []byte) (value, error) {
	switch {
	case len(raw) > maxMessage:
		return value{}, malformed("it is larger than 256 KiB")
	case !utf8.Valid(raw):
		return value{}, malformed("it is not UTF-8")
	case !json.Valid(raw):
		return value{}, malformed("it is not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	v, err := parseValue(decoder, 0)
	switch {
	case err != nil:
		return value{}, err
	case v.kind != object:
		return value{}, malformed("it is not an object")
	}
	return v, nil
}

func parseValue(decoder *json.Decoder, depth int) (value, error) {
	token, err := decoder.Token()
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
		return parseContainer(decoder, token, depth+1)
	}
	return value{}, nil
}

func parseContainer(decoder *json.Decoder, open json.Delim, depth int) (value, error) {
	v := value{kind: array}
	names := map[string]bool{}
	if open == '{' {
		v.kind = object
	}
	for decoder.More() {
		var f field
		if v.kind == object {
			token, err := decoder.Token()
			name, isName := token.(string)
			if err != nil || !isName {
				return value{}, malformed("it is not JSON")
			}
			if names[name] {
				return value{}, malformed("a name stands there twice")
			}
			names[name], f.name = true, name
		}
		var err error
		if f.value, err = parseValue(decoder, depth); err != nil {
			return value{}, err
		}
		v.fields = append(v.fields, f)
	}
	if _, err := decoder.Token(); err != nil && !errors.Is(err, io.EOF) {
		return value{}, malformed("it is not JSON")
	}
	return v, nil
}
