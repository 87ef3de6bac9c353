package ecommpaytest

import (
	"net/http"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// settings can be changed while the gateway runs.
type settings struct {
	stepTime          time.Duration
	lifetime          time.Duration
	clarificationTime time.Duration
	expiresOnVisit    bool
	statusUUID        bool
	unknownIsRefused  bool
	payoutsDisabled   bool
	allowedIPs        []string
	callbackURL       string
	callbackClient    *http.Client
	callbackAttempts  int
	callbackPause     time.Duration
	faults            fakewire.Faults[Fault]
}

func defaultSettings() settings {
	return settings{
		stepTime:          time.Second,
		lifetime:          30 * time.Minute,
		clarificationTime: 30 * time.Minute,
		callbackClient:    &http.Client{Timeout: 10 * time.Second},
		callbackAttempts:  120,
		callbackPause:     10 * time.Second,
	}
}

// shortTimes sets short times for tests without virtual time.
func (s *settings) shortTimes() {
	s.stepTime, s.clarificationTime = time.Millisecond, time.Millisecond
	s.callbackAttempts, s.callbackPause = 10, time.Millisecond
}

func (g *Gateway) set(change func(*settings)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.settings)
}

// SetStepTime sets how long a registration takes until its callback, and a confirmed payout until its result. The
// default is a second, or a millisecond with NewGateway. Zero or less means until Finish. It applies to steps that
// begin after the call.
func (g *Gateway) SetStepTime(d time.Duration) { g.set(func(s *settings) { s.stepTime = d }) }

// SetLinkLifetime sets how long a uuid is valid. The default is 30 minutes. It applies to uuids created after the call.
func (g *Gateway) SetLinkLifetime(d time.Duration) { g.set(func(s *settings) { s.lifetime = d }) }

// SetClarificationTime sets how long a payout awaits clarification before it is declined. The default is 30 minutes, or
// a millisecond with NewGateway. Zero or less means until Finish.
func (g *Gateway) SetClarificationTime(d time.Duration) {
	g.set(func(s *settings) { s.clarificationTime = d })
}

// SetExpiryOnVisit decides when an expired payout is declined. By default it is declined by itself. If on is true, it
// stays awaiting_payout_completion until its receiver comes. It is not known which of these the platform does.
func (g *Gateway) SetExpiryOnVisit(on bool) { g.set(func(s *settings) { s.expiresOnVisit = on }) }

// SetStatusUUID decides whether a status answer also has uuid and uuid_expired_at. By default it does not. It is not
// known whether the platform's answer has them.
func (g *Gateway) SetStatusUUID(on bool) { g.set(func(s *settings) { s.statusUUID = on }) }

// SetUnknownRefused decides how the gateway answers a status call for an unknown payment. By default the answer has
// payment.status "error". If on is true, the answer is HTTP 404 with code 3061. It is not known which of these the
// platform gives.
func (g *Gateway) SetUnknownRefused(on bool) { g.set(func(s *settings) { s.unknownIsRefused = on }) }

// SetAllowedIPs allows calls of Gate API only from these addresses. Others get HTTP 403 with code 403. Without
// addresses all are allowed, which is the default.
func (g *Gateway) SetAllowedIPs(addresses ...string) {
	g.set(func(s *settings) { s.allowedIPs = addresses })
}

// DisablePayouts makes registrations fail that are processed after the call, as in a project without payouts. They are
// accepted, and then a callback reports code 317.
func (g *Gateway) DisablePayouts() { g.set(func(s *settings) { s.payoutsDisabled = true }) }

// SetCallbackURL sets where callbacks go if a registration has no merchant_callback_url. By default there is no such
// URL.
func (g *Gateway) SetCallbackURL(url string) { g.set(func(s *settings) { s.callbackURL = url }) }

// SetCallbackClient sets the client that delivers callbacks, for example one that trusts your test server's
// certificate.
func (g *Gateway) SetCallbackClient(client *http.Client) {
	g.set(func(s *settings) { s.callbackClient = client })
}
