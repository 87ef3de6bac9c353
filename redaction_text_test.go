package payneteasy_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestPrintedText checks that a value prints as the same text with every verb, by itself, by its pointer and inside
// another value.
func TestPrintedText(t *testing.T) {
	t.Parallel()
	config := configFor(t, "https://gate.example/paynet", nil)
	client := newClient(t, config)
	notice := callbackForm("type", "reversal").Encode()
	cb, err := client.ParseCallback(callbackGET(notice))
	require.NoError(t, err)
	cb.Confirmed = &payneteasy.Status{Status: payneteasy.StatusApproved, TransactionType: "payout"}
	redirect, err := client.ParseRedirect(callbackPOST("", notice))
	require.NoError(t, err)
	fields := redirect.Fields
	for want, values := range map[string][]any{
		`payneteasy.Callback("payout-0001" order 6982864: approved reversal, confirmed approved payout)`: {cb, *cb},
		`payneteasy.Redirect("payout-0001" order 6982864: approved)`: {
			redirect,
			*redirect,
		},
		"payneteasy.Config(https://gate.example/paynet TestMerchant 39915)": {config, &config},
		"payneteasy.Client(https://gate.example/paynet TestMerchant 39915)": {client},
		fmt.Sprint(fields): {fields, &fields},
	} {
		for _, value := range values {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				require.Equal(t, want, fmt.Sprintf(verb, value), "%s of %T", verb, value)
			}
			require.Equal(t, "["+want+"]", fmt.Sprintf("%+v", []any{value}))
		}
	}
	require.Regexp(t, `^fields\([a-z_ -]+\)$`, fmt.Sprint(fields))
	encoded, err := json.Marshal(map[string]any{"config": config, "fields": fields})
	require.NoError(t, err)
	require.JSONEq(t, fmt.Sprintf(`{"config": %q, "fields": %q}`, fmt.Sprint(config), fmt.Sprint(fields)),
		string(encoded))
	for verb, want := range map[string]string{
		"%v": "[redacted]", "%#v": "payneteasy.Secret([redacted])",
		"%x": "[redacted]",
	} {
		require.Equal(t, want, fmt.Sprintf(verb, payneteasy.NewSecret("x")))
	}
}
