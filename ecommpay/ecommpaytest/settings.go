package ecommpaytest

import (
	"net/http"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// settings are what may be changed while the gateway runs.
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

// hasty is for tests that do not live in virtual time.
func (s *settings) hasty() {
	s.stepTime, s.clarificationTime = time.Millisecond, time.Millisecond
	s.callbackAttempts, s.callbackPause = 10, time.Millisecond
}

func (g *Gateway) set(change func(*settings)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.settings)
}

// SetStepTime is how long a registration takes until its callback, and a confirmed payout until its result: a second
// unless set (a millisecond with NewGateway), until Finish when zero or less. It holds for steps that begin from now
// on.
func (g *Gateway) SetStepTime(d time.Duration) { g.set(func(s *settings) { s.stepTime = d }) }

// SetLinkLifetime is how long a uuid can be used: 30 minutes unless set. It holds for those made from now on.
func (g *Gateway) SetLinkLifetime(d time.Duration) { g.set(func(s *settings) { s.lifetime = d }) }

// SetClarificationTime is how long a payout awaits clarification before it is declined: 30 minutes unless set (a
// millisecond with NewGateway), until Finish when zero or less.
func (g *Gateway) SetClarificationTime(d time.Duration) {
	g.set(func(s *settings) { s.clarificationTime = d })
}

// SetExpiryOnVisit decides whether a payout whose time is over stays awaiting_payout_completion until its receiver
// comes, instead of being declined by itself (as unless set). Which of these the platform does is not known.
func (g *Gateway) SetExpiryOnVisit(on bool) { g.set(func(s *settings) { s.expiresOnVisit = on }) }

// SetStatusUUID decides whether a status answer carries uuid and uuid_expired_at, too: not unless set. Whether the
// platform's does is not known.
func (g *Gateway) SetStatusUUID(on bool) { g.set(func(s *settings) { s.statusUUID = on }) }

// SetUnknownRefused decides whether the status of an unknown payment is an HTTP 404 with the code 3061 instead of an
// answer whose payment.status is "error" (as unless set). Which of these the platform gives is not known.
func (g *Gateway) SetUnknownRefused(on bool) { g.set(func(s *settings) { s.unknownIsRefused = on }) }

// SetAllowedIPs lets calls of Gate API come from these addresses only: others get HTTP 403 with the code 403. Without
// addresses all are allowed, as unless set.
func (g *Gateway) SetAllowedIPs(addresses ...string) {
	g.set(func(s *settings) { s.allowedIPs = addresses })
}

// DisablePayouts lets registrations fail that are processed from now on, as in a project for which payouts are not
// enabled: they are accepted, and then a callback tells the code 317.
func (g *Gateway) DisablePayouts() { g.set(func(s *settings) { s.payoutsDisabled = true }) }

// SetCallbackURL is where callbacks go of registrations that name no merchant_callback_url. There is none unless set.
func (g *Gateway) SetCallbackURL(url string) { g.set(func(s *settings) { s.callbackURL = url }) }

// SetCallbackClient is the client that delivers callbacks: one with your test server's certificate, say.
func (g *Gateway) SetCallbackClient(client *http.Client) {
	g.set(func(s *settings) { s.callbackClient = client })
}
