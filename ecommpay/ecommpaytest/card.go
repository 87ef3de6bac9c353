package ecommpaytest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

// The card decides the outcome of a payout. Only the first number is known from the platform's own sandbox. Any other
// number with a right check digit is also paid.
const (
	CardApproved      = "4242424242424242" // success
	CardDeclined      = "4000000000000002" // decline, code 100
	CardNoBalance     = "4000000000009995" // decline, code 3028: the merchant's balance is too low
	CardLimit         = "4000000000009979" // decline, code 3104: the card's payout limit is exceeded
	CardClarification = "4000000000003220" // awaiting clarification, code 3191, then decline, code 603
	CardError         = "4000000000000119" // error, code 501
)

// result is how a payout ends.
type result struct{ status, code, message string }

// The messages come from the documented list of codes, where it has them.
var (
	succeeded     = result{statusSuccess, "0", "Success"}
	uuidExpired   = result{statusDecline, "604", "Payout Session Terminated. UUID Expired"}
	wrongCodes    = result{statusDecline, "100", "General decline"}
	notEnabled    = result{statusError, "317", "Payouts are not enabled for the project"}
	clarification = result{statusClarification, "3191", "Additional data is required"}
	notClarified  = result{statusDecline, "603", "Auto decline"}
)

var results = map[string]result{
	CardDeclined:      {statusDecline, "100", "General decline"},
	CardNoBalance:     {statusDecline, "3028", "Insufficient funds on merchant balance"},
	CardLimit:         {statusDecline, "3104", "Payment Constraint Invalid Payout Amount"},
	CardClarification: clarification,
	CardError:         {statusError, "501", "Internal error"},
}

// card is what a receiver has entered.
type card struct {
	number, holder string
	month, year    string // "01", "2030"; empty for a card that no one typed
}

func (c card) result() result {
	if r, ok := results[c.number]; ok {
		return r
	}
	return succeeded
}

// masked shows only the beginning and the end of a number, as callbacks do.
func masked(number string) string {
	if len(number) < 12 {
		return ""
	}
	return number[:6] + strings.Repeat("*", len(number)-10) + number[len(number)-4:]
}

// scheme returns the card's account.type.
func (c card) scheme() string {
	switch {
	case strings.HasPrefix(c.number, "4"):
		return "visa"
	case strings.HasPrefix(c.number, "5"), strings.HasPrefix(c.number, "2"):
		return "mastercard"
	}
	return "unknown"
}

// validNumber reports whether a card can have this number. It must be digits with a valid check digit.
func validNumber(number string) bool {
	return len(number) >= 13 && len(number) <= 19 && strings.Trim(number, "0123456789") == "" && charcheck.Luhn(number)
}

// compact removes the white space from a number.
func compact(number string) string { return strings.Join(strings.Fields(number), "") }

// validThru reads MM/YY or MM/YYYY. A card is valid until the end of that month.
func validThru(text string, now time.Time) (month, year string, ok bool) {
	month, year, _ = strings.Cut(compact(text), "/")
	if len(year) == 2 {
		year = "20" + year
	}
	end, err := time.Parse("01/2006", month+"/"+year)
	return month, year, err == nil && now.Before(end.AddDate(0, 1, 0))
}

// Token returns the token of a card, for a Payment Page's account_token. A card always has the same token.
func (g *Gateway) Token(cardNumber string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.token(compact(cardNumber))
}

// token returns the token of a card, and remembers the card from now on. The caller holds the lock.
func (g *Gateway) token(number string) string {
	sum := sha256.Sum256([]byte("a token of " + number))
	token := hex.EncodeToString(sum[:])
	g.cards[token] = number
	return token
}
