package ecommpaytest

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/payneteasy-go/payneteasy/ecommpay"
)

// checksum computes the signature of a message independently, because ecommpay.Signer would agree with its own bugs. It
// sorts level by level, and numbers as numbers. For everything that merchants send here, this is the documented order.
func checksum(message map[string]any) string {
	lines := flatten(nil, nil, message)
	slices.SortFunc(lines, func(a, b line) int { return slices.CompareFunc(a.path, b.path, compareNames) })
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = strings.Join(append(slices.Clone(l.path), l.value), ":")
	}
	mac := hmac.New(sha512.New, []byte(SecretKey))
	mac.Write([]byte(strings.Join(texts, ";"))) // Write of a hash never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// line is one value with the names that lead to it. Colons in the names are doubled.
type line struct {
	path  []string
	value string
}

func flatten(to []line, path []string, value any) []line {
	switch value := value.(type) {
	case map[string]any:
		for name, item := range value {
			if name != "signature" && name != "frame_mode" {
				to = flatten(to, append(slices.Clone(path), strings.ReplaceAll(name, ":", "::")), item)
			}
		}
	case []any:
		for i, item := range value {
			to = flatten(to, append(slices.Clone(path), strconv.Itoa(i)), item)
		}
	case nil:
		to = append(to, line{path, ""})
	case bool:
		to = append(to, line{path, map[bool]string{true: "1", false: "0"}[value]})
	case json.Number:
		to = append(to, line{path, value.String()})
	case string:
		to = append(to, line{path, value})
	}
	return to
}

func compareNames(a, b string) int {
	x, xErr := strconv.Atoi(a)
	y, yErr := strconv.Atoi(b)
	if xErr == nil && yErr == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

// decode reads a JSON object with numbers as they are written, or returns nil.
func decode(body []byte) map[string]any {
	if _, err := ecommpay.Canonical(body); err != nil { // a duplicate name, or too deep
		return nil
	}
	var message map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&message) != nil {
		return nil
	}
	return message
}
