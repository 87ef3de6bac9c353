package sandbox

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const redacted = "[redacted]"

// masker makes what came in fit to be kept: no card, and of an account no more than its end.
type masker struct {
	cards func(encoded string) (masked string, hidden []string)
}

var (
	cardLike  = regexp.MustCompile(`[0-9](?:[ -]?[0-9]){11,18}`)
	serial    = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`) // looks like one here and there
	cardNames = regexp.MustCompile(`cvv|cvc|^pan$|card.*(?:number|num|no)$`)               // beside the documented ones
	userinfo  = regexp.MustCompile(`(?i)^(https?://)[^/?#]*@`)
)

// accountNames are the documented parameters that hold an account or a wallet.
var accountNames = map[string]bool{"account_number": true, "ewallet_wallet": true, "crypto_wallet_address": true}

// idNames may be as long as a card's number, and are none.
var idNames = map[string]bool{"client_orderid": true, "orderid": true, "amount": true}

// form masks an encoded query or body, and leaves every other byte as it is.
func (m masker) form(encoded string) string {
	encoded, _ = m.cards(encoded)
	pieces := strings.Split(encoded, "&")
	for i, piece := range pieces {
		rawName, rawValue, _ := strings.Cut(piece, "=")
		name, errName := url.QueryUnescape(rawName)
		value, errValue := url.QueryUnescape(rawValue)
		if errName != nil || errValue != nil {
			pieces[i] = url.QueryEscape(redacted)
			continue
		}
		if masked := m.value(name, value); masked != value {
			pieces[i] = rawName + "=" + url.QueryEscape(masked)
		}
		if holdsCard(name) {
			pieces[i] = url.QueryEscape(redacted)
		}
	}
	return strings.Join(pieces, "&")
}

// value masks the value of a parameter.
func (m masker) value(name, value string) string {
	plain := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
	_, isCard := m.cards(url.QueryEscape(name) + "=" + url.QueryEscape(value))
	switch {
	case value == "" || value == redacted:
		return value
	case isCard != nil, cardNames.MatchString(plain):
		return redacted
	case accountNames[plain]:
		return ending(value)
	case !idNames[plain] && holdsCard(value):
		return redacted
	}
	return userinfo.ReplaceAllString(value, "${1}"+redacted+"@")
}

// text masks a reply, or part of a path.
func (m masker) text(s string) string {
	var b strings.Builder
	for {
		at := serial.FindStringIndex(s)
		if at == nil {
			return b.String() + withoutCards(s)
		}
		b.WriteString(withoutCards(s[:at[0]]) + s[at[0]:at[1]])
		s = s[at[1]:]
	}
}

func withoutCards(s string) string {
	return cardLike.ReplaceAllStringFunc(s, func(run string) string {
		if luhn(run) {
			return redacted
		}
		return run
	})
}

// target masks a URL.
func (m masker) target(u *url.URL) string {
	target := m.text(u.EscapedPath())
	if u.Host != "" {
		target = u.Scheme + "://" + u.Host + target
	}
	if u.RawQuery != "" {
		target += "?" + m.form(u.RawQuery)
	}
	return target
}

// ending is the end of an account's number.
func ending(account string) string {
	runes := []rune(account)
	if len(runes) <= 6 {
		return redacted
	}
	return "[ends in " + string(runes[len(runes)-4:]) + "]"
}

func holdsCard(s string) bool {
	return slices.ContainsFunc(cardLike.FindAllString(s, -1), luhn)
}

// luhn reports whether digits have a card number's check digit.
func luhn(run string) bool {
	sum, second := 0, false
	for i := len(run) - 1; i >= 0; i-- {
		if run[i] < '0' || run[i] > '9' {
			continue
		}
		digit := int(run[i] - '0')
		if second {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum, second = sum+digit, !second
	}
	return sum%10 == 0
}
