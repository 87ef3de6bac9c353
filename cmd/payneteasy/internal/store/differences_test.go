package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	s, err := Open(invocation("PAYNETEASY_STATE_DIR="+t.TempDir()),
		storeConfig("https://sandbox.connpay.com/paynet", "TestMerchant", payneteasy.EndpointID(39915)))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	usd := func(text string) payneteasy.Amount {
		amount, err := payneteasy.ParseAmount(text, "USD")
		require.NoError(t, err)
		return amount
	}
	to := func(account, name string) DestinationSum {
		return s.Destinations.Of(map[string]string{"account_number": account, "account_name": name})
	}
	require.NoError(t, s.Destinations.Remember("x1", to("1234567890", "J. Doe")))
	stored := payneteasy.Entry{ClientOrderID: "x1", Command: "payout", Amount: usd("10")}
	adopted, other := stored, stored
	adopted.Alarm, other.ClientOrderID = payneteasy.CauseElsewhere, "x2"
	account := Differences{Destination: "another account"}
	same, another := to("1234567890", "J. Doe"), to("1", "J. Doe")
	for name, test := range map[string]struct {
		stored  payneteasy.Entry
		command string
		amount  string
		to      DestinationSum
		want    Differences
	}{
		"the same":                        {stored, "payout", "10", same, Differences{}},
		"another command":                 {stored, "payout-form", "10", same, Differences{Command: true}},
		"another command, of one adopted": {adopted, "payout-form", "10", same, Differences{}},
		"another amount":                  {stored, "payout", "10.01", same, Differences{Amount: true}},
		"another amount, of one adopted":  {adopted, "payout", "10.01", same, Differences{Amount: true}},
		"another account":                 {stored, "payout", "10", another, account},
		"another account, of one adopted": {adopted, "payout", "10", another, account},
		"a destination that is not known": {other, "payout", "10", same, Differences{UnknownDestination: true}},
		"all of it": {
			stored, "payout-form", "9", another,
			Differences{Command: true, Amount: true, Destination: "another account"},
		},
	} {
		require.Equal(t, test.want, s.Compare(test.stored, test.command, usd(test.amount), test.to), name)
	}
}
