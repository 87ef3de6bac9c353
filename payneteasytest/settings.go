package payneteasytest

import (
	"crypto/rsa"
	"net/http"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// Repeat is what the gateway does with a client_orderid that it has seen before.
type Repeat int

// What a repeated client_orderid gets. Which of these a real endpoint does is not documented.
const (
	RepeatPaysAgain  Repeat = iota // accepted as a second payout: the worst case, and the default
	RepeatRefused                  // a validation-error
	RepeatSameAnswer               // the first order's ids again, and no new order
)

// NotFound is what a status request for an order that does not exist gets.
type NotFound int

// The shapes of "not found". Which of them a real gateway gives is not documented.
const (
	NotFoundError       NotFound = iota // type=error
	NotFoundValidation                  // type=validation-error
	NotFoundStatusError                 // type=status-response with status=error, and no order id
	NotFoundPage                        // HTTP 404 with an HTML page
)

// settings are what may be changed while the gateway runs.
type settings struct {
	accounts         map[string]Script
	otherAccounts    Script
	repeat           Repeat
	notFound         NotFound
	stepTime         time.Duration
	formLifetime     time.Duration
	clockWindow      time.Duration
	json             bool
	lastLF           bool
	doublesAllowed   bool
	callbackClient   *http.Client
	callbackAttempts int
	callbackPause    time.Duration
	faults           fakewire.Faults[Fault]
	payoutFaults     map[string][]Fault // by client_orderid
	merchantKey      *rsa.PublicKey
}

func defaultSettings() settings {
	return settings{
		accounts: map[string]Script{
			"1234567890": Approved(),
			"0987654321": Declined("Declined by the bank", "2"),
			"1987654321": Errored("PROCESSOR_INTERNAL_ERROR", "3"),
		},
		otherAccounts:    Approved(),
		stepTime:         time.Second,
		formLifetime:     15 * time.Minute,
		clockWindow:      5 * time.Minute,
		json:             true,
		callbackClient:   &http.Client{Timeout: 10 * time.Second},
		callbackAttempts: 5,
		callbackPause:    time.Second,
	}
}

func (g *Gateway) set(change func(*settings)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.settings)
}

// SetAccount decides what becomes of payouts to this account, wallet or card number, from now on.
func (g *Gateway) SetAccount(number string, script Script) {
	g.set(func(s *settings) { s.accounts[number] = script })
}

// SetOtherAccounts decides what becomes of payouts to all numbers that have no script of their own.
func (g *Gateway) SetOtherAccounts(script Script) {
	g.set(func(s *settings) { s.otherAccounts = script })
}

// SetRepeat decides what a repeated client_orderid gets.
func (g *Gateway) SetRepeat(repeat Repeat) { g.set(func(s *settings) { s.repeat = repeat }) }

// SetNotFound decides what a status request for an unknown order gets.
func (g *Gateway) SetNotFound(shape NotFound) { g.set(func(s *settings) { s.notFound = shape }) }

// SetStepTime is how long an order stays in a step when nobody asks for its status: a second unless set, for ever when
// zero or less. It holds for orders accepted from now on.
func (g *Gateway) SetStepTime(d time.Duration) { g.set(func(s *settings) { s.stepTime = d }) }

// SetLinkLifetime is how long a receiver's link can be used: 15 minutes unless set. It holds for links made from now
// on.
func (g *Gateway) SetLinkLifetime(d time.Duration) {
	g.set(func(s *settings) { s.formLifetime = d })
}

// SetClockWindow is how far a request's timestamp may be from the gateway's clock: five minutes unless set.
func (g *Gateway) SetClockWindow(d time.Duration) { g.set(func(s *settings) { s.clockWindow = d }) }

// SetJSON decides whether a request that accepts application/vnd.pay+json gets JSON (as unless set) or a form.
func (g *Gateway) SetJSON(on bool) { g.set(func(s *settings) { s.json = on }) }

// SetLastLF decides whether the last field of a form reply ends with a line feed too. The documented example has none,
// live replies seem to have one.
func (g *Gateway) SetLastLF(on bool) { g.set(func(s *settings) { s.lastLF = on }) }

// SetCallbackClient is the client that delivers callbacks: one with your test server's certificate, say.
func (g *Gateway) SetCallbackClient(client *http.Client) {
	g.set(func(s *settings) { s.callbackClient = client })
}

// SetMerchantKey makes the gateway verify signatures with this key instead of that of MerchantKeyPEM, with which Config
// signs: to try a merchant's own. Signatures of requests that came before are not looked at again.
func (g *Gateway) SetMerchantKey(key *rsa.PublicKey) {
	g.set(func(s *settings) { s.merchantKey = key })
}

// AllowDoublePayouts keeps double payouts from failing the test, for a test that shows one.
func (g *Gateway) AllowDoublePayouts() { g.set(func(s *settings) { s.doublesAllowed = true }) }

// outcome is what becomes of payouts to an account. The caller holds the lock.
func (g *Gateway) outcome(account string) Script {
	script, known := g.settings.accounts[account]
	if !known {
		script = g.settings.otherAccounts
	}
	if len(script) == 0 {
		script = Stuck()
	}
	return script
}
