package ecommpay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// ErrNotOver says that a debt may not be registered again: its payout is not over, or ended otherwise than declined, or
// it was registered again already.
var ErrNotOver = errors.New("ecommpay: the payout is not over, or may have been paid: do not register the debt again")

var errSuperseded = fmt.Errorf("%w: another attempt has taken its place", ErrNotOver)

// Payout is one attempt to pay a debt, from its registration to its end. It needs the CallbackHandler of the same
// Client in the same process, where callbacks and polling meet; with several processes store what callbacks tell
// (Payment.Session), and use Client's methods. It is safe for concurrent use.
type Payout struct {
	client       *Client
	registration PayoutRegistration

	mu         sync.Mutex
	posted     bool
	registered bool  // the platform has accepted it
	failed     error // what came of it otherwise
	notSent    bool  // by the last try, and not posted since
	session    *Session
	last       *Status // that was seen

	ended        payneteasy.Decision // paid, not paid or reversed, as it was seen last
	contradicted bool                // it was seen otherwise before: a person must look
}

// NewPayout makes a payout that is not registered yet. The registration is copied.
func (c *Client) NewPayout(registration *PayoutRegistration) *Payout {
	p := &Payout{client: c}
	if registration != nil {
		p.registration = *registration
	}
	return p
}

// ResumePayout is a payout that was, or may have been, registered before, as after a restart: it registers nothing.
// session is what was stored of it, or nil.
func (c *Client) ResumePayout(registration *PayoutRegistration, session *Session) *Payout {
	p := c.NewPayout(registration)
	p.posted, p.session = true, session
	return p
}

// Ref is how to ask about it.
func (p *Payout) Ref() PayoutRef { return p.registration.Ref() }

// Format writes the payment id and the amount, for package fmt.
func (p *Payout) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("ecommpay.Payout(%q, %s)", p.registration.PaymentID, p.registration.Amount))
}

// Register registers the payout, once, and waits for its page: for the callback that tells the uuid. Called again, it
// only waits. After an unknown outcome it waits as well, since the callback proves that the registration got through.
//
// When the registration was not sent or was refused, the error is an *Error that says so, at once. After
// DecisionRefused fix the cause, and register the same payment id with another NewPayout: it may be registered all the
// same. If the payment ends before there is a page, it is refused: the error is a *WaitError with the status in Last,
// and matches what the platform says (ErrPayoutsDisabled). Otherwise it is a *WaitError, and matches ErrWaitTimeout
// after opts.MaxWait (here 2 min unless it is set), and payneteasy.ErrOutcomeUnknown if no message has said that it is
// registered.
//
// If the platform still does not know the payment after an unknown outcome, ask its support whether it was registered.
// When it was not, the registration may be sent again with NewPayout, under the same payment id and never under
// another: ids are unique in a project (documented), and ErrPaymentExists says that it got through before (likely).
func (p *Payout) Register(ctx context.Context, opts *WaitOptions) (*Session, error) {
	if opts != nil {
		if faults := opts.faults("WaitOptions."); len(faults) > 0 { // before anything leaves
			return nil, &WaitError{
				PaymentID: p.registration.PaymentID, Decision: p.Decision(),
				Err: &payneteasy.ValidationError{Faults: faults},
			}
		}
	}
	registered, err := p.post(ctx)
	switch {
	case registered:
	case err == nil: // by another process, or it is not known yet
		err = fmt.Errorf("%w: it may be registered", payneteasy.ErrOutcomeUnknown)
	case payneteasy.DecisionOf(err) != payneteasy.DecisionUnknown:
		return nil, err
	}
	options := WaitOptions{}
	if opts != nil {
		options = *opts
	}
	if options.MaxWait == 0 {
		options.MaxWait = registrationWait
	}
	status, waited := p.wait(ctx, &options, func(status *Status) bool {
		return p.found(status) != nil || status.decision().Final()
	})
	if session := p.found(status); session != nil {
		return session, nil
	}
	var failed *WaitError
	if !errors.As(waited, &failed) {
		failed = &WaitError{
			PaymentID: p.registration.PaymentID, Last: status,
			Err: errors.Join(errEnded, status.Refusal()),
		}
	}
	switch {
	case failed.Last == nil && !registered:
		failed.Err = errors.Join(failed.Err, err)
	case failed.Last != nil && failed.Last.Status.Is(StatusAwaitingPayoutCompletion):
		failed.Err = errors.Join(failed.Err, errNoCallback)
	}
	failed.Decision = p.Decision()
	return nil, failed
}

// registrationWait is how long Register waits for the callback, which comes within seconds.
const registrationWait = 2 * time.Minute

var (
	errEnded      = errors.New("it ended before there was a page")
	errNoCallback = errors.New("it is registered, but no callback has told its uuid to this Client's CallbackHandler")
	errNoPage     = fmt.Errorf("%w: there is no page yet: Register first", ErrMismatch)
)

// post registers, if nobody has yet.
func (p *Payout) post(ctx context.Context) (registered bool, err error) {
	p.mu.Lock()
	if p.posted {
		defer p.mu.Unlock()
		return p.registered, p.failed
	}
	if p.client.superseded.has(p.registration.PaymentID) {
		defer p.mu.Unlock()
		return false, &Error{
			Decision: payneteasy.DecisionNotSent, Command: registrationCommand,
			PaymentID: p.registration.PaymentID, Err: errSuperseded,
		}
	}
	p.posted = true
	p.mu.Unlock()
	_, err = p.client.RegisterPayout(ctx, &p.registration)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.registered, p.failed = err == nil, err
	p.notSent = errors.Is(err, payneteasy.ErrNotSent)
	if p.notSent { // proved: it may be posted once more
		p.posted, p.failed = false, nil
	}
	return p.registered, err
}

// found is the page, as a callback or the status has told it, or nil.
func (p *Payout) found(status *Status) *Session {
	session := p.client.sessions.get(p.registration.PaymentID)
	if session == nil && status != nil {
		session, _ = status.Session() // that a status carries the uuid is not documented
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if status != nil {
		p.see(status)
	}
	if session != nil {
		p.session = session
	}
	return p.session
}

// see notes a status. A late "processing" takes back nothing that was paid. The caller holds the lock.
func (p *Payout) see(status *Status) {
	before, now := p.ended, status.decision()
	isPaid := before == payneteasy.DecisionPaid || before == payneteasy.DecisionReversed
	switch {
	case now == payneteasy.DecisionPending && isPaid:
		return
	case now == payneteasy.DecisionPending, before == "", before == now, before == payneteasy.DecisionPaid &&
		now == payneteasy.DecisionReversed:
	default:
		p.contradicted = true
	}
	p.last = status
	if now == payneteasy.DecisionPaid || now == payneteasy.DecisionNotPaid || now == payneteasy.DecisionReversed {
		p.ended = now
	}
}

// PageURL is Client.PaymentPageURL of this payout, once Register has returned.
func (p *Payout) PageURL(page *Page) (string, error) {
	return p.page(p.client.PaymentPageURL, page)
}

// PageForm is Client.PaymentPageForm of this payout, once Register has returned.
func (p *Payout) PageForm(page *Page) (string, error) {
	return p.page(p.client.PaymentPageForm, page)
}

func (p *Payout) page(show func(*PayoutRegistration, *Session, *Page) (string, error), page *Page) (string, error) {
	session := p.found(nil)
	if session == nil {
		return "", errNoPage
	}
	return show(&p.registration, session, page)
}

// Wait is Client.Wait for this payout. Book by Decision afterwards.
func (p *Payout) Wait(ctx context.Context, opts *WaitOptions) (*Status, error) {
	status, err := p.wait(ctx, opts, func(status *Status) bool { return status.decision().Final() })
	p.found(status)
	if failed, ok := errors.AsType[*WaitError](err); ok {
		failed.Decision = p.Decision()
	}
	return status, err
}

func (p *Payout) wait(ctx context.Context, opts *WaitOptions, done func(*Status) bool) (*Status, error) {
	return p.client.waitUntil(ctx, p.Ref(), opts, done)
}

// Decision is what your books should do about the payout, by all that it has learned from Register, Wait and Again. If
// the platform has said otherwise before, it is DecisionReview: a payout that was seen paid, and is declined now. It
// never allows a new payment id before the payment is DecisionNotPaid. After DecisionRefused, DecisionUnknown and
// DecisionNotSent only the same payment id may be registered again.
func (p *Payout) Decision() payneteasy.Decision {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.contradicted:
		return payneteasy.DecisionReview
	case p.last != nil:
		return p.last.decision()
	case p.registered, p.session != nil:
		return payneteasy.DecisionPending
	case p.failed != nil:
		return payneteasy.DecisionOf(p.failed)
	case p.posted:
		return payneteasy.DecisionUnknown
	case p.notSent:
		return payneteasy.DecisionNotSent
	}
	return payneteasy.DecisionPending // it will be sent
}

// Again makes the next attempt to pay the same debt, under a new payment id and not registered yet. It asks the status
// of this one first, and refuses with ErrNotOver unless the decision is DecisionNotPaid: a dead link does not mean that
// nothing was paid. A refused registration is not over either: it may be registered.
//
// Of several calls for one payment id at most one succeeds, as far as this Client remembers. Across restarts and
// processes the merchant's own ledger must see to it that a debt has one attempt at a time.
func (p *Payout) Again(ctx context.Context, registration *PayoutRegistration) (*Payout, error) {
	switch {
	case registration == nil:
		return nil, fmt.Errorf("%w: there is no registration", ErrMismatch)
	case sameID(registration.PaymentID, p.registration.PaymentID):
		return nil, fmt.Errorf("%w: the payment id must be a new one", ErrNotOver)
	case registration.Amount != p.registration.Amount:
		return nil, fmt.Errorf("%w: the debt is of %s, not of %s",
			ErrMismatch, p.registration.Amount, registration.Amount)
	}
	if p.client.superseded.has(p.registration.PaymentID) {
		return nil, errSuperseded
	}
	status, err := p.client.Status(ctx, p.Ref())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotOver, err)
	}
	p.found(status)
	if decision := p.Decision(); status.decision() != payneteasy.DecisionNotPaid ||
		decision != payneteasy.DecisionNotPaid {
		return nil, fmt.Errorf("%w: it is %s, and %q now", ErrNotOver, decision, status.Status)
	}
	if !p.client.superseded.add(p.registration.PaymentID) {
		return nil, errSuperseded
	}
	return p.client.NewPayout(registration), nil
}
