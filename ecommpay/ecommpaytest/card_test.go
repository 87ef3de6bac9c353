package ecommpaytest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// TestCards checks that each card decides the outcome, in the callback, in the status, and in what is paid.
func TestCards(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]struct {
		status, code string
		callbacks    []string
		paid         int
	}{
		ecommpaytest.CardApproved:      {"success", "0", []string{"success"}, 1},
		"5555 5555 5555 4444":          {"success", "0", []string{"success"}, 1},
		ecommpaytest.CardDeclined:      {"decline", "100", []string{"decline"}, 0},
		ecommpaytest.CardNoBalance:     {"decline", "3028", []string{"decline"}, 0},
		ecommpaytest.CardLimit:         {"decline", "3104", []string{"decline"}, 0},
		ecommpaytest.CardClarification: {"decline", "603", []string{"awaiting clarification", "decline"}, 0},
		ecommpaytest.CardError:         {"error", "501", []string{"error"}, 0},
	} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()
			gateway := ecommpaytest.NewGateway(t)
			s := newShop(t, gateway)
			s.register("a")
			require.False(t, gateway.Confirm("a", "4242424242424243"), "an invalid number")
			require.False(t, gateway.Confirm("b", card))
			require.True(t, gateway.Confirm("A", card))
			require.False(t, gateway.Confirm("a", card), "twice")
			message := s.last()
			require.Len(t, gateway.Payouts("a"), want.paid)
			require.Equal(t, want.status, at(message, "payment", "status"))
			require.Equal(t, want.code, at(message, "operation", "code"))
			require.Equal(t, want.code, gateway.Payments()[0].Code)
			if want.code == "0" {
				require.Nil(t, message["errors"])
			} else {
				require.Equal(t, want.code, at(message, "errors", 0, "code"))
			}
			var statuses []string
			for _, body := range s.callbacks()[1:] {
				statuses = append(statuses, at(decode(t, body), "payment", "status").(string))
			}
			require.Equal(t, want.callbacks, statuses)
			status := s.status("A")
			require.Equal(t, want.status, at(status, "payment", "status"))
			require.Equal(t, want.code, at(status, "operations", 0, "code"))
			require.Equal(t, at(message, "account"), at(status, "account"))
			require.Regexp(t, `^\d{6}\*{6}\d{4}$`, at(status, "account", "number"))
			require.Equal(t, gateway.Token(card), at(status, "account", "token"))
			// An ID that ended in an error was not accepted, and is free again.
			again := s.post(registrationPath, s.sign(registration("a")))
			require.Equal(t, want.status == "error", again.status == http.StatusOK)
		})
	}
}
