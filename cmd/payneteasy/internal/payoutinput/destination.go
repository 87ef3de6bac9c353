package payoutinput

// DestinationColumns are the parameters of which a line must have exactly one.
var DestinationColumns = []string{
	"account_number", "ewallet_wallet", "crypto_wallet_address", "credit_card_number", "card_recurring_payment_id",
	"recurring-payment-id",
}

// Destination describes a payout's destination as far as it may be shown. It shows the end of an account that is long
// enough.
func Destination(values map[string]string) string {
	for _, kind := range [][2]string{
		{"account_number", "an account"},
		{"credit_card_number", "a card"},
		{"card_recurring_payment_id", "a stored card"},
		{"recurring-payment-id", "a stored card"},
		{"ewallet_wallet", "an e-wallet"},
		{"crypto_wallet_address", "a crypto wallet"},
	} {
		value := values[kind[0]]
		switch {
		case value == "":
		case kind[0] == "account_number" && len(value) >= 10:
			return kind[1] + " that ends in " + value[len(value)-4:]
		default:
			return kind[1]
		}
	}
	return ""
}
