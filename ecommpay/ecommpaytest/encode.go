package ecommpaytest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

const jsonType = "application/json"

// sequence is the order of names in objects. It is the order of the documented examples.
var sequence = strings.Fields(
	`id type status general request_id project_id payment_id signature payment account operation operations customer
	sum_request transaction uuid uuid_expired_at errors code message date created_date method sum amount currency
	description`)

func position(name string) int {
	if i := slices.Index(sequence, name); i >= 0 {
		return i
	}
	return len(sequence)
}

// encode writes JSON as the platform does, in its order, and without escapes for < > &.
func encode(message any) ([]byte, error) {
	object, ok := message.(map[string]any)
	if !ok {
		if list, isList := message.([]any); isList {
			return encodeList(list)
		}
		return marshal(message)
	}
	names := slices.SortedFunc(maps.Keys(object), func(a, b string) int {
		return cmp.Or(position(a)-position(b), strings.Compare(a, b))
	})
	body := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			body = append(body, ',')
		}
		key, err := marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := encode(object[name])
		if err != nil {
			return nil, err
		}
		body = append(append(append(body, key...), ':'), value...)
	}
	return append(body, '}'), nil
}

func encodeList(list []any) ([]byte, error) {
	body := []byte{'['}
	for i, item := range list {
		if i > 0 {
			body = append(body, ',')
		}
		value, err := encode(item)
		if err != nil {
			return nil, err
		}
		body = append(body, value...)
	}
	return append(body, ']'), nil
}

func marshal(value any) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), err
}

// withSignature writes a message with a signature in one of its objects.
func withSignature(message, into map[string]any) ([]byte, error) {
	body, err := encode(message)
	if err != nil {
		return nil, err
	}
	into["signature"] = checksum(decode(body))
	return encode(message)
}

// mustEncode is for messages that this package itself creates.
func mustEncode(body []byte, err error) []byte {
	if err != nil {
		panic("ecommpaytest: " + err.Error())
	}
	return body
}

func jsonReply(status int, body []byte) fakewire.Reply {
	return fakewire.Reply{Status: status, ContentType: jsonType, Body: body}
}

// refusal is Gate API's answer to a request that it has not accepted.
func refusal(httpStatus int, code, message string) fakewire.Reply {
	return jsonReply(httpStatus,
		mustEncode(encode(map[string]any{"status": "error", "code": code, "message": message})))
}
