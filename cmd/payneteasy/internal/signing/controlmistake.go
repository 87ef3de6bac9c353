package signing

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // to recognize controls that were made with it
	"crypto/sha1" //nolint:gosec // the protocol's own checksum, which is protected by the key in it
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/url"
	"strings"
)

// controlMistake finds the mistake in a wrong control.
func controlMistake(c Claim, key, login string) (code, says string) {
	given := strings.ToLower(c.Get("control"))
	if given == "" {
		return "no_control", "there is no control: anyone can send that"
	}
	status, order, id := c.Get("status"), c.Get("orderid"), c.Get("client_orderid", "merchant_order")
	sum := func(make func() hash.Hash, parts ...string) string {
		h := make()
		h.Write([]byte(strings.Join(parts, "")))
		return hex.EncodeToString(h.Sum(nil))
	}
	fits := func(parts ...string) bool { return given == sum(sha1.New, parts...) }
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte(status + order + id))
	right := []string{status, order, id, key}
	switch {
	case strings.TrimSpace(given) != given && strings.TrimSpace(given) == sum(sha1.New, right...):
		return "control_blanks", "the control is right except for blanks or line breaks around it"
	case given == sum(sha256.New, right...), given == sum(md5.New, right...):
		return "hash", "it was made with another hash: use SHA-1"
	case given == hex.EncodeToString(mac.Sum(nil)):
		return "hmac", "it was made as an HMAC: use the plain SHA-1 of the values and the key, joined"
	case fits(status, order, id):
		return "no_key", "it was made without the control key: anyone can do that"
	}
	for _, k := range [][2]string{
		{key + "\n", "a line break behind the key"},
		{key + "\r\n", "a line break behind the key"},
		{key + " ", "a blank behind the key"},
		{" " + key, "a blank before the key"},
		{strings.ToLower(key), "the key in lower case"},
		{strings.ToUpper(key), "the key in capitals"},
		{`"` + key + `"`, "the key between quotes"},
	} {
		if fits(status, order, id, k[0]) {
			return "key_text", "it was made with " + k[1]
		}
	}
	if (login != "" && fits(login, id, order, key)) || fits(id, order, key) {
		return "status_control", "it is the control of a status request, not of a callback"
	}
	if code, says := controlParts(fits, right); code != "" {
		return code, says
	}
	if code, says := controlValues(fits, right); code != "" {
		return code, says
	}
	if len(given) != 2*sha1.Size {
		return "control_format", "the control does not have the 40 hex digits of a SHA-1"
	}
	return "nothing_fits",
		"it was forged or changed on the way, or made with another key. " +
			"The key may be of another environment or merchant, which cannot be seen here"
}

// controlValues tries the right values in other forms.
func controlValues(fits func(...string) bool, right []string) (code, says string) {
	for _, v := range []struct {
		code, says string
		change     func(string) string
	}{
		{"values_encoded", "it was made of percent-encoded values: use the plain values", url.QueryEscape},
		{"values_encoded", "it was made of percent-encoded values: use the plain values", Encode},
		{"values_case", "it was made of values in capitals", strings.ToUpper},
		{"values_case", "it was made of values in lower case", strings.ToLower},
		{"values_trimmed", "it was made of values without the blanks at their ends", strings.TrimSpace},
	} {
		if fits(v.change(right[0]), v.change(right[1]), v.change(right[2]), right[3]) {
			return v.code, v.says
		}
	}
	return "", ""
}

// controlParts tries other orders, and parts that may have been left out or put between.
func controlParts(fits func(...string) bool, right []string) (code, says string) {
	for _, order := range permutations(len(right)) {
		var parts []string
		for _, i := range order {
			parts = append(parts, right[i])
		}
		if fits(parts...) {
			return "order",
				"it was made of the right values in the wrong order: use status, orderid, client_orderid, key"
		}
	}
	for i, name := range []string{"status", "orderid", "client_orderid"} {
		parts := append([]string(nil), right...)
		if parts[i] = ""; fits(parts...) {
			return "parameter_left_out", "it was made without " + name
		}
	}
	for _, between := range []string{"&", "|", ":", ";", ",", " ", "\n", "-", "_", "."} {
		if fits(strings.Join(right, between)) || fits(strings.Join(right[:3], between), right[3]) {
			return "separator", "it was made with separators between the values: use none"
		}
	}
	return "", ""
}

// permutations returns the orders of n things.
func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, shorter := range permutations(n - 1) {
		for at := range n {
			order := append(append([]int(nil), shorter[:at]...), n-1)
			all = append(all, append(order, shorter[at:]...))
		}
	}
	return all
}
