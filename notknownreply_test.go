package payneteasy_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestConfirmedNotKnown: a reply that the merchant has confirmed means "not known", exactly as it was confirmed and only about
// the order that was asked about.
func TestConfirmedNotKnown(t *testing.T) {
	t.Parallel()
	confirmed := []payneteasy.NotKnownReply{
		{Type: "error", Code: "96", Message: "[96] no data for "},
		{Message: "Nothing here"},
	}
	for name, test := range map[string]struct {
		answer answer
		want   bool
	}{
		"as confirmed":                {answer{200, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0001\n", byLength}, true},
		"with other blanks":           {answer{200, form, "type=error\n&error-code=96\n&error-message=[96]  no data for payout-0001 \n", byLength}, true},
		"with our own id named":       {answer{200, form, "type=error\n&error-code=96\n&merchant-order-id=payout-0001\n&error-message=[96] no data for payout-0001\n", byLength}, true},
		"of another code":             {answer{200, form, "type=error\n&error-code=97\n&error-message=[96] no data for payout-0001\n", byLength}, false},
		"of no code":                  {answer{200, form, "type=error\n&error-message=[96] no data for payout-0001\n", byLength}, false},
		"of another type":             {answer{200, form, "type=validation-error\n&error-code=96\n&error-message=[96] no data for payout-0001\n", byLength}, false},
		"with more words":             {answer{200, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0001 yet\n", byLength}, false},
		"in another case":             {answer{200, form, "type=error\n&error-code=96\n&error-message=[96] No data for payout-0001\n", byLength}, false},
		"about another order":         {answer{200, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0002\n", byLength}, false},
		"with another order's id":     {answer{200, form, "type=error\n&error-code=96\n&merchant-order-id=payout-0002\n&error-message=[96] no data for payout-0001\n", byLength}, false},
		"with an order id":            {answer{200, form, "type=error\n&error-code=96\n&paynet-order-id=7\n&error-message=[96] no data for payout-0001\n", byLength}, false},
		"that may be cut":             {answer{200, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0001\n", byClose}, false},
		"with a server's error":       {answer{502, form, "type=error\n&error-code=96\n&error-message=[96] no data for payout-0001\n", byLength}, false},
		"JSON without a type":         {answer{404, js, `{"error-message":"Nothing here"}`, byLength}, true},
		"JSON with a type":            {answer{404, js, `{"type":"error","error-message":"Nothing here"}`, byLength}, false},
		"a plain sentence as always":  {answer{200, form, "type=error\n&error-message=Order not found\n", byLength}, true},
		"words that nobody confirmed": {answer{200, form, "type=error\n&error-message=too many requests\n", byLength}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := gatewaySaying(t, false, test.answer)
			config.NotKnown = confirmed
			if test.answer.status == http.StatusBadGateway {
				config.HTTPClient = &http.Client{Transport: constantly(test.answer)}
			}
			client := newClient(t, config)
			answer, err := client.Ask(t.Context(), about(t, client))
			require.Equal(t, test.want, err == nil, "%v", err)
			require.Equal(t, test.want, answer.NotKnown)
		})
	}
	config := configFor(t, "http://localhost/paynet", nil)
	config.NotKnown = []payneteasy.NotKnownReply{{Type: "error"}, {Type: "status-response", Message: "x"}}
	_, err := payneteasy.NewClient(config)
	require.ErrorContains(t, err, "NotKnown[0] has no Message; NotKnown[1] has a Type that is not error or validation-error")
}
