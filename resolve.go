package payneteasy

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// resolveWindow is how long Resolve asks unless Config.ResolveWindow says otherwise: the gateway may be slow to know its
// own order.
const resolveWindow = 2 * time.Minute

// ErrHeld says that the gateway was asked, and does not know a payout that may have been sent. It may still turn up. Do
// not send it again; ask the gateway's manager, with client_orderid, amount and time, and then close it with Client.Settle.
var ErrHeld = errors.New("payneteasy: held: it may have been sent, and the gateway does not know it")

// Resolve finds out what became of a payout whose outcome is unknown: it asks for the status, every few seconds, until
// the gateway knows the order or Config.ResolveWindow has passed. An order found by ClientOrderID alone counts only if
// its amount and currency are the payout's.
//
// Found, it returns the order's ids and, in Payout.Status, its status: nil means that the order exists, not that it is
// paid. Otherwise the error matches ErrOutcomeUnknown still, never ErrNotSent: that the gateway does not know an order
// does not mean that none is on its way. After the whole window, if the gateway itself says that it does not know the
// order, it matches ErrHeld too, and the journal's entry is held. If nobody could be asked it stays as it was.
func (c *Client) Resolve(ctx context.Context, ref OrderRef) (*Payout, error) {
	return c.resolve(ctx, ref, nil)
}

func (c *Client) resolve(ctx context.Context, ref OrderRef, questions gate) (*Payout, error) {
	k := &call{command: "resolve", endpoint: c.endpoint(ref.Endpoint), clientOrderID: ref.ClientOrderID}
	if ctx == nil {
		return nil, c.failure(k, nil, OutcomeUnknown, errNilContext)
	}
	entry, err := c.journaled(ctx, &ref)
	if err != nil {
		return nil, c.failure(k, nil, OutcomeUnknown, err)
	}
	options, err := c.config.Wait.checked(ref)
	if err != nil {
		return nil, c.failure(k, nil, OutcomeUnknown, err)
	}
	window := c.config.ResolveWindow
	if window == 0 {
		window = resolveWindow
	}
	var found *Status
	var failure error
	hopeless := false
	err = poll.Run(ctx, poll.Schedule{
		Min: options.MinInterval, Max: options.MaxInterval, SlowAfter: options.SlowAfter,
		SlowMin: options.SlowMinInterval, SlowMax: options.SlowMaxInterval, MaxWait: window,
	}, func(ctx context.Context) bool {
		questions.enter()
		found, failure = c.Status(ctx, ref)
		questions.leave()
		hopeless = failure != nil && isHopeless(failure)
		return failure == nil || hopeless
	})
	if found != nil {
		if found, _, err = c.journalStatus(ctx, found); err != nil {
			failed := c.failure(k, nil, OutcomeUnknown, err)
			failed.OrderID = found.OrderID
			return nil, failed
		}
		return &Payout{
			Endpoint: found.Endpoint, ClientOrderID: found.ClientOrderID, OrderID: found.OrderID,
			SerialNumber: found.SerialNumber, Amount: ref.Amount, Status: found, Fields: found.Fields,
		}, nil
	}
	return nil, c.unresolved(ctx, k, ref, entry, err, failure)
}

// unresolved is the error of a Resolve that found nothing, with the last answer.
func (c *Client) unresolved(ctx context.Context, k *call, ref OrderRef, entry Entry, err, failure error) error {
	failed := c.failure(k, nil, OutcomeUnknown, nil)
	failed.OrderID = ref.OrderID
	cause := failure
	var last *Error
	if errors.As(failure, &last) {
		failed.HTTPStatus, failed.SerialNumber, failed.ReplyType = last.HTTPStatus, last.SerialNumber, last.ReplyType
		failed.Code, failed.Message, failed.Reply, failed.Hint = last.Code, last.Message, last.Reply, last.Hint
		cause = last.Err
	}
	if errors.Is(cause, errNoStatus) {
		cause = nil // the gateway's own words say it
	}
	switch {
	case !errors.Is(err, poll.ErrMaxWait): // the context ended, or asking again is hopeless
		failed.Err = errors.Join(err, cause)
	case !doesNotKnow(last):
		failed.Err = errors.Join(errors.New("the gateway could not be asked, or did not answer the question: try again later"), cause)
	case entry.exists():
		failed.Err = errors.Join(fmt.Errorf("the gateway does not find order %s, which is %s in the journal: ask its manager", entry.OrderID, entry.State), cause)
	case entry.ClientOrderID != "" && entry.Closed():
		failed.Err = errors.Join(fmt.Errorf("in the journal it is closed: %s %s", entry.State, entry.Verdict), cause)
	case c.sending.Has(k.clientOrderID):
		failed.Err = errors.Join(errors.New("it is being sent at this moment"), cause)
	default:
		state, err := c.hold(ctx, k, ref, entry)
		if state == StateHeld {
			failed.Err = errors.Join(ErrHeld, err, cause)
		} else {
			failed.Err = errors.Join(fmt.Errorf("its journal entry has changed meanwhile: it is %s", state), err, cause)
		}
	}
	return failed
}

// notFound is how a gateway may say that it does not know an order, and anOrder and another tell of what it speaks. Its own
// words are not documented. Any other error, that of a maintenance or of an endpoint not found, tells nothing of the order.
var (
	notFound = regexp.MustCompile(`not found|not exist|unknown|no such|(?:cannot|could not|can't) find|не найден|не существует`)
	anOrder  = regexp.MustCompile(`order|transaction|payout|client_orderid|заказ|транзакц|выплат`)
	another  = regexp.MustCompile(`end ?-?_?point|project|merchant|login|control|\bkey\b|processor|\bgate\b|gateway|session|later|again|terminal|account|card|method|url|page`)
)

// doesNotKnow reports whether a failed question was answered, whole and by the gateway itself, with: there is no such order.
func doesNotKnow(last *Error) bool {
	if last == nil || !last.whole || last.HTTPStatus >= 500 || errors.Is(last, ErrAccessDenied) || errors.Is(last, ErrInvalidControl) ||
		last.ReplyType != "error" && last.ReplyType != "validation-error" {
		return false
	}
	for name := range last.Reply.All() {
		if name != "merchant-order-id" && strings.Contains(lettersOf(name), "orderid") {
			return false
		}
	}
	said := strings.ToLower(withoutID(last.Message, last.ClientOrderID))
	said = merchantOrder.ReplaceAllString(said, "order")
	return notFound.MatchString(said) && anOrder.MatchString(said) && !another.MatchString(said)
}

// plainly are the sentences in which "there is no such order" is said, and nothing else with it, in words alone.
var plainly = func() *regexp.Regexp {
	const (
		such    = `(?:(?:the|an?|this|that|such|specified|given|requested|client|paynet) )*`
		id      = `(?:client_orderid|client_order_id|orderid|order_id|order id|id|number)`
		subject = such + `(?:order|transaction|payout)(?: ` + id + `)?(?: (?:(?:with|by|for|of|and) )?` + such + `(?:order )?` + id + `)*`
		russian = `(?:заказ|транзакция|выплата)(?: (?:с|по) (?:таким |указанным )?(?:номером|номеру|идентификатором|id))?`
	)
	return regexp.MustCompile(`^(?:sorry |error )*(?:` +
		subject + ` (?:(?:was|is|has been) )?not found|` + subject + ` (?:does not|doesn t|do not|not) exists?|` +
		subject + ` (?:cannot|could not|can not|can t) be found|(?:cannot|could not|can not|can t) find ` + subject + `|` +
		`no ` + subject + `|` + russian + ` не (?:найден|найдена|существует)|не (?:найден|найдена) ` + russian +
		`)(?: in the system)?$`)
}()

// saysNotFound reports whether the gateway has said that there is no such order in words that can mean nothing else: it lets
// a payout be sent.
func saysNotFound(last *Error) bool {
	if !doesNotKnow(last) {
		return false
	}
	said := last.Reply.Get("error-message") // as it came: in Message an id that looks like an account is hidden in part
	said = merchantOrder.ReplaceAllString(strings.ToLower(withoutID(said, last.ClientOrderID)), "order")
	words := strings.FieldsFunc(said, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' })
	return plainly.MatchString(strings.Join(words, " "))
}

// withoutID takes an id out of a text, where it is a word: an id may be "e".
func withoutID(said, id string) string {
	word, err := regexp.Compile(`(^|[^\pL\pN])` + regexp.QuoteMeta(id) + `([^\pL\pN]|$)`)
	if err != nil { // of an id that is not UTF-8
		return said
	}
	return word.ReplaceAllString(said, "$1$2")
}

// merchantOrder is a name of the merchant's own id, client_orderid.
var merchantOrder = regexp.MustCompile(`merchant[-_ ]order`)

// hold writes down that the gateway does not know a payout, also one that the journal did not know: nobody may send it.
// It returns the state of the entry.
func (c *Client) hold(ctx context.Context, k *call, ref OrderRef, entry Entry) (state State, err error) {
	if c.config.Journal == nil {
		return StateHeld, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	state = StateHeld
	if entry.ClientOrderID == "" {
		now := time.Now().Truncate(time.Microsecond)
		_, err = c.config.Journal.Begin(ctx, Entry{
			ClientOrderID: k.clientOrderID, Attempt: newAttempt(), State: StateHeld, Command: "payout", BaseURL: c.config.BaseURL, Login: c.config.Login,
			Endpoint: k.endpoint, Amount: ref.Amount, OrderID: ref.OrderID, Began: now, Changed: now,
		})
	} else {
		err = c.amend(ctx, entry, func(e *Entry) bool {
			changed := hold(e)
			state = e.State
			return changed
		})
	}
	var duplicate *DuplicateError
	switch {
	case errors.As(err, &duplicate): // somebody else has begun meanwhile
		return duplicate.Entry.State, nil
	case err != nil:
		err = journalError(err, k.mask)
	}
	return state, err
}

// adopt makes an entry for an order that the gateway has and the journal did not know: nobody may send it again.
func (c *Client) adopt(ctx context.Context, found *Status) (Entry, error) {
	now := time.Now().Truncate(time.Microsecond)
	entry, err := c.config.Journal.Begin(ctx, Entry{
		ClientOrderID: found.ClientOrderID, Attempt: newAttempt(), State: StateAccepted, Command: "payout", BaseURL: c.config.BaseURL, Login: c.config.Login,
		Endpoint: found.Endpoint, Amount: found.requested(), OrderID: found.OrderID, Began: now, Changed: now,
	})
	if duplicate, ok := errors.AsType[*DuplicateError](err); ok { // somebody else was first
		return duplicate.Entry, nil
	}
	return entry, err
}

// hold marks an entry that the gateway does not know.
func hold(e *Entry) bool {
	if e.State != StateSending && e.State != StateUnknown {
		return false
	}
	e.State = StateHeld
	return true
}

// isHopeless reports whether asking again will not get better.
func isHopeless(err error) bool {
	return errors.Is(err, ErrAccessDenied) || errors.Is(err, ErrInvalidControl)
}

// journaled completes a reference from the journal, if there is one and it has the entry.
func (c *Client) journaled(ctx context.Context, ref *OrderRef) (Entry, error) {
	if c.config.Journal == nil {
		return Entry{}, nil
	}
	entry, err := c.config.Journal.Get(ctx, ref.ClientOrderID)
	if errors.Is(err, ErrNoEntry) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, fmt.Errorf("the journal could not be read: %w", newCause(err, masking.Masker{}))
	}
	if err := c.ownEntry(entry); err != nil {
		return Entry{}, err
	}
	if !ref.Endpoint.IsZero() && ref.Endpoint != entry.Endpoint || ref.OrderID != "" && entry.OrderID != "" && ref.OrderID != entry.OrderID ||
		!ref.Amount.IsZero() && !entry.Amount.IsZero() && ref.Amount != entry.Amount {
		return entry, fmt.Errorf("%w: the journal has %q as order %q of %s at endpoint %s", ErrOrderMismatch,
			entry.ClientOrderID, entry.OrderID, entry.Amount, entry.Endpoint)
	}
	if ref.Endpoint.IsZero() {
		ref.Endpoint = entry.Endpoint
	}
	if ref.OrderID == "" {
		ref.OrderID = entry.OrderID
	}
	if ref.Amount.IsZero() {
		ref.Amount = entry.Amount
	}
	return entry, nil
}

// ownEntry refuses an entry that was made at another gateway or for another merchant.
func (c *Client) ownEntry(entry Entry) error {
	if entry.BaseURL != c.config.BaseURL || entry.Login != c.config.Login {
		return fmt.Errorf("payneteasy: the journal's entry of %q belongs to %s as %s, not to %s as %s",
			entry.ClientOrderID, entry.BaseURL, entry.Login, c.config.BaseURL, c.config.Login)
	}
	return nil
}
