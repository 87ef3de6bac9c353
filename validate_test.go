package payneteasy

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBlanksAtTheEnds checks that characters up to U+0020 are removed at both ends of a value, and no others. The
// caller's own values are not changed.
func TestBlanksAtTheEnds(t *testing.T) {
	t.Parallel()
	req := goodRequest(t)
	req.OrderDesc = "\x00\x1f a b\u00a0 \t"
	req.Receiver = &Receiver{FirstName: " Zoë "}
	req.Extra = url.Values{"white_label": {" x ", " y"}}
	form, err := req.form()
	require.NoError(t, err)
	require.Equal(t, "a b\u00a0", form.Get("order_desc"))
	require.Equal(t, "Zoë", form.Get("receiver_first_name"))
	require.Equal(t, []string{"x", "y"}, form["white_label"])
	require.Equal(t, " Zoë ", req.Receiver.FirstName)
	require.Equal(t, []string{" x ", " y"}, req.Extra["white_label"])
}

// TestValidationRules checks one rule in each line. The request is valid except for the change.
func TestValidationRules(t *testing.T) {
	t.Parallel()
	card := func(change func(*Card)) func(*PayoutRequest) {
		return func(r *PayoutRequest) {
			r.BankAccount = nil
			r.Card = &Card{
				Number: NewSecret("4444444444444448"), PrintedName: "J DOE", ExpireMonth: "12",
				ExpireYear: "2099", CVV2: NewSecret("123"),
			}
			change(r.Card)
		}
	}
	token := func(token StoredCard) func(*PayoutRequest) {
		return func(r *PayoutRequest) { r.BankAccount, r.StoredCard = nil, &token }
	}
	wallet := func(id string) func(*PayoutRequest) {
		return func(r *PayoutRequest) { r.BankAccount, r.EWallet = nil, &EWallet{Type: "qiwi", Wallet: id} }
	}
	address := func(address string) func(*PayoutRequest) {
		return func(r *PayoutRequest) { r.BankAccount, r.CryptoWallet = nil, &CryptoWallet{Address: address} }
	}
	long := strings.Repeat("я", 129)
	for _, test := range []struct {
		name   string
		change func(*PayoutRequest)
		field  string // "" for a valid request
		rule   string
	}{
		{"a good bank account", func(*PayoutRequest) {}, "", ""},
		{"a good card", card(func(*Card) {}), "", ""},
		{"a good stored card", token(StoredCard{CardRecurringPaymentID: NewSecret("12345")}), "", ""},
		{"128 characters of two bytes", func(r *PayoutRequest) { r.Purpose = long[:256] }, "", ""},
		{"an IPv6 address", func(r *PayoutRequest) { r.IPAddress = "2001:db8::1" }, "", ""},
		{"both redirects by status", func(r *PayoutRequest) {
			r.RedirectSuccessURL, r.RedirectFailURL = "https://a.example/", "https://b.example/"
		}, "", ""},
		{"callback on 8443", func(r *PayoutRequest) { r.CallbackURL = "https://a.example:8443/cb" }, "", ""},
		{"callback by http on 8080", func(r *PayoutRequest) { r.CallbackURL = "http://a.example:8080/cb" }, "", ""},
		{"notification on 8443", func(r *PayoutRequest) { r.NotifyURL = "https://a.example:8443/cb" }, "", ""},
		{
			"notification by http on 8080", func(r *PayoutRequest) { r.NotifyURL = "http://a.example:8080/cb?shop=7" },
			"",
			"",
		},
		{"64k of merchant data", func(r *PayoutRequest) { r.MerchantData = strings.Repeat("x", 65536) }, "", ""},
		{
			"an extra parameter",
			func(r *PayoutRequest) { r.Extra = url.Values{"white_label": {"https://a.example/"}} },
			"", "",
		},

		{"no client order id", func(r *PayoutRequest) { r.ClientOrderID = "" }, "client_orderid", "is required"},
		{"no amount", func(r *PayoutRequest) { r.Amount = Amount{} }, "amount", "is required"},
		{
			"negative endpoint", func(r *PayoutRequest) { r.Endpoint = EndpointID(-5) }, "Endpoint",
			"is not a positive number",
		},
		{
			"client order id with a blank", func(r *PayoutRequest) { r.ClientOrderID = "a " }, "client_orderid",
			"begins or ends with a blank",
		},
		{
			"client order id of blanks", func(r *PayoutRequest) { r.ClientOrderID = "  " }, "client_orderid",
			"begins or ends with a blank",
		},
		{
			"client order id with a line break", func(r *PayoutRequest) { r.ClientOrderID = "a\nb" }, "client_orderid",
			"has U+000A (line break, LF) at character 2",
		},
		{
			"client order id not UTF-8", func(r *PayoutRequest) { r.ClientOrderID = "a\xff" }, "client_orderid",
			"is not UTF-8",
		},
		{
			"long client order id", func(r *PayoutRequest) { r.ClientOrderID = long }, "client_orderid",
			"is longer than 128 characters",
		},
		{
			"account with a blank", func(r *PayoutRequest) { r.BankAccount.Number = " 123" }, "account_number",
			"begins or ends with a blank",
		},
		{
			"account with a NUL inside", func(r *PayoutRequest) { r.BankAccount.Number = "12\x0034" }, "account_number",
			"has U+0000 (NUL) at character 3",
		},
		{
			"account with a no-break space", func(r *PayoutRequest) { r.BankAccount.Number = "1234\u00a0" },
			"account_number", "has U+00A0 (no-break space) at character 5",
		},
		{
			"account with a zero-width space", func(r *PayoutRequest) { r.BankAccount.Number = "1234\u200b" },
			"account_number", "has U+200B (zero width space) at character 5",
		},
		{
			"account written from right to left", func(r *PayoutRequest) { r.BankAccount.Number = "\u202e1234" },
			"account_number", "has U+202E (right-to-left override) at character 1",
		},
		{
			"client order id with a line separator", func(r *PayoutRequest) { r.ClientOrderID = "a\u2028b" },
			"client_orderid", "has U+2028 (line separator) at character 2",
		},
		{
			"endpoint zero", func(r *PayoutRequest) { r.Endpoint = EndpointID(0) }, "Endpoint",
			"is not a positive number",
		},
		{
			"account with a control character", func(r *PayoutRequest) { r.BankAccount.Number = "123\x00" },
			"account_number", "begins or ends with a blank",
		},
		{
			"long account", func(r *PayoutRequest) { r.BankAccount.Number = strings.Repeat("1", 33) }, "account_number",
			"is longer than 32 characters",
		},
		{"wallet with a blank", wallet("w\t"), "ewallet_wallet", "begins or ends with a blank"},
		{"crypto wallet with a blank", address("\nw"), "crypto_wallet_address", "begins or ends with a blank"},
		{
			"card with a blank", card(func(c *Card) { c.Number = NewSecret("4444444444444448 ") }),
			"credit_card_number",
			"begins or ends with a blank",
		},
		{
			"card with hyphens", card(func(c *Card) { c.Number = NewSecret("4444-4444-4444-4448") }),
			"credit_card_number",
			"is not 12 to 20 digits",
		},
		{
			"card with a wrong check digit", card(func(c *Card) { c.Number = NewSecret("4444444444444449") }),
			"credit_card_number", "has a wrong check digit",
		},
		{
			"card without a number", card(func(c *Card) { c.Number = Secret{} }), "card_printed_name",
			"needs credit_card_number",
		},
		{"month 13", card(func(c *Card) { c.ExpireMonth = "13" }), "expire_month", "is not a month"},
		{"month +1", card(func(c *Card) { c.ExpireMonth = "+1" }), "expire_month", "is not a month"},
		{
			"year of two digits", card(func(c *Card) { c.ExpireYear = "99" }), "expire_year",
			"is not a year of four digits",
		},
		{"CVV of two digits", card(func(c *Card) { c.CVV2 = NewSecret("12") }), "cvv2", "is not three or four digits"},
		{"CVV of letters", card(func(c *Card) { c.CVV2 = NewSecret("abc") }), "cvv2", "is not three or four digits"},
		{
			"both tokens",
			token(StoredCard{CardRecurringPaymentID: NewSecret("1"), RecurringPaymentID: NewSecret("2")}),
			"recurring-payment-id", "is a second destination beside card_recurring_payment_id: set one",
		},
		{
			"a token that is no number", token(StoredCard{RecurringPaymentID: NewSecret("x1")}), "recurring-payment-id",
			"is not a whole number",
		},
		{
			"IP address of a host", func(r *PayoutRequest) { r.IPAddress = "host.example" }, "ipaddress",
			"is not an IPv4 or IPv6 address",
		},
		{
			"IP address with a zone", func(r *PayoutRequest) { r.IPAddress = "fe80::1%eth0" }, "ipaddress",
			"is not an IPv4 or IPv6 address",
		},
		{"both redirect styles", func(r *PayoutRequest) {
			r.RedirectURL, r.RedirectFailURL = "https://a.example/", "https://b.example/"
		}, "redirect_url", "cannot be set together with redirect_success_url or redirect_fail_url"},
		{
			"success alone", func(r *PayoutRequest) { r.RedirectSuccessURL = "https://a.example/" },
			"redirect_fail_url",
			"is required with",
		},
		{
			"fail alone", func(r *PayoutRequest) { r.RedirectFailURL = "https://a.example/" }, "redirect_success_url",
			"is required with",
		},
		{
			"relative redirect", func(r *PayoutRequest) { r.RedirectURL = "/done" }, "redirect_url",
			"is not an absolute http or https URL",
		},
		{
			"script as redirect", func(r *PayoutRequest) { r.RedirectURL = "javascript:alert(1)" }, "redirect_url",
			"is not an absolute http or https URL",
		},
		{
			"callback with a space", func(r *PayoutRequest) { r.NotifyURL = "https://a.example/ x" }, "notify_url",
			"has a space, a backslash or a character that cannot be seen",
		},
		{
			"callback with a zero-width space", func(r *PayoutRequest) { r.NotifyURL = "https://a.example/\u200bx" },
			"notify_url", "has a space, a backslash or a character that cannot be seen",
		},
		{
			"callback with a password", func(r *PayoutRequest) { r.NotifyURL = "https://user:password@a.example/" },
			"notify_url", "has user information in it",
		},
		{
			"callback by ftp", func(r *PayoutRequest) { r.CallbackURL = "ftp://a.example/" }, "server_callback_url",
			"is not an absolute http or https URL",
		},
		{
			"callback on port 9000", func(r *PayoutRequest) { r.CallbackURL = "https://a.example:9000/" },
			"server_callback_url", "has a port other than",
		},
		{
			"callback by https on 8080", func(r *PayoutRequest) { r.CallbackURL = "https://a.example:8080/" },
			"server_callback_url", "has a port other than",
		},
		{
			"callback on this machine", func(r *PayoutRequest) { r.CallbackURL = "http://127.0.0.1:41234/" },
			"server_callback_url", "has a port other than",
		},
		{
			"callback with the gateway's own",
			func(r *PayoutRequest) { r.CallbackURL = "https://a.example/?shop=7&merchant-order=1" },
			"server_callback_url", "has a parameter in its query that the gateway adds too",
		},
		{
			"long callback", func(r *PayoutRequest) { r.CallbackURL = "https://a.example/" + long },
			"server_callback_url",
			"is longer than 128",
		},
		{
			"notification by ftp", func(r *PayoutRequest) { r.NotifyURL = "ftp://a.example/" }, "notify_url",
			"is not an absolute http or https URL",
		},
		{
			"notification on port 9000", func(r *PayoutRequest) { r.NotifyURL = "https://a.example:9000/" },
			"notify_url",
			"has a port other than",
		},
		{
			"notification by http on 443", func(r *PayoutRequest) { r.NotifyURL = "http://a.example:443/" },
			"notify_url",
			"has a port other than",
		},
		{
			"notification on this machine", func(r *PayoutRequest) { r.NotifyURL = "http://127.0.0.1:41234/" },
			"notify_url", "has a port other than",
		},
		{
			"notification with the gateway's own",
			func(r *PayoutRequest) { r.NotifyURL = "https://a.example/?control=1" },
			"notify_url", "has a parameter in its query that the gateway adds too",
		},
		{
			"long notification", func(r *PayoutRequest) { r.NotifyURL = "https://a.example/" + long }, "notify_url",
			"is longer than 128",
		},
		{"both callback URLs", func(r *PayoutRequest) {
			r.NotifyURL, r.CallbackURL = "https://a.example/", "https://a.example/"
		}, "server_callback_url", "and notify_url are both set: set only notify_url"},
		{
			"extra notification", func(r *PayoutRequest) { r.Extra = url.Values{"notify_url": {"https://a.example/"}} },
			"notify_url", "in Extra is a documented parameter",
		},
		{
			"long description", func(r *PayoutRequest) { r.OrderDesc = long }, "order_desc",
			"is longer than 64 characters",
		},
		{
			"name not UTF-8", func(r *PayoutRequest) { r.Receiver = &Receiver{LastName: "M\xfcller"} },
			"receiver_last_name", "is not UTF-8",
		},
		{
			"long customer id", func(r *PayoutRequest) { r.Customer = &Customer{ID: 12345678901} }, "customer_id",
			"is longer than 10",
		},
		{
			"negative customer id", func(r *PayoutRequest) { r.Customer = &Customer{ID: -1} }, "customer_id",
			"is not a whole number",
		},
		{
			"extra amount", func(r *PayoutRequest) { r.Extra = url.Values{"amount": {"9"}} }, "amount",
			"in Extra is a documented parameter",
		},
		{
			"extra Amount", func(r *PayoutRequest) { r.Extra = url.Values{"Amount": {"9"}} }, "Amount",
			"in Extra is a documented parameter",
		},
		{
			"extra field that is not set", func(r *PayoutRequest) { r.Extra = url.Values{"bank_name": {"B"}} },
			"bank_name", "in Extra is a documented parameter",
		},
		{
			"extra spelled with hyphens", func(r *PayoutRequest) { r.Extra = url.Values{"account-number": {"9"}} },
			"account-number", "in Extra is a documented parameter",
		},
		{
			"extra spelled with underscores",
			func(r *PayoutRequest) { r.Extra = url.Values{"Recurring_Payment_ID": {"9"}} }, "Recurring_Payment_ID",
			"in Extra is a documented parameter",
		},
		{
			"extra control", func(r *PayoutRequest) { r.Extra = url.Values{"control": {"c"}} }, "control",
			"in Extra is reserved for authentication",
		},
		{
			"extra login", func(r *PayoutRequest) { r.Extra = url.Values{"LOGIN": {"c"}} }, "LOGIN",
			"in Extra is reserved for authentication",
		},
		{
			"extra oauth", func(r *PayoutRequest) { r.Extra = url.Values{"oauth_nonce": {"c"}} }, "oauth_nonce",
			"in Extra is reserved for authentication",
		},
		{
			"extra with a blank", func(r *PayoutRequest) { r.Extra = url.Values{" amount": {"9"}} }, "Extra",
			"has a name that cannot be a parameter's",
		},
		{
			"extra without a name", func(r *PayoutRequest) { r.Extra = url.Values{"": {"9"}} }, "Extra",
			"has a name that cannot be a parameter's",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			req := goodRequest(t)
			test.change(req)
			err := testClient(t).Validate(req)
			if test.rule == "" {
				require.NoError(t, err)
				return
			}
			var invalid *ValidationError
			require.ErrorAs(t, err, &invalid)
			at := slices.IndexFunc(invalid.Faults, func(f Fault) bool { return f.Field == test.field })
			require.GreaterOrEqual(t, at, 0, "%v", invalid)
			require.Contains(t, invalid.Faults[at].Rule, test.rule)
			require.Len(t, invalid.Faults, 1)
		})
	}
}

// TestValidationNamesAllFaultsAndNoValue checks that the error lists all faults, without the values, and that nothing
// is sent.
func TestValidationNamesAllFaultsAndNoValue(t *testing.T) {
	t.Parallel()
	client := testClient(t)
	bad := &PayoutRequest{
		ClientOrderID: "payout-0001", Amount: mustAmount(t, "10.42", "USD"),
		Card:     &Card{Number: NewSecret("4444444444444449"), ExpireMonth: "77", CVV2: NewSecret("98765")},
		Receiver: &Receiver{State: "Bavaria"},
	}
	_, err := client.Payout(t.Context(), bad)
	require.ErrorIs(t, err, ErrNotSent)
	require.Equal(t, DecisionNotSent, DecisionOf(err))
	var invalid *ValidationError
	require.ErrorAs(t, err, &invalid)
	var fields []string
	for _, fault := range invalid.Faults {
		fields = append(fields, fault.Field)
	}
	require.Equal(t, []string{"credit_card_number", "cvv2", "expire_month", "receiver_state"}, fields)
	_, err = client.Payout(t.Context(), &PayoutRequest{IPAddress: "x", OrderDesc: strings.Repeat("x", 99)})
	require.ErrorContains(t, err,
		"client_orderid is required; amount is required; account_number is missing: set it, or one of "+
			"credit_card_number, card_recurring_payment_id, recurring-payment-id, ewallet_wallet, "+
			"crypto_wallet_address; "+
			"ipaddress is not an IPv4 or IPv6 address; order_desc is longer than 64")
	_, err = client.Payout(t.Context(), bad)
	for _, value := range []string{"4444", "98765", "77", "Bavaria"} {
		require.NotContains(t, err.Error(), value)
	}
	_, err = client.Payout(t.Context(), nil)
	require.ErrorIs(t, err, ErrNotSent)
}

// TestSkipLimits checks that SkipLimits turns off the documented limits, but not the checks that prevent wrong payouts.
func TestSkipLimits(t *testing.T) {
	t.Parallel()
	client := testClient(t, func(c *Config) { c.SkipLimits = true })
	req := goodRequest(t)
	req.OrderDesc = strings.Repeat("x", 1000)
	req.CallbackURL = "https://a.example:9999/"
	err := client.payoutCall(&call{command: "payout"}, req)
	require.NoError(t, err)
	for _, change := range []func(*PayoutRequest){
		func(r *PayoutRequest) { r.ClientOrderID = "" },
		func(r *PayoutRequest) { r.ClientOrderID = " a" },
		func(r *PayoutRequest) { r.Amount = Amount{} },
		func(r *PayoutRequest) { r.BankAccount.Number = "1 " },
		func(r *PayoutRequest) { r.Extra = url.Values{"amount": {"1"}} },
	} {
		req := goodRequest(t)
		change(req)
		var invalid *ValidationError
		err := client.payoutCall(&call{command: "payout"}, req)
		require.ErrorAs(t, err, &invalid)
	}
}
