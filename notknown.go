package payneteasy

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// saysNotKnown reports whether a reply to a status question says that the gateway has no such order. The reply must be
// whole, the gateway's own and about the order asked about, and say so in one plain sentence. The gateway's own words
// are not documented, so this is a list of what is allowed. Everything else proves nothing.
func (r *reply) saysNotKnown(k *call) bool {
	if k.command != statusCommand || !r.isAnErrorReply() {
		return false
	}
	for _, field := range r.fields.all() {
		name := lettersOf(field.name)
		switch {
		case !field.complete, field.nested, name == "status" && field.value != "":
			return false
		case strings.Contains(name, "merchantorder"), strings.Contains(name, "clientorder"):
			if field.value != k.clientOrderID {
				return false // it speaks about another order
			}
		case strings.Contains(name, "orderid"):
			return false // it knows an order
		}
	}
	return isNotKnownSentence(r.fields.Get("error-message"), k.clientOrderID, k.form.Get("orderid"))
}

// isAnErrorReply reports whether a reply is whole and an error in the gateway's format. In JSON the type may be missing.
func (r *reply) isAnErrorReply() bool {
	if !r.whole || r.readErr != nil || r.decodeErr != nil || r.fields.duplicate() != "" {
		return false
	}
	refused := r.status >= 400 && r.status <= 499 && !slices.Contains(undecided, r.status)
	if r.status != http.StatusOK && !refused || r.status == http.StatusUnauthorized || r.status == http.StatusForbidden {
		return false
	}
	switch r.fields.Get("type") {
	case "error", "validation-error":
		return true
	case "":
		return r.isJSON && !r.has("type")
	}
	return false
}

// maxSentence is how long a message of a missing order may be, in bytes. A longer one says something else too.
const maxSentence = 512

// isNotKnownSentence reports whether a message says that there is no such order, and nothing else. The ids are those
// asked about. Any other number may be the id of another order.
func isNotKnownSentence(message string, ids ...string) bool {
	if len(message) > maxSentence {
		return false
	}
	for _, id := range ids {
		message = withoutWord(message, id)
	}
	if strings.ContainsFunc(message, unicode.IsNumber) {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(message), func(r rune) bool { return !unicode.IsLetter(r) && r != '_' })
	return notKnownSentence.MatchString(strings.Join(words, " "))
}

// notKnownSentence matches the words of a sentence that can mean nothing else.
var notKnownSentence = func() *regexp.Regexp {
	const (
		such    = `(?:(?:the|an?|this|that|such|specified|given|requested|merchant|client|paynet) )*`
		id      = `(?:client_orderid|client_order_id|orderid|order_id|order id|id|number)`
		subject = such + `(?:order|transaction|payout)(?: ` + id + `)?(?: (?:(?:with|by|for|of|and) )?` + such + `(?:order )?` + id + `)*`
		ending  = `(?: (?:с|по) (?:таким |указанным )?(?:номером|номеру|идентификатором|id))?`
		russian = `(?:заказ|транзакция|выплата)` + ending
	)
	return regexp.MustCompile(`^(?:sorry |error )*(?:` +
		subject + ` (?:(?:was|is|has been) )?not found|` + subject + ` (?:does not|doesn t|do not|not) exists?|` +
		subject + ` (?:is )?(?:unknown|not known)|unknown ` + subject + `|` +
		subject + ` (?:cannot|could not|can not|can t) be found|(?:cannot|could not|can not|can t) find ` + subject + `|` +
		`(?:there is )?no ` + subject + `|` + russian + ` не (?:найден|найдена|существует|известен|известна)|` +
		`не (?:найден|найдена) ` + russian + `|неизвестн(?:ый|ая) ` + russian + `)(?: in the system)?$`)
}()

// withoutWord removes an id from a text where no letter or number is next to it: an id may be "e".
func withoutWord(text, id string) string {
	if id == "" {
		return text
	}
	var kept strings.Builder
	for from := 0; ; {
		at := strings.Index(text[from:], id)
		if at < 0 {
			kept.WriteString(text[from:])
			return kept.String()
		}
		start, end := from+at, from+at+len(id)
		kept.WriteString(text[from:start])
		if isWithinWord(text, start, end) {
			kept.WriteString(id)
		}
		from = end
	}
}

func isWithinWord(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return isAlphanumeric(before) || isAlphanumeric(after)
}

func isAlphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
