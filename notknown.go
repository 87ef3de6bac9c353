package payneteasy

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NotKnownReply is a reply to a status question that says that the gateway has no such order. It matches a reply whose
// type, error-code and error-message are exactly these.
type NotKnownReply struct {
	Type    string // "error" or "validation-error", or "" for a JSON reply without a type
	Code    string // error-code, or "" if the reply has none
	Message string // error-message without the IDs of the order that was asked about
}

func (n NotKnownReply) fault() string {
	switch {
	case n.Type != "" && n.Type != "error" && n.Type != "validation-error":
		return "has a Type that is not error or validation-error"
	case strings.TrimSpace(n.Message) == "":
		return "has no Message"
	}
	return ""
}

// saysNotKnown reports whether a reply to a status question says that the gateway has no such order. The reply must be
// whole, come from the gateway itself, and be about the order that was asked about. It must say so in one plain
// sentence. The gateway's own words are not documented, so this is a list of what is accepted. Everything else proves
// nothing.
func (r *reply) saysNotKnown(k *call, confirmed []NotKnownReply) bool {
	if k.command != statusCommand || r.isCached() || !r.isAnErrorReply() {
		return false
	}
	seen, message := map[string]bool{}, ""
	for _, field := range r.fields.all() {
		name := lettersAndDigits(field.name)
		switch {
		case !field.complete || field.nested || seen[name]:
			return false
		case field.value == "":
			continue // it says nothing
		}
		switch seen[name] = true; name {
		case "type", "serialnumber", "errorcode":
		case "errormessage":
			text, sound := r.sound(field.name)
			if !sound {
				return false
			}
			message = text
		case "merchantorderid", "merchantorder", "clientorderid":
			if field.value != k.clientOrderID {
				return false // it is about another order
			}
		default: // it may say something about an order
			return false
		}
	}
	ids := []string{k.clientOrderID, k.form.Get("orderid")}
	said := NotKnownReply{r.fields.Get("type"), r.fields.Get("error-code"), withoutIDs(message, ids)}
	return isNotKnownSentence(message, ids...) || slices.ContainsFunc(confirmed, func(n NotKnownReply) bool {
		n.Message = withoutIDs(n.Message, nil)
		return n == said
	})
}

// withoutIDs returns a message without IDs, and with single blanks.
func withoutIDs(message string, ids []string) string {
	for _, id := range ids {
		message = replaceWord(message, id, " ")
	}
	return strings.Join(strings.Fields(message), " ")
}

// isAnErrorReply reports whether a reply is whole, and is an error in the gateway's format. In JSON the type may be
// missing.
func (r *reply) isAnErrorReply() bool {
	if !r.whole || r.readErr != nil || r.decodeErr != nil || r.fields.duplicate() != "" {
		return false
	}
	refused := r.status >= 400 && r.status <= 499 && !slices.Contains(undecided, r.status)
	if r.status != http.StatusOK && !refused || r.status == http.StatusUnauthorized ||
		r.status == http.StatusForbidden {
		return false
	}
	switch r.fields.Get("type") {
	case "error", "validation-error":
		return true
	case "":
		return r.isJSON
	}
	return false
}

// maxSentence limits a message about a missing order, in bytes. A longer message says something else too.
const maxSentence = 512

// These marks stand for an ID of the order in a sentence. idMark is for an ID with a digit, and wordMark for an ID that
// may be a word of the sentence itself.
const idMark, wordMark = "\ue000", "\ue001"

// isNotKnownSentence reports whether a message says that there is no such order, and nothing else. The IDs are those
// asked about. Any other number may be the ID of another order.
func isNotKnownSentence(message string, ids ...string) bool {
	if len(message) > maxSentence || strings.ContainsAny(message, idMark+wordMark) {
		return false
	}
	for _, id := range ids {
		mark := wordMark
		if strings.ContainsFunc(id, unicode.IsNumber) {
			mark = idMark
		}
		message = replaceWord(message, id, " "+mark+" ")
	}
	if strings.ContainsFunc(message, unicode.IsNumber) {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(message), func(r rune) bool {
		return !unicode.IsLetter(r) && !strings.ContainsRune("_"+idMark+wordMark, r)
	})
	return notKnownSentence.MatchString(strings.Join(words, " "))
}

// notKnownSentence matches the words of a sentence that can mean nothing else.
var notKnownSentence = func() *regexp.Regexp {
	const (
		such    = `(?:(?:the|an?|this|that|such|specified|given|requested|merchant|client|paynet) )*`
		noun    = `(?:order|transaction|payout)(?: ` + idMark + `)?`
		number  = `(?:client_orderid|client_order_id|client order id|merchant order id|orderid|order_id|order id|id|number)(?: [` + idMark + wordMark + `])?`
		with    = `(?: (?:(?:with|by|for|and) )?(?:(?:the|this|that|such|specified|given) )?` + number + `)*`
		subject = such + noun + `(?: ` + number + `)?` + with
		object  = such + noun + `(?: (?:with|by|for) (?:(?:the|this|that|such|specified|given) )?` + number + `)*`
		russian = `(?:заказ|транзакция|выплата)(?: ` + idMark + `)?` +
			`(?: (?:с|по) (?:таким |указанным )?(?:номером|номеру|идентификатором|id)(?: [` + idMark + wordMark +
			`])?)?`
	)
	return regexp.MustCompile(`^(?:sorry |error )*(?:` +
		subject + ` (?:(?:was|is|has been) )?not found|` + subject + ` (?:does not|doesn t|do not|not) exists?|` +
		subject + ` (?:cannot|could not|can not|can t) be found|` +
		`(?:cannot|could not|can not|can t) find ` + object + `|(?:there is )?no ` + object + `|unknown ` + object + `|` +
		russian + ` не (?:найден|найдена|существует)|не (?:найден|найдена) ` + russian +
		`|неизвестн(?:ый|ая) ` + russian +
		`)(?: in the system)?(?: ` + idMark + `)?$`)
}()

// replaceWord replaces an ID that has no letter or number next to it.
func replaceWord(text, id, mark string) string {
	if id == "" {
		return text
	}
	var replaced strings.Builder
	for from := 0; ; {
		at := strings.Index(text[from:], id)
		if at < 0 {
			replaced.WriteString(text[from:])
			return replaced.String()
		}
		start, end := from+at, from+at+len(id)
		replaced.WriteString(text[from:start])
		if isWithinWord(text, start, end) {
			replaced.WriteString(id)
		} else {
			replaced.WriteString(mark)
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
