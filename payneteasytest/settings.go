package payneteasytest

import (
	"crypto/rsa"
	"net/http"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/fakewire"
)

// Repeat says what the gateway does with a client_orderid that it has seen before.
type Repeat int

// The answers to a repeated client_orderid. It is not documented which of them a real endpoint gives.
const (
	RepeatPaysAgain  Repeat = iota // accepted as a second payout: the worst case, and the default
	RepeatRefused                  // a validation-error
	RepeatSameAnswer               // the first order's ids again, and no new order
)

// NotFound says how the gateway answers a status request for an order that does not exist.
type NotFound int

// The shapes of "not found". It is not documented which of them a real gateway gives.
const (
	NotFoundError       NotFound = iota // type=error
	NotFoundValidation                  // type=validation-error
	NotFoundStatusError                 // type=status-response with status=error, and no order id
	NotFoundPage                        // HTTP 404 with an HTML page
)

// settings can be changed while the gateway runs.
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

// SetAccount sets the outcome of later payouts to this account, wallet or card number.
func (g *Gateway) SetAccount(number string, script Script) {
	g.set(func(s *settings) { s.accounts[number] = script })
}

// SetOtherAccounts sets the outcome of payouts to all numbers without a script of their own.
func (g *Gateway) SetOtherAccounts(script Script) {
	g.set(func(s *settings) { s.otherAccounts = script })
}

// SetRepeat sets the answer to a repeated client_orderid.
func (g *Gateway) SetRepeat(repeat Repeat) { g.set(func(s *settings) { s.repeat = repeat }) }

// SetNotFound sets the answer to a status request for an unknown order.
func (g *Gateway) SetNotFound(shape NotFound) { g.set(func(s *settings) { s.notFound = shape }) }

// SetStepTime sets how long an order stays in a step if no one asks for its status. The default is a second. Zero or
// less means forever. It applies to orders that are accepted from now on.
func (g *Gateway) SetStepTime(d time.Duration) { g.set(func(s *settings) { s.stepTime = d }) }

// SetLinkLifetime sets how long a receiver's link can be used. The default is 15 minutes. It applies to links that are
// made from now on.
func (g *Gateway) SetLinkLifetime(d time.Duration) {
	g.set(func(s *settings) { s.formLifetime = d })
}

// SetClockWindow sets how far a request's timestamp may be from the gateway's clock. The default is five minutes.
func (g *Gateway) SetClockWindow(d time.Duration) { g.set(func(s *settings) { s.clockWindow = d }) }

// SetJSON sets whether a request that accepts application/vnd.pay+json gets JSON, which is the default, or a form.
func (g *Gateway) SetJSON(on bool) { g.set(func(s *settings) { s.json = on }) }

// SetLastLF sets whether a form reply has a line feed after its last field too. The documented example has none. Live
// replies seem to have one.
func (g *Gateway) SetLastLF(on bool) { g.set(func(s *settings) { s.lastLF = on }) }

// SetCallbackClient sets the client that delivers callbacks, for example one that trusts your test server's
// certificate.
func (g *Gateway) SetCallbackClient(client *http.Client) {
	g.set(func(s *settings) { s.callbackClient = client })
}

// SetMerchantKey makes the gateway verify signatures with this key instead of the key in MerchantKeyPEM. Config still
// signs with MerchantKeyPEM. Use it to try a merchant's own key. Signatures of earlier requests are not checked again.
func (g *Gateway) SetMerchantKey(key *rsa.PublicKey) {
	g.set(func(s *settings) { s.merchantKey = key })
}

// AllowDoublePayouts keeps double payouts from failing the test. Use it in a test that shows one.
func (g *Gateway) AllowDoublePayouts() { g.set(func(s *settings) { s.doublesAllowed = true }) }

// outcome is the script of payouts to an account. The caller holds the lock.
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
