package payneteasy_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// refusingGateway answers every payout with one refusal. It answers questions as a gateway that does not know the
// order, or that has it anyway.
type refusingGateway struct {
	refusal   answer
	has       bool
	broken    bool // questions fail
	payouts   int
	questions int
}

func (g *refusingGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !strings.Contains(r.URL.Path, "/status/"):
		g.payouts++
		g.refusal.ServeHTTP(w, r)
		return
	case g.broken:
		answer{502, "text/html", "<html>Bad gateway</html>", byLength}.ServeHTTP(w, r)
	case g.has:
		answer{200, form, state("approved", "payout_approved"), byLength}.ServeHTTP(w, r)
	default:
		answer{200, form, "type=error\n&error-message=Order+not+found\n&error-code=5\n", byLength}.ServeHTTP(w, r)
	}
	g.questions++
}

// refusedBy runs a test in virtual time with a refusing gateway.
func refusedBy(t *testing.T, gateway refusingGateway, test func(*testing.T, refused)) {
	synctest.Test(t, func(t *testing.T) {
		config := configFor(t, "http://localhost/paynet", &http.Client{Transport: inProcess{&gateway}})
		config.Journal = new(payneteasytest.MemoryJournal)
		test(t, refused{newClient(t, config), &gateway, config.Journal})
	})
}

// refusals lists the refusals of a payout, and how each is stored. One question confirms a "refused parameter"
// immediately.
var refusals = []struct {
	name   string
	answer answer
	send   string
}{
	{
		"a missing parameter",
		says("validation-error", "Parameter account_number is required"), "refused parameter",
	},
	{"an invalid parameter", says("validation-error", "routing_number is invalid"), "refused parameter"},
	{
		"a parameter in quotes",
		says("validation-error", "Value of 'receiver_phone' is too long."), "refused parameter",
	},
	{
		"a parameter, twice",
		says("validation-error", "amount: amount is below the minimum"), "refused parameter",
	},
	{
		"a parameter in JSON with HTTP 200",
		answer{200, js, `{"type":"validation-error","error-message":"currency is not supported"}`, byLength},
		"refused parameter",
	},

	{
		"a parameter with HTTP 400",
		answer{400, js, `{"type":"validation-error","error-message":"currency is not supported"}`, byLength},
		"refused",
	},
	{"an error about a parameter", says("error", "Parameter account_number is required"), "refused"},
	{"two parameters", says("validation-error", "bank_code or routing_number is required"), "refused"},
	{"no documented parameter", says("validation-error", "Parameter shoe_size is required"), "refused"},
	{"a part of a name", says("validation-error", "account_numbers are invalid"), "refused"},
	{"a name in capitals", says("validation-error", "ACCOUNT_NUMBER is invalid"), "refused"},
	{"the login", says("validation-error", "login is invalid"), "refused"},
	{
		"the login and a parameter",
		says("validation-error", "currency is not allowed for this login"), "refused",
	},
	{
		"the endpoint and a parameter",
		says("validation-error", "currency of the endpoint is another"), "refused",
	},
	{"the control", says("validation-error", "control is wrong, amount is part of it"), "refused"},
	{"client_orderid", says("validation-error", "client_orderid is required"), "refused"},
	{
		"client_orderid and a parameter",
		says("validation-error", "amount differs from that of client_orderid payout-0001"), "refused",
	},
	{
		"client order id in words",
		says("validation-error", "amount differs from that of client order id payout-0001"), "refused",
	},

	{
		"a parameter and a repetition",
		says("validation-error", "A payout of this amount already exists"), "refused",
	},
	{
		"a parameter of an earlier request",
		says("validation-error", "account_number was used before"), "refused",
	},
	{
		"a parameter and a duplicate",
		says("validation-error", "Duplicate payout: same account_number"), "refused",
	},
	{
		"a parameter that must be unique",
		says("validation-error", "merchant_data must be unique"), "refused",
	},
	{
		"a repetition and a parameter, in Russian",
		says("validation-error", "Повторный запрос: amount"), "refused",
	},
	{
		"a parameter and a limit that an accepted copy has used up",
		says("validation-error", "amount exceeds the daily limit"), "refused",
	},
	{
		"a parameter and what is left of a limit",
		says("validation-error", "amount is above the remaining maximum"), "refused",
	},
	{"a parameter and a balance", says("validation-error", "Insufficient balance for amount"), "refused"},
	{
		"a parameter and a count",
		says("validation-error", "account_number: too many payouts today"), "refused",
	},
	{
		"a parameter and a limit, in Russian",
		says("validation-error", "amount: лимит исчерпан"), "refused",
	},
	{"a parameter and a moment", says("validation-error", "currency is not available now"), "refused"},
	{
		"a parameter and a status",
		answer{200, form, "type=validation-error\n&status=approved\n&error-message=amount+is+invalid\n", byLength},
		"refused",
	},
	{
		"a parameter and an unknown field",
		answer{200, form, "type=validation-error\n&error-message=amount+is+invalid\n&state=3\n", byLength},
		"refused",
	},

	{"must be unique", says("validation-error", "client_orderid must be unique"), "refused"},
	{"in use", says("validation-error", "client_orderid payout-0001 in use"), "refused"},
	{"was used before", says("error", "This order was used before"), "refused"},
	{"a repeated request", says("validation-error", "Repeated request"), "refused"},
	{"a repeated request in Russian", says("error", "Повторный запрос"), "refused"},
	{"handled already, in Russian", says("error", "Заказ уже обработан"), "refused"},
	{"exists in Russian", says("validation-error", "Заказ с таким номером уже существует"), "refused"},
	{"an unknown state", says("error", "transaction state unknown"), "refused"},
	{"try later", says("error", "System is busy, try again later"), "refused"},
	{"a code only", answer{200, form, "type=error\n&error-code=96\n", byLength}, "refused"},
	{
		"an error with a status",
		answer{
			200, form, "type=error\n&merchant-order-id=payout-0001\n&status=approved\n&error-message=No\n",
			byLength,
		},
		"refused",
	},
	{
		"a validation error with a status",
		answer{200, form, "type=validation-error\n&status=approved\n&error-message=Repeated\n", byLength},
		"refused",
	},

	{"the documented 403 page", answer{403, "text/html", page, byLength}, "denied"},
	{"a 401", answer{401, "text/plain", "bad signature", byLength}, "denied"},
}

// TestRefusals checks that a refusal does not prove that there is no order. After a refusal for one named parameter,
// Payout asks the gateway itself. After all others the outcome is unknown until the window is over. An order that the
// gateway has is always found.
func TestRefusals(t *testing.T) {
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			refusedBy(t, refusingGateway{refusal: test.answer}, func(t *testing.T, r refused) {
				testRefusedWithoutOrder(t, r, test.send)
			})
		})
		t.Run(test.name+", and the gateway has the order", func(t *testing.T) {
			refusedBy(t, refusingGateway{refusal: test.answer, has: true}, func(t *testing.T, r refused) {
				testRefusedWithOrder(t, r, test.send)
			})
		})
	}
}

func testRefusedWithoutOrder(t *testing.T, r refused, send string) {
	began := time.Now()
	payout, err := r.Payout(t.Context(), request(t))
	require.Nil(t, payout)
	require.Zero(t, time.Since(began), "a payout does not wait")
	entry := entryOfError(t, err)
	require.Equal(t, send, entry.Send)
	if send == "refused parameter" {
		requireOneOutcome(t, err, payneteasy.DecisionRejected)
		require.Equal(t, 1, r.gateway.questions)
	} else {
		requireOneOutcome(t, err, payneteasy.DecisionRefused)
		require.Zero(t, r.gateway.questions)
		requireUncertainUntil(t, err, began.Add(entry.Window), r.gateway.refusal)
		r.requireTaken(t, payneteasy.DecisionRefused)
		entry, err = r.Resolve(t.Context(), entry)
		require.NoError(t, err)
		require.Equal(t, entry.Window, time.Since(began), "an answer 'not known' counts only after the window")
	}
	require.Equal(t, payneteasy.DecisionRejected, entry.Decision())
	r.requireStored(t, entry)
	require.Equal(t, 1, r.gateway.payouts)
	_, err = r.Payout(t.Context(), request(t)) // the ID is free, so it is sent again
	require.NotErrorIs(t, err, payneteasy.ErrDuplicate)
	require.Equal(t, 2, r.gateway.payouts)
}

func testRefusedWithOrder(t *testing.T, r refused, send string) {
	_, err := r.Payout(t.Context(), request(t))
	entry := entryOfError(t, err)
	if send == "refused parameter" {
		requireOneOutcome(t, err, payneteasy.DecisionPaid)
		require.ErrorContains(t, err, "ask for the status of order 6982864, do not send it again")
	} else {
		requireOneOutcome(t, err, payneteasy.DecisionRefused)
		entry, err = r.Resolve(t.Context(), entry)
		require.NoError(t, err)
	}
	require.Equal(t, payneteasy.DecisionPaid, entry.Decision())
	require.Equal(t, "6982864", entry.OrderID())
	r.requireStored(t, entry)
	r.requireTaken(t, payneteasy.DecisionPaid)
	require.Equal(t, 1, r.gateway.payouts)
}

// TestRefusedForm checks that refusals of a payout form are handled as refusals of a payout.
func TestRefusedForm(t *testing.T) {
	for message, want := range map[string]payneteasy.Decision{
		"Parameter order_desc is required": payneteasy.DecisionRejected, "Repeated request": payneteasy.DecisionRefused,
	} {
		refusedBy(t, refusingGateway{refusal: says("validation-error", message)}, func(t *testing.T, r refused) {
			_, err := r.PayoutForm(t.Context(), formRequest(t, "payout-0001"))
			requireOneOutcome(t, err, want)
		})
	}
}

// requireUncertainUntil checks that a refusal's error has the gateway's reason. It must also say how long the gateway
// may have an order.
func requireUncertainUntil(t *testing.T, err error, until time.Time, refusal answer) {
	t.Helper()
	require.ErrorContains(t, err, "the gateway may have an order anyway")
	require.ErrorContains(t, err, "ask for its status until "+until.Format(time.RFC3339))
	require.ErrorContains(t, err, "do not send it again")
	values, parseErr := url.ParseQuery(strings.ReplaceAll(refusal.body, "\n", ""))
	require.NoError(t, parseErr)
	if reason := values.Get("error-message"); reason != "" {
		require.ErrorContains(t, err, reason)
	}
}

// TestRefusedParameterWithoutAnAnswer checks that a refusal is not confirmed if the one question fails. The next answer
// confirms it, also before the window is over.
func TestRefusedParameterWithoutAnAnswer(t *testing.T) {
	refusal := says("validation-error", "Parameter account_number is required")
	refusedBy(t, refusingGateway{refusal: refusal, broken: true}, func(t *testing.T, r refused) {
		_, err := r.Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionRefused)
		require.ErrorContains(t, err, "it is not known yet whether the gateway has an order anyway: ask for its status")
		r.requireTaken(t, payneteasy.DecisionRefused)
		r.gateway.broken = false
		began := time.Now()
		entry, err := r.Resolve(t.Context(), entryOfError(t, err))
		require.NoError(t, err)
		require.Zero(t, time.Since(began))
		require.Equal(t, payneteasy.DecisionRejected, entry.Decision())
		r.requireStored(t, entry)
	})
}

// TestRefusalWithoutAJournal checks that the error's entry is enough to find the outcome, also after it was stored as
// JSON.
func TestRefusalWithoutAJournal(t *testing.T) {
	for has, want := range map[bool]payneteasy.Decision{
		false: payneteasy.DecisionRejected, true: payneteasy.DecisionPaid,
	} {
		synctest.Test(t, func(t *testing.T) {
			gateway := &refusingGateway{refusal: says("error", "Repeated request"), has: has}
			client := newClient(t, configFor(t, "http://localhost/paynet", &http.Client{Transport: inProcess{gateway}}))
			_, err := client.Payout(t.Context(), request(t))
			requireOneOutcome(t, err, payneteasy.DecisionRefused)
			stored, err := entryOfError(t, err).MarshalJSON()
			require.NoError(t, err)
			var entry payneteasy.Entry
			require.NoError(t, entry.UnmarshalJSON(stored))
			entry, err = client.Wait(t.Context(), entry, nil)
			require.NoError(t, err)
			require.Equal(t, want, entry.Decision())
		})
	}
}

// TestNotKnownBeforeTheRefusal checks that an answer "not known" does not count if the question is older than the
// refusal.
func TestNotKnownBeforeTheRefusal(t *testing.T) {
	refusedBy(t, refusingGateway{refusal: says("error", "No")}, func(t *testing.T, r refused) {
		_, err := r.Payout(t.Context(), request(t))
		refused := entryOfError(t, err)
		sending := refused
		sending.Send = "sending"
		early, err := r.Ask(t.Context(), sending)
		require.NoError(t, err)
		require.True(t, early.NotKnown)
		after, news, err := early.Apply(refused, 2*refused.Window)
		require.NoError(t, err)
		require.Equal(t, refused, after)
		require.Empty(t, news.Decision)
		later, err := r.Ask(t.Context(), refused)
		require.NoError(t, err)
		for age, want := range map[time.Duration]payneteasy.Decision{
			0:                  payneteasy.DecisionRefused,
			refused.Window - 1: payneteasy.DecisionRefused,
			refused.Window:     payneteasy.DecisionRejected,
		} {
			after, _, err = later.Apply(refused, age)
			require.NoError(t, err)
			require.Equal(t, want, after.Decision(), age)
		}
	})
}

// TestRefusedPayout checks that a refusal is certain if the gateway does not know the order after the window. The ID is
// free then, and is taken until then.
func TestRefusedPayout(t *testing.T) {
	journaled(t, func(t *testing.T, gateway *payneteasytest.Gateway, config payneteasy.Config,
		journal *payneteasytest.MemoryJournal,
	) {
		gateway.FailNext(payneteasytest.AccessDenied())
		client := newClient(t, config)
		began := time.Now()
		_, err := client.Payout(t.Context(), request(t))
		requireOneOutcome(t, err, payneteasy.DecisionRefused)
		require.ErrorContains(t, err, "ask for its status until "+began.Add(2*time.Minute).Format(time.RFC3339))
		var failed *payneteasy.Error
		require.ErrorAs(t, err, &failed)
		_, err = client.Payout(t.Context(), request(t))
		require.ErrorIs(t, err, payneteasy.ErrDuplicate)
		require.Equal(t, payneteasy.DecisionRefused, payneteasy.DecisionOf(err))

		entry, err := client.Resolve(t.Context(), failed.Entry)
		require.NoError(t, err)
		require.Equal(t, payneteasy.DecisionRejected, entry.Decision())
		require.Equal(t, 2*time.Minute, time.Since(began))
		require.Equal(t, entry, stored(t, journal))
		require.Equal(t, payneteasy.PayAgainSameID, entry.Decision().PayAgain())
		_, err = client.Payout(t.Context(), request(t))
		require.NoError(t, err)
		require.Len(t, gateway.Orders(), 1)
	})
}
