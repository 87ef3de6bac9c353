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

// ErrNotOver says that you may not register a debt again. Its payout is not over, ended with another result than
// declined, or was already registered again.
var ErrNotOver = errors.New("ecommpay: the payout is not over, or may have been paid: do not register the debt again")

var errSuperseded = fmt.Errorf("%w: a newer attempt has replaced it", ErrNotOver)

// Payout is one attempt to pay a debt, from its registration to its end. It needs the CallbackHandler of the same
// Client in the same process, because there callbacks and polling meet. With several processes, store what callbacks
// report (Payment.Session), and use Client's methods. It is safe for concurrent use.
type Payout struct {
	client       *Client
	registration PayoutRegistration

	mu         sync.Mutex
	posted     bool
	registered bool  // the platform has accepted it
	failed     error // the outcome if it was not accepted
	notSent    bool  // by the last try, and not posted since
	session    *Session
	last       *Status // the last status seen

	ended        payneteasy.Decision // the last of paid, not paid or reversed that was seen
	contradicted bool                // an earlier end was different, so a person must look
}

// NewPayout returns a payout that is not registered yet. It copies the registration.
func (c *Client) NewPayout(registration *PayoutRegistration) *Payout {
	p := &Payout{client: c}
	if registration != nil {
		p.registration = *registration
	}
	return p
}

// ResumePayout returns a payout that was registered before, or may have been, for example before a restart. It
// registers nothing. session is the stored session, or nil.
func (c *Client) ResumePayout(registration *PayoutRegistration, session *Session) *Payout {
	p := c.NewPayout(registration)
	p.posted, p.session = true, session
	return p
}

// Ref returns the reference to ask about it.
func (p *Payout) Ref() PayoutRef { return p.registration.Ref() }

// Format writes the payment ID and the amount, for package fmt.
func (p *Payout) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("ecommpay.Payout(%q, %s)", p.registration.PaymentID, p.registration.Amount))
}

// Register registers the payout once, and waits for the callback with the uuid of its page. A second call only waits.
// After an unknown outcome it waits too, because the callback proves that the registration was accepted.
//
// If the registration was not sent or was refused, Register returns an *Error with that decision at once. After
// DecisionRefused, fix the cause, and register the same payment ID with another NewPayout, because it may be registered
// anyway. If the payment ends before there is a page, it is refused. Then the error is a *WaitError with the status in
// Last, and matches the platform's reason (ErrPayoutsDisabled). Otherwise the error is a *WaitError. It matches
// ErrWaitTimeout after opts.MaxWait (2 min if unset here). It matches payneteasy.ErrOutcomeUnknown if no message has
// said that the payout is registered.
//
// If the platform still does not know the payment after an unknown outcome, ask its support whether it was registered.
// If it was not, you may send the registration again with NewPayout. Use the same payment ID, and never another. IDs
// are unique in a project (documented), and ErrPaymentExists says that an earlier registration was accepted (likely).
func (p *Payout) Register(ctx context.Context, opts *WaitOptions) (*Session, error) {
	if opts != nil {
		if faults := opts.faults("WaitOptions."); len(faults) > 0 { // before anything is sent
			return nil, &WaitError{
				PaymentID: p.registration.PaymentID, Decision: p.Decision(),
				Err: &payneteasy.ValidationError{Faults: faults},
			}
		}
	}
	registered, err := p.post(ctx)
	switch {
	case registered:
	case err == nil: // registered by another process, or not known yet
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

// registrationWait is how long Register waits for the callback, which arrives within seconds.
const registrationWait = 2 * time.Minute

var (
	errEnded      = errors.New("the payout ended before there was a page")
	errNoCallback = errors.New("it is registered, but no callback brought its uuid to this Client's CallbackHandler")
	errNoPage     = fmt.Errorf("%w: there is no page yet: call Register first", ErrMismatch)
)

// post registers the payout, unless that was done before.
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
	if p.notSent { // proved, so it may be posted again
		p.posted, p.failed = false, nil
	}
	return p.registered, err
}

// found returns the page from a callback or the status, or nil.
func (p *Payout) found(status *Status) *Session {
	session := p.client.sessions.get(p.registration.PaymentID)
	if session == nil && status != nil {
		session, _ = status.Session() // a status with a uuid is not documented
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

// see notes a status. A late "processing" does not undo a paid status. The caller holds the lock.
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

// PageURL is Client.PaymentPageURL for this payout. Call Register first.
func (p *Payout) PageURL(page *Page) (string, error) {
	return p.page(p.client.PaymentPageURL, page)
}

// PageForm is Client.PaymentPageForm for this payout. Call Register first.
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

// Decision is what your books should do about the payout. It uses all that Register, Wait and Again have learned. It is
// DecisionReview if the platform contradicts itself, for example if the payout was paid and is declined now. It never
// allows a new payment ID before the payment is DecisionNotPaid. After DecisionRefused, DecisionUnknown and
// DecisionNotSent you may register only the same payment ID again.
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

// Again returns the next attempt to pay the same debt, under a new payment ID and not registered yet. It first asks the
// status of this payout. It refuses with ErrNotOver unless the decision is DecisionNotPaid, because a dead link does
// not prove that nothing was paid. A refused registration is not over either, because it may be registered.
//
// If there are several calls for one payment ID, at most one succeeds, as far as this Client remembers. Across restarts
// and processes, your own ledger must ensure that a debt has only one attempt at a time.
func (p *Payout) Again(ctx context.Context, registration *PayoutRegistration) (*Payout, error) {
	switch {
	case registration == nil:
		return nil, fmt.Errorf("%w: the registration is nil", ErrMismatch)
	case sameID(registration.PaymentID, p.registration.PaymentID):
		return nil, fmt.Errorf("%w: the payment id must be a new one", ErrNotOver)
	case registration.Amount != p.registration.Amount:
		return nil, fmt.Errorf("%w: the debt is %s, not %s",
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
		return nil, fmt.Errorf("%w: the decision is %s, and the status is %q", ErrNotOver, decision, status.Status)
	}
	if !p.client.superseded.add(p.registration.PaymentID) {
		return nil, errSuperseded
	}
	return p.client.NewPayout(registration), nil
}
